/** Where races about a stack begin, and who takes part. */
import type { RequestOf } from '../../contract/index.ts';
import { endedResource, running } from '../support/resource-rows.ts';
import { inProgress, NOW } from '../support/rows.ts';
import { appliesEffectsOf, asks, sweeps, wakesUp } from './actors.ts';
import type { Actor, Start } from './race.ts';

const stack = { stackId: 'stack-1', operationId: 'op-1' } as const;

const failed = endedResource('failed', { endedAt: NOW + 30_000 });

/** The operation's deadline is at NOW + 60 s. */
export const stackStarts = {
  'in time': { now: NOW + 30_000, rows: [inProgress(), failed] },
  'at the deadline': { now: NOW + 60_000, rows: [inProgress(), failed] },
  'when the timer is due, but the deadline was moved later': {
    now: NOW + 60_000,
    rows: [inProgress({ deadline: NOW + 90_000, change: 'EXTEND', version: 2 }), failed],
  },
} satisfies Record<string, Start>;

const start = (operationId: string, supersede: boolean): RequestOf<'StartOperation'> => ({
  command: 'StartOperation',
  stackId: 'stack-1',
  operationId,
  action: 'UPDATE',
  timeoutSeconds: 60,
  supersede,
});

export const stackActors: readonly Actor[] = [
  asks('StartOperation', start('op-2', false)),
  asks('StartOperation, superseding', start('op-2', true)),
  asks('StartOperation of another one, superseding', start('op-3', true)),
  asks('CompleteOperation as COMPLETE', { command: 'CompleteOperation', ...stack, status: 'COMPLETE' }),
  asks('CompleteOperation as FAILED', { command: 'CompleteOperation', ...stack, status: 'FAILED' }),
  asks('CancelOperation', { command: 'CancelOperation', ...stack }),
  asks('ExtendOperation', { command: 'ExtendOperation', ...stack, timeoutSeconds: 300 }),
  asks('ExtendOperation, shorter', { command: 'ExtendOperation', ...stack, timeoutSeconds: 10 }),
  wakesUp('the wake-up', { ...stack, generation: 1 }),
  sweeps('the sweep', { stackId: 'stack-1' }),
  appliesEffectsOf('the failure of a resource action', [{ before: running(), after: failed }]),
];
