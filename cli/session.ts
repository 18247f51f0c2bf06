/**
 * What every command uses: the environment, the global flags, and the output of results and errors.
 */
import { type Command, InvalidArgumentError } from 'commander';
import type * as z from 'zod/mini';
import { RefusedError } from '../client/errors.ts';
import { MAX_TIMEOUT_SECONDS, type Refusal } from '../contract/index.ts';
import { DURATION_HELP, formatShortly, parseDuration } from './duration.ts';
import type { CliEnvironment, Services } from './environment.ts';
import { EXIT, type ExitCode } from './exit-codes.ts';
import { exitCodeOf, explainFailure, explainRefusal } from './failure.ts';
import type { DeploymentFlags } from './locate.ts';
import { jsonText, printable } from './terminal/printable.ts';

/** The command line is wrong; the message says what to write instead. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

/** A usage error as JSON: as the service answers what it finds invalid. */
export const usageRefusal = (message: string): Refusal => ({
  ok: false,
  error: { code: 'ValidationError', message },
});

export interface Session {
  readonly environment: CliEnvironment;
  readonly services: Services;
  readonly deployment: DeploymentFlags;
  readonly json: boolean;
  /** Prints a result: with --json as JSON, otherwise as text. */
  print(result: unknown, text: () => string): void;
}

/** Runs a command with the options and arguments that commander has parsed. */
type Handler<O, A extends unknown[]> = (session: Session, options: O, ...args: A) => Promise<ExitCode>;
/** Turns a handler into an action for commander. */
export type ToAction = <O, A extends unknown[]>(
  handler: Handler<O, A>,
) => (...args: unknown[]) => Promise<void>;

export function createToAction(environment: CliEnvironment, exit: (code: ExitCode) => void): ToAction {
  return function toAction<O, A extends unknown[]>(handler: Handler<O, A>) {
    return async (...all) => {
      // Commander passes the arguments, then the options, then the command itself.
      const command = all.at(-1) as Command;
      const { json = false, ...deployment } = command.optsWithGlobals<DeploymentFlags & { json?: boolean }>();
      const session = createSession(environment, deployment, json);
      try {
        exit(await handler(session, command.opts() as O, ...(all.slice(0, -2) as A)));
      } catch (error) {
        exit(reportError(session, error));
      }
    };
  };
}

function createSession(environment: CliEnvironment, deployment: DeploymentFlags, json: boolean): Session {
  return {
    environment,
    services: environment.services(deployment),
    deployment,
    json,
    print: (result, text) => environment.terminal.out(json ? jsonText(result) : text()),
  };
}

/** With --json a refusal goes to stdout, as every answer does. */
function reportError({ environment: { terminal }, json }: Session, error: unknown): ExitCode {
  if (error instanceof RefusedError) {
    if (json) terminal.out(jsonText(error.refusal));
    else terminal.err(explainRefusal(error.refusal));
    return exitCodeOf(error.refusal);
  }
  if (error instanceof UsageError) {
    if (json) terminal.out(jsonText(usageRefusal(error.message)));
    else terminal.err(`error: ${printable(error.message)}`);
    return EXIT.usage;
  }
  terminal.err(explainFailure(error));
  return EXIT.infrastructure;
}

/** Parses a duration to seconds, from `min` to `max` of them. */
export const durationArgument =
  (min: number, max: number) =>
  (text: string): number => {
    const range = `from ${formatShortly(min)} to ${formatShortly(max)}`;
    const seconds = parseDuration(text);
    if (seconds === undefined) {
      const unit = /^\d+$/.test(text)
        ? `It has no unit; write ${text}s for seconds or ${text}m for minutes. `
        : '';
      throw new InvalidArgumentError(`${unit}It must be ${DURATION_HELP}; in whole numbers, ${range}.`);
    }
    if (seconds >= min && seconds <= max) return seconds;
    throw new InvalidArgumentError(`It must be ${range}.`);
  };

export const timeoutArgument = durationArgument(1, MAX_TIMEOUT_SECONDS);

export const wholeNumber =
  (min: number, max: number) =>
  (text: string): number => {
    const value = Number(text);
    if (/^\d+$/.test(text) && value >= min && value <= max) return value;
    throw new InvalidArgumentError(`It must be a whole number from ${min} to ${max}.`);
  };

/** Parses what becomes a field of a request, within the bounds that the contract has for it. */
export const fieldArgument =
  <T>(field: z.ZodMiniType<T>) =>
  (text: string): T => {
    const parsed = field.safeParse(text);
    if (parsed.success) return parsed.data;
    throw new InvalidArgumentError(`It ${parsed.error.issues[0]?.message}.`);
  };

export const matching =
  (pattern: RegExp, allowed: string) =>
  (text: string): string => {
    if (pattern.test(text)) return text;
    throw new InvalidArgumentError(`It must be ${allowed}.`);
  };

/** Parses one of the allowed words, in any case, to the word as it is spelled there. */
export const oneOf =
  <T extends string>(allowed: readonly T[]) =>
  (text: string): T => {
    const found = allowed.find((word) => word.toUpperCase() === text.toUpperCase());
    if (found === undefined) {
      throw new InvalidArgumentError(`It must be one of ${allowed.join(', ')} (in any case).`);
    }
    return found;
  };

/**
 * For what reads more of a deployment than its command function, whose name does not tell where the
 * rest is: the default stack may be another deployment.
 *
 * @param reads what is read, such as `redrive reads the queues`.
 */
export function refuseFunction({ deployment }: Session, reads: string): void {
  if (deployment.function === undefined) return;
  const from = 'from the outputs of a CloudFormation stack';
  throw new UsageError(`${reads} ${from}: use --stack-name, not --function`);
}

/** Formats examples for the help of a command. */
export const examples = (...lines: string[]): string =>
  `\nExamples:\n${lines.map((line) => `  $ stack-timeouts ${line}`).join('\n')}`;
