/** What answers and events show of a row: these fields, and no others. */
import { expect, test } from 'vitest';
import {
  type ResourceActionRow,
  toResourceAction,
} from '../../../../../lambdas/domain/resource-action/state.ts';
import { backoff, delayed, endedResource, queued, running } from '../../../../support/resource-rows.ts';
import { NOW } from '../../../../support/rows.ts';

const at = (seconds: number): string => new Date(NOW + seconds * 1000).toISOString();

const of = { stackId: 'stack-1', operationId: 'op-1', resource: 'server', action: 'CREATE', maxAttempts: 3 };
const unfinished = { ...of, status: 'IN_PROGRESS', attempt: 1 };
const ended = { ...of, attempt: 1, endedAt: at(-10), version: 3 };

const rows: Record<string, [ResourceActionRow, object]> = {
  delayed: [
    delayed({ finalDeadline: NOW + 90_000 }),
    {
      ...unfinished,
      phase: 'DELAYED',
      statusReason: 'Resource CREATE is delayed until 2026-01-31T12:01:00.000Z',
      queueAt: at(60),
      finalDeadline: at(90),
      version: 1,
    },
  ],
  queued: [
    queued(),
    { ...unfinished, phase: 'QUEUED', statusReason: 'Resource CREATE waits for an engine', version: 1 },
  ],
  'queued with all there is': [
    queued({
      resourceType: 'OS::Nova::Server',
      attempt: 2,
      cause: 'ENGINE_LOST',
      lastFailure: { attempt: 1, engineId: 'engine-0', cause: 'ENGINE_LOST', reason: 'gone', at: NOW },
      scheduleToStart: 9000,
      startDeadline: NOW + 9000,
      finalDeadline: NOW + 90_000,
    }),
    {
      ...unfinished,
      resourceType: 'OS::Nova::Server',
      phase: 'QUEUED',
      attempt: 2,
      cause: 'ENGINE_LOST',
      lastFailure: { attempt: 1, engineId: 'engine-0', cause: 'ENGINE_LOST', reason: 'gone', at: at(0) },
      statusReason: 'Resource CREATE waits for an engine',
      startDeadline: at(9),
      finalDeadline: at(90),
      version: 1,
    },
  ],
  running: [
    running(),
    {
      ...unfinished,
      phase: 'RUNNING',
      engineId: 'engine-1',
      statusReason: 'Resource CREATE started by engine engine-1',
      attemptDeadline: at(300),
      version: 2,
    },
  ],
  'running with a heartbeat': [
    running({ heartbeat: 30_000, heartbeatDeadline: NOW + 30_000 }),
    {
      ...unfinished,
      phase: 'RUNNING',
      engineId: 'engine-1',
      statusReason: 'Resource CREATE started by engine engine-1',
      attemptDeadline: at(300),
      heartbeatDeadline: at(30),
      version: 2,
    },
  ],
  'backing off': [
    backoff(),
    {
      ...unfinished,
      phase: 'BACKOFF',
      statusReason: 'no more disks',
      cause: 'REPORTED',
      retryAt: at(1),
      version: 3,
    },
  ],
  complete: [
    endedResource('completed'),
    { ...ended, status: 'COMPLETE', engineId: 'engine-1', statusReason: 'done', cause: 'REPORTED' },
  ],
  'ended without an engine': [
    endedResource('unclaimed', { engineId: undefined, finalDeadline: NOW } as object),
    { ...ended, status: 'FAILED', statusReason: 'nobody came', cause: 'NO_ENGINE' },
  ],
};

test.each(Object.entries(rows))('a resource action that is %s', (_, [row, shown]) => {
  expect(toResourceAction(row)).toStrictEqual(shown);
});
