/** What the CLI needs of the environment, so that its tests need no terminal, clock or cloud. */
import type { StackTimeoutsClient } from '../client/client.ts';
import type { DeploymentFlags } from './locate.ts';
import type { DeadLetters } from './redrive/redrive.ts';

export type Colour = 'red' | 'green' | 'yellow' | 'dim' | 'bold';

export interface Terminal {
  /** Writes lines to stdout: results, nothing else. */
  out(text: string): void;
  /** Writes lines to stderr: errors and notes. */
  err(text: string): void;
  /** Present if stdout is a terminal, whose lines can be written again. */
  readonly screen?: Screen;
  paint(colour: Colour, text: string): string;
}

export interface Screen {
  readonly rows: number;
  /** Replaces what was drawn before. */
  draw(lines: readonly string[]): void;
}

/** The deployment that the flags or the environment name; looked up when first needed. */
export interface Services {
  client(): Promise<StackTimeoutsClient>;
  deadLetters(): Promise<DeadLetters>;
}

export interface CliEnvironment {
  readonly terminal: Terminal;
  now(): number;
  sleep(milliseconds: number): Promise<unknown>;
  newId(): string;
  services(where: DeploymentFlags): Services;
}
