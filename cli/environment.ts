/**
 * What the CLI needs from its environment. Tests replace it, and need no terminal, clock or cloud.
 */
import type { StackTimeoutsClient } from '../client/client.ts';
import type { Asset } from './board/assets.ts';
import type { HealthSources } from './board/health.ts';
import type { BoardClient } from './board/reader.ts';
import type { DeploymentFlags } from './locate.ts';
import type { DeadLetters } from './redrive/redrive.ts';
import type { RearmPage } from './restore/rearm.ts';
import type { Restoration } from './restore/restore.ts';
import type { Parts } from './verify/parts.ts';

export type Colour = 'red' | 'green' | 'yellow' | 'dim' | 'bold';

export interface Terminal {
  /** Writes lines to stdout: results only. */
  out(text: string): void;
  /** Writes lines to stderr: errors and notes. */
  err(text: string): void;
  /** Present if stdout is a terminal whose cursor can be moved. */
  readonly screen?: Screen;
  /** Whether stdout can show more than ASCII. */
  readonly unicode: boolean;
  paint(colour: Colour, text: string): string;
}

export interface Screen {
  /** 0: unknown, as the columns are; both may change at any time. */
  readonly rows: number;
  readonly columns: number;
  /** Replaces the lines of the last call. */
  draw(lines: readonly string[]): void;
}

/** Access to the deployment that the flags or the environment name; located on first use. */
export interface Services {
  client(): Promise<StackTimeoutsClient>;
  deadLetters(): Promise<DeadLetters>;
  rearm(): Promise<RearmPage>;
  /** From a table, given by name or ARN. */
  restoration(fromTable: string): Promise<Restoration>;
  parts(): Promise<Parts>;
  board(): Promise<{
    readonly client: BoardClient;
    readonly health: HealthSources;
    readonly assets: ReadonlyMap<string, Asset>;
  }>;
}

export interface CliEnvironment {
  readonly terminal: Terminal;
  now(): number;
  /** Rejects when the signal fires. */
  sleep(milliseconds: number, signal?: AbortSignal): Promise<unknown>;
  /**
   * For a command that must clean up: Ctrl-C does not end the process from here on, but fires this
   * signal. The second one ends it at once.
   */
  stopOnSignals(): AbortSignal;
  newId(): string;
  /** Ends the command when nobody reads its output any more. */
  endWithReader(): void;
  writeFile(path: string, text: string): Promise<void>;
  services(deployment: DeploymentFlags): Services;
}
