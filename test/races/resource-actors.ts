/** Where races about a resource action begin, and who takes part. */
import type { RequestOf } from '../../contract/index.ts';
import {
  decideClaim,
  decideCompleteResource,
  decideDispatch,
} from '../../lambdas/domain/resource-action/commands.ts';
import type { ResourceActionRow } from '../../lambdas/domain/resource-action/state.ts';
import { inProgress, NOW, RETENTION } from '../support/rows.ts';
import { appliesEffectsOf, asks, sweeps, wakesUp, withEffects } from './actors.ts';
import type { Actor, Start } from './race.ts';

const operation = { stackId: 'stack-1', operationId: 'op-1' } as const;
const of = { ...operation, resource: 'server' } as const;
const held = { ...of, attempt: 1, claimId: 'claim-a' } as const;

const dispatch: RequestOf<'DispatchResource'> = {
  command: 'DispatchResource',
  ...of,
  action: 'CREATE',
  input: { flavor: 'm1.small' },
  scheduleToStartSeconds: 60,
  startToCloseSeconds: 50,
  heartbeatSeconds: 30,
  retry: { maxAttempts: 2, jitter: 'NONE' },
};
const claim = (engineId: string, attempt: number): RequestOf<'ClaimResource'> => ({
  command: 'ClaimResource',
  ...of,
  attempt,
  engineId,
  claimId: `claim-${engineId}`,
});
const report = (status: 'COMPLETE' | 'FAILED', more: object = {}): RequestOf<'CompleteResource'> => ({
  command: 'CompleteResource',
  ...held,
  status,
  ...more,
});

const stack = inProgress({
  deadline: NOW + 600_000,
  timer: { generation: 1, dueAt: NOW + 600_000, setAt: NOW },
});
const written = (decision: { readonly save?: ResourceActionRow }): ResourceActionRow => {
  if (decision.save === undefined) throw new Error('nothing is written');
  return decision.save;
};
const queued = written(decideDispatch({ stack, resource: undefined }, dispatch, NOW));
const delayed = written(
  decideDispatch({ stack, resource: undefined }, { ...dispatch, delaySeconds: 20 }, NOW),
);
const running = written(decideClaim({ stack, resource: queued }, claim('a', 1), NOW));
const backoff = written(
  decideCompleteResource(running, report('FAILED'), { now: NOW, retention: RETENTION }),
);

const from = (row: ResourceActionRow, seconds: number): Start => ({
  now: NOW + seconds * 1000,
  rows: [stack, row],
  input: JSON.stringify(dispatch.input),
});
const superseded = inProgress({ ...stack, operationId: 'op-2', change: 'SUPERSEDE', version: 2 });
/** Another operation has begun, and nobody has ended the resource action of the old one yet. */
const fromSuperseded = (row: ResourceActionRow): Start => ({
  ...from(row, 10),
  rows: [superseded, row],
  pending: [{ before: stack, after: superseded }],
});

export const resourceStarts = {
  DELAYED: from(delayed, 10),
  'DELAYED, when its delay is over': from(delayed, 20),
  QUEUED: from(queued, 10),
  'QUEUED, when no engine has come in time': from(queued, 60),
  'QUEUED, to be offered again': from({ ...queued, startDeadline: NOW + 600_000 } as ResourceActionRow, 60),
  RUNNING: from(running, 10),
  'RUNNING, when a heartbeat is missing': from(running, 30),
  "RUNNING, at the attempt's deadline": from(running, 50),
  'RUNNING the last attempt, when a heartbeat is missing': from(
    { ...running, retry: { ...running.retry, maxAttempts: 1 } },
    30,
  ),
  'BACKOFF, when the next attempt begins': from(backoff, 1),
  'QUEUED, of a superseded operation': fromSuperseded(queued),
  'RUNNING, of a superseded operation': fromSuperseded(running),
} satisfies Record<string, Start>;

const actors: readonly Actor[] = [
  asks('DispatchResource, again', dispatch),
  asks('DispatchResource of another operation', { ...dispatch, operationId: 'op-2' }),
  asks('ClaimResource', claim('a', 1)),
  asks('ClaimResource by another engine', claim('b', 1)),
  asks('ClaimResource of the next attempt', claim('b', 2)),
  asks('Heartbeat', { command: 'Heartbeat', ...held }),
  asks('CompleteResource as COMPLETE', report('COMPLETE', { output: { id: 7 } })),
  asks('CompleteResource as FAILED', report('FAILED')),
  withEffects(asks('CompleteResource as FAILED for good', report('FAILED', { retryable: false }))),
  asks('ReleaseResource', { command: 'ReleaseResource', ...held }),
  withEffects(asks('CancelResource', { command: 'CancelResource', ...of })),
  wakesUp('the wake-up', { ...of, generation: 1 }),
  wakesUp('the next wake-up', { ...of, generation: 2 }),
  sweeps('the sweep', of),
  withEffects(asks('CompleteOperation', { command: 'CompleteOperation', ...operation, status: 'COMPLETE' })),
];

export const actorsAt = ({ pending }: Start): Actor[] => [
  ...actors,
  ...(pending ? [appliesEffectsOf('the cascade', pending)] : []),
];
