/** The command line. */
import { parseArgs } from 'node:util';
import type { Walk } from './walk.ts';

export const USAGE = `Usage: npx node examples/hot-engine/main.ts COMMAND

  engine            runs an engine until Ctrl-C; start several of them
  create TEMPLATE   creates the stack of a HOT file
  update OLD NEW    updates the stack from one HOT file to another
  delete TEMPLATE   deletes the stack of a HOT file

Options of create, update and delete:
  --stack NAME            required
  --operation ID          the operationId, to repeat a start; default: a new UUID
  --supersede             replaces the operation in progress
  --rollback              reverts everything if a resource fails
  --timeout-seconds N     of the operation; default: 600
  --heartbeat-seconds N   an engine that is silent for this long is lost; default: 10
  --attempts N            of each resource; default: 3
  --work-seconds N        of simulated work on each resource; default: 2
  --fail NAME[:N]         the first N attempts of a resource fail; without N, it fails for good; repeatable

Option of engine:
  --concurrency N         default: 20; a walk takes one place for as long as it lasts`;

export type CommandLine =
  | { readonly command: 'help' }
  | { readonly command: 'engine'; readonly concurrency: number }
  | {
      readonly command: 'create' | 'update' | 'delete';
      readonly files: readonly string[];
      readonly stackId: string;
      readonly operationId: string;
      readonly supersede: boolean;
      readonly walk: Omit<Walk, 'plan'>;
    };

/** @throws an error with a message for the user. */
export function parseCommandLine(args: string[], newId: () => string): CommandLine {
  const { values, positionals } = parseArgs({
    args,
    allowPositionals: true,
    options: {
      help: { type: 'boolean', default: false },
      stack: { type: 'string', default: '' },
      operation: { type: 'string', default: newId() },
      supersede: { type: 'boolean', default: false },
      rollback: { type: 'boolean', default: false },
      'timeout-seconds': { type: 'string', default: '600' },
      'heartbeat-seconds': { type: 'string', default: '10' },
      attempts: { type: 'string', default: '3' },
      'work-seconds': { type: 'string', default: '2' },
      fail: { type: 'string', multiple: true, default: [] },
      concurrency: { type: 'string', default: '20' },
    },
  });
  const whole = (name: 'timeout-seconds' | 'heartbeat-seconds' | 'attempts' | 'concurrency') => {
    if (/^[1-9]\d{0,8}$/.test(values[name])) return Number(values[name]);
    throw new Error(`--${name} must be a whole number, at least 1`);
  };
  const [command, ...files] = positionals;
  if (command === undefined || values.help) return { command: 'help' };
  if (command === 'engine') return { command, concurrency: whole('concurrency') };
  if (command !== 'create' && command !== 'update' && command !== 'delete')
    throw new Error(`there is no command ${command}; see --help`);
  const count = command === 'update' ? 2 : 1;
  if (files.length !== count) throw new Error(`${command} takes ${count} HOT file${count > 1 ? 's' : ''}`);
  if (values.stack === '') throw new Error('--stack is required');
  const seconds = Number(values['work-seconds']);
  if (!(seconds >= 0)) throw new Error('--work-seconds must be a number, at least 0');
  const walk = {
    rollback: values.rollback,
    timeoutSeconds: whole('timeout-seconds'),
    heartbeatSeconds: whole('heartbeat-seconds'),
    maxAttempts: whole('attempts'),
    simulation: { seconds, secondsOf: {}, fails: Object.fromEntries(values.fail.map(parseFailure)) },
  };
  const { stack: stackId, operation: operationId, supersede } = values;
  return { command, files, stackId, operationId, supersede, walk };
}

/**
 * `NAME` or `NAME:ATTEMPTS`. A name may contain a colon, but does not end with one and a number.
 */
function parseFailure(text: string): [string, number | 'FOR_GOOD'] {
  const [, name = text, attempts] = /^(.+):(\d+)$/.exec(text) ?? [];
  return [name, attempts === undefined ? 'FOR_GOOD' : Number(attempts)];
}
