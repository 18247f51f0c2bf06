/** A short second scenario in which every promise holds. Tests change parts of it. */
import type { ResourceAction, Stack } from '../../../contract/index.ts';
import type { EnginesRun } from '../../../demo/checker.ts';
import { type Entry, HEARTBEAT_SECONDS, readEvent } from '../../../demo/event-log.ts';

const START = Date.UTC(2026, 0, 31, 12);
export const at = (seconds: number): number => START + seconds * 1000;
export const iso = (seconds: number): string => new Date(at(seconds)).toISOString();

export const stack = (fields: Partial<Stack>): Stack => ({
  stackId: 'web',
  operationId: 'CREATE',
  action: 'CREATE',
  status: 'IN_PROGRESS',
  statusReason: 'started',
  startedAt: iso(2),
  deadline: iso(302),
  version: 1,
  ...fields,
});

export const resource = (fields: Partial<ResourceAction>): ResourceAction => ({
  stackId: 'web',
  operationId: 'CREATE',
  resource: 'server',
  action: 'CREATE',
  status: 'IN_PROGRESS',
  statusReason: '',
  attempt: 1,
  maxAttempts: 5,
  version: 1,
  ...fields,
});

/** An event of the bus. */
export function event(receivedAt: number, detail: Stack | ResourceAction): Entry {
  const name = 'resource' in detail ? detail.resource : '';
  const id = [detail.operationId, name, detail.version].join('/');
  return readEvent(JSON.stringify({ detail: { ...detail, id } }), at(receivedAt));
}

type Change = 'QUEUED' | 'LOST' | 'COMPLETE' | 'CANCELLED' | 'by A' | 'by B' | 'by C';

/** The events of one resource action: the time of each change, and the engine that claims it. */
export function changes(
  key: Pick<ResourceAction, 'operationId' | 'resource'>,
  steps: readonly (readonly [seconds: number, change: Change])[],
): Entry[] {
  let state: Partial<ResourceAction> = { ...key, attempt: 1 };
  return steps.map(([seconds, change], index) => {
    const { attempt = 1, engineId = '' } = state;
    const next: Record<string, Partial<ResourceAction>> = {
      QUEUED: { phase: 'QUEUED' },
      LOST: { phase: 'QUEUED', attempt: attempt + 1, cause: 'ENGINE_LOST' },
      COMPLETE: { status: 'COMPLETE', attempt, engineId, endedAt: iso(seconds) },
      CANCELLED: { status: 'FAILED', attempt, cause: 'CANCELLED', endedAt: iso(seconds) },
    };
    const heartbeatDeadline = iso(seconds + HEARTBEAT_SECONDS);
    const claim = { phase: 'RUNNING', attempt, engineId: change.slice(3), heartbeatDeadline } as const;
    state = { ...key, attempt, version: index + 1, ...(next[change] ?? claim) };
    return event(seconds, resource(state));
  });
}

type Did = 'started' | 'killed' | 'stopped' | 'continued';
export const engine = (seconds: number, name: string, did: Did): Entry => ({
  kind: 'engine',
  at: at(seconds),
  engine: name,
  did,
});

const create = stack({ status: 'COMPLETE', statusReason: 'Done', endedAt: iso(34), version: 2 });
const remove = stack({
  operationId: 'DELETE',
  action: 'DELETE',
  startedAt: iso(36),
  deadline: iso(56),
  version: 3,
});
const removed = {
  ...remove,
  status: 'FAILED',
  cause: 'TIMEOUT',
  statusReason: 'Timed out',
  endedAt: iso(56.7),
  version: 4,
} as const;

export const ENTRIES: readonly Entry[] = [
  engine(1, 'A', 'started'),
  event(2, stack({})),
  ...changes({ operationId: 'CREATE', resource: '/walk' }, [
    [2.5, 'QUEUED'],
    [3, 'by A'],
    [34.2, 'CANCELLED'],
  ]),
  engine(4, 'B', 'started'),
  ...changes({ operationId: 'CREATE', resource: 'server' }, [
    [5, 'QUEUED'],
    [6, 'by B'],
    [15, 'LOST'],
    [16, 'by C'],
    [25, 'LOST'],
    [26, 'by A'],
    [33, 'COMPLETE'],
  ]),
  engine(10, 'B', 'killed'),
  engine(11, 'C', 'started'),
  engine(20, 'C', 'stopped'),
  engine(27, 'C', 'continued'),
  {
    kind: 'fenced',
    at: at(27.3),
    engine: 'C',
    stackId: 'web',
    operationId: 'CREATE',
    resource: 'server',
    attempt: 2,
  },
  event(34, create),
  event(36, remove),
  ...changes({ operationId: 'DELETE', resource: '/walk' }, [
    [36.5, 'QUEUED'],
    [37, 'by A'],
    [46, 'LOST'],
    [57, 'CANCELLED'],
  ]),
  engine(41, 'A', 'killed'),
  engine(41.1, 'C', 'killed'),
  event(56.7, removed),
];

export const RUN: EnginesRun = {
  entries: ENTRIES,
  namesInTemplate: ['server'],
  afterCreate: {
    stack: create,
    resources: [
      resource({ resource: '/walk', status: 'FAILED', cause: 'CANCELLED', engineId: 'A' }),
      resource({ status: 'COMPLETE', attempt: 3, engineId: 'A' }),
    ],
  },
  afterDelete: {
    stack: removed,
    resources: [resource({ operationId: 'DELETE', resource: '/walk', status: 'FAILED', cause: 'CANCELLED' })],
  },
  schedulesLeft: [],
};
