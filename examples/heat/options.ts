/** The flags of create, update and delete. */
import { type Command, InvalidArgumentError, Option } from 'commander';
import { durationArgument } from '../../cli/session.ts';
import type { Simulation } from './simulation.ts';
import type { Walk } from './walk.ts';

export interface OperationOptions {
  readonly stack: string;
  readonly timeout: number;
  readonly operation?: string;
  readonly supersede?: boolean;
  readonly rollback?: boolean;
  readonly workSeconds: number;
  readonly work?: Simulation['secondsOf'];
  readonly fail?: Simulation['fails'];
  readonly attempts: number;
  readonly heartbeatSeconds: number;
  readonly wait?: boolean;
}

/** Adds the flags that all three have. */
export function addOperationOptions(command: Command): Command {
  return command
    .requiredOption('--stack <name>', 'the stack')
    .addOption(
      new Option('--timeout <duration>', 'of the operation: 90s, 30m, 2h')
        .argParser(durationArgument)
        .default(600, '10m'),
    )
    .option(
      '--operation <id>',
      'the operationId (default: a new UUID); with the same one, a start can be repeated',
    )
    .option('--supersede', 'replace an operation that is in progress')
    .option('--work-seconds <n>', 'how long the simulated work on a resource takes', number(0), 2)
    .option('--work <name=seconds>', 'how long it takes for one resource; may be repeated', workArgument)
    .option(
      '--fail <name[:attempts]>',
      'fail the first attempts for a resource, or without a number, fail for good; may be repeated. ' +
        'NAME/rollback fails what undoes NAME',
      failArgument,
    )
    .option('--attempts <n>', 'how often a resource is tried', wholeNumber(1), 3)
    .option(
      '--heartbeat-seconds <n>',
      'an engine that has not been heard of for so long is dead',
      wholeNumber(1),
      10,
    )
    .option('--wait', 'show what happens until the operation ends (exit code 4 if it ends FAILED)');
}

export const walkOf = (options: OperationOptions, plan: Walk['plan']): Walk => ({
  plan,
  rollback: options.rollback ?? false,
  timeoutSeconds: options.timeout,
  heartbeatSeconds: options.heartbeatSeconds,
  maxAttempts: options.attempts,
  simulation: { seconds: options.workSeconds, secondsOf: options.work ?? {}, fails: options.fail ?? {} },
});

function number(least: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (text.trim() !== '' && Number.isFinite(value) && value >= least) return value;
    throw new InvalidArgumentError(`It must be a number, at least ${least}.`);
  };
}

export function wholeNumber(least: number): (text: string) => number {
  return (text) => {
    if (/^\d{1,9}$/.test(text) && Number(text) >= least) return Number(text);
    throw new InvalidArgumentError(`It must be a whole number, at least ${least}.`);
  };
}

function workArgument(text: string, before: Simulation['secondsOf'] = {}): Simulation['secondsOf'] {
  const [name, seconds] = split(text, '=');
  if (name === '' || seconds === undefined) throw new InvalidArgumentError('It must be NAME=SECONDS.');
  return { ...before, [name]: number(0)(seconds) };
}

function failArgument(text: string, before: Simulation['fails'] = {}): Simulation['fails'] {
  const [name, attempts] = split(text, ':');
  if (name === '') throw new InvalidArgumentError('It must be NAME or NAME:ATTEMPTS.');
  return { ...before, [name]: attempts === undefined ? 'FOR_GOOD' : wholeNumber(1)(attempts) };
}

/** At the last separator: names may hold it, too. */
function split(text: string, separator: string): [string, string | undefined] {
  const at = text.lastIndexOf(separator);
  return at === -1 ? [text, undefined] : [text.slice(0, at), text.slice(at + 1)];
}
