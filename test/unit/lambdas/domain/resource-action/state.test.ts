/** What answers and events show of a row: these fields, and no others. */
import { describe, expect, test } from 'vitest';
import {
  attemptOf,
  type ResourceActionRow,
  toResourceAction,
} from '../../../../../lambdas/domain/resource-action/state.ts';
import { backoff, delayed, endedResource, queued, running } from '../../../../support/resource-rows.ts';
import { NOW } from '../../../../support/rows.ts';

const at = (seconds: number): string => new Date(NOW + seconds * 1000).toISOString();

const of = { stackId: 'stack-1', operationId: 'op-1', resource: 'server', action: 'CREATE', maxAttempts: 3 };
const unfinished = { ...of, status: 'IN_PROGRESS', phaseStartedAt: at(0), attempt: 1 };
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
      missed: { timeout: 'HEARTBEAT', deadline: NOW - 700 },
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
      timeout: 'HEARTBEAT',
      latenessMs: 700,
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
      lastHeartbeatAt: at(0),
      version: 2,
    },
  ],
  'running, its heartbeat waited for longer': [
    running({
      heartbeat: 30_000,
      heartbeatDeadline: NOW + 40_000,
      suspicion: { lastHeartbeat: NOW + 2000 },
    }),
    {
      ...unfinished,
      phase: 'RUNNING',
      engineId: 'engine-1',
      statusReason: 'Resource CREATE started by engine engine-1',
      attemptDeadline: at(300),
      heartbeatDeadline: at(40),
      lastHeartbeatAt: at(2),
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
    endedResource('unclaimed', {
      engineId: undefined,
      finalDeadline: NOW,
      missed: { timeout: 'SCHEDULE_TO_START', deadline: NOW - 10_005 },
    } as object),
    {
      ...ended,
      status: 'FAILED',
      statusReason: 'nobody came',
      cause: 'NO_ENGINE',
      timeout: 'SCHEDULE_TO_START',
      latenessMs: 5,
    },
  ],
  'timed out, and was written by an earlier version': [
    endedResource('timedOut'),
    { ...ended, status: 'FAILED', engineId: 'engine-1', statusReason: 'Timed out', cause: 'TIMEOUT' },
  ],
};

test.each(Object.entries(rows))('a resource action that is %s', (_, [row, shown]) => {
  expect(toResourceAction(row)).toStrictEqual(shown);
});

test('since when one is in its phase is not known of rows of earlier versions', () => {
  const { phaseStartedAt: _, ...row } = queued();
  expect(toResourceAction(row)).not.toHaveProperty('phaseStartedAt');
});

describe('the attempt that a write is about', () => {
  const next = queued({ attempt: 2 });
  const of1 = { attempt: 1, engineId: 'engine-1' };

  test.each([
    ['a dispatch', undefined, queued(), { attempt: 1 }],
    ['an offer', queued(), queued({ offers: 2 }), { attempt: 1 }],
    ['a claim', queued(), running(), of1],
    ['a heartbeat', running(), running({ version: 3 }), of1],
    ['a release', running(), queued({ version: 3 }), of1],
    ['a loss that is followed at once', running(), next, of1],
    ['a failure that is waited after', running(), backoff(), of1],
    ['the next attempt', backoff(), next, { attempt: 2 }],
    ['an end', running(), endedResource('lost'), of1],
    [
      'an end without an engine',
      queued(),
      { ...endedResource('unclaimed'), engineId: undefined },
      { attempt: 1 },
    ],
    ['an end that is read again', endedResource('lost'), endedResource('lost'), of1],
  ])('%s', (_, before, after, attempt) => {
    expect(attemptOf(before, after as ResourceActionRow)).toStrictEqual(attempt);
  });
});
