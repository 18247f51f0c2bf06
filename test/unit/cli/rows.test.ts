import { expect, test } from 'vitest';
import { causeOf, causeText, failuresFirst, nextDeadline, stackCauseText } from '../../../cli/rows.ts';
import type { ResourceAction } from '../../../contract/index.ts';

const resource = (name: string, more: Partial<ResourceAction> = {}): ResourceAction => ({
  stackId: 'web',
  operationId: 'op-1',
  resource: name,
  action: 'CREATE',
  status: 'IN_PROGRESS',
  statusReason: '',
  attempt: 1,
  maxAttempts: 1,
  version: 1,
  ...more,
});

test('failures come first, then what is under way, what is done, what was taken back', () => {
  const rows = [
    resource('taken back', { status: 'FAILED', cause: 'CANCELLED' }),
    resource('done', { status: 'COMPLETE' }),
    resource('under way'),
    resource('failed', { status: 'FAILED', cause: 'TIMEOUT' }),
  ];
  expect(failuresFirst(rows).map(({ resource: name }) => name)).toEqual([
    'failed',
    'under way',
    'done',
    'taken back',
  ]);
});

test('the next deadline is the earliest', () => {
  const [soon, later] = ['2026-11-29T12:00:00.000Z', '2026-11-29T12:00:01.000Z'];
  expect(nextDeadline(resource('server', { attemptDeadline: later, heartbeatDeadline: soon }))).toEqual({
    name: 'heartbeat',
    time: soon,
  });
  expect(nextDeadline(resource('server'))).toBeUndefined();
});

test('of a timeout, the cause says which', () => {
  expect(causeOf({ cause: 'TIMEOUT', timeout: 'START_TO_CLOSE' })).toBe('TIMEOUT START_TO_CLOSE');
  expect(causeOf({ cause: 'ENGINE_LOST', timeout: 'HEARTBEAT' })).toBe('ENGINE_LOST');
  expect(causeOf({})).toBe('');
});

test('the cause in words: which timeout was reached, and how late that was written', () => {
  expect(causeText({ cause: 'TIMEOUT', latenessMs: 5 })).toBe("TIMEOUT: the operation's deadline, 5ms late");
  expect(causeText({ cause: 'TIMEOUT', resource: 'server', timeout: 'START_TO_CLOSE' })).toBe(
    'TIMEOUT: START_TO_CLOSE',
  );
  const lost = { cause: 'ENGINE_LOST', timeout: 'HEARTBEAT', latenessMs: 1300 } as const;
  expect(causeText({ ...lost, resource: 'server' })).toBe('ENGINE_LOST: HEARTBEAT, 1.3s late');
  // Of a service that does not tell.
  expect(causeText({ cause: 'TIMEOUT', resource: 'server' })).toBe('TIMEOUT');
  expect(causeText({ cause: 'REPORTED' })).toBe('REPORTED');
  expect(causeText({})).toBe('');
});

test('the cause of a stack: late is what ended after its deadline', () => {
  const ended = { deadline: '2026-11-29T12:00:00.000Z', endedAt: '2026-11-29T12:00:00.023Z' };
  expect(stackCauseText({ ...ended, cause: 'TIMEOUT' })).toBe("TIMEOUT: the operation's deadline, 23ms late");
  expect(stackCauseText({ ...ended, cause: 'CANCELLED' })).toBe('CANCELLED');
  expect(stackCauseText({ deadline: ended.deadline })).toBe('');
});
