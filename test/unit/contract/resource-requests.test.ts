/** The requests of resource actions, at and beyond their bounds; and work messages. */
import { describe, expect, test } from 'vitest';
import { parseRequest, parseWakeUp, parseWork } from '../../../contract/index.ts';

const start = {
  command: 'StartOperation',
  stackId: 'heat/prod/network-1',
  operationId: '6f1c0f6e-4df0-4a4e-9c3a-2f6f2d8f9f10',
  action: 'CREATE',
  timeoutSeconds: 3600,
};
const target = { stackId: 'a', operationId: 'b', resource: 'c' };
const dispatch = { command: 'DispatchResource', ...target, action: 'CREATE', startToCloseSeconds: 300 };
const claim = { ...target, attempt: 1, claimId: 'd' };
const complete = { command: 'CompleteResource', ...claim, status: 'COMPLETE' };
const nested = (levels: number) => JSON.parse(`${'['.repeat(levels)}${']'.repeat(levels)}`);
const messageOf = (request: unknown): string => {
  const parsed = parseRequest(request);
  return parsed.ok ? 'ok' : parsed.message;
};

describe('P12: nonsense is refused at the door, with the field and what is allowed', () => {
  test.each([
    ['no resource', { ...dispatch, resource: undefined }, 'resource must be 1 to 255 of'],
    ['a resource with a separator', { ...dispatch, resource: 'a#b' }, 'resource must be 1 to 255 of'],
    ['a long resource', { ...dispatch, resource: 'x'.repeat(256) }, 'resource must be 1 to 255 of'],
    [
      'no startToCloseSeconds',
      { ...dispatch, startToCloseSeconds: undefined },
      'startToCloseSeconds must be',
    ],
    [
      'an input too large',
      { ...dispatch, input: 'x'.repeat(65_535) },
      'input must be a JSON value of at most 65536',
    ],
    ['an input nested too deep', { ...dispatch, input: nested(33) }, 'input must be a JSON value'],
    [
      'no attempt at all',
      { ...dispatch, retry: { maxAttempts: 0 } },
      'retry.maxAttempts must be a whole number',
    ],
    ['too many attempts', { ...dispatch, retry: { maxAttempts: 1001 } }, 'retry.maxAttempts must be'],
    [
      'a falling rate',
      { ...dispatch, retry: { backoffRate: 0.9 } },
      'retry.backoffRate must be a number from 1 to',
    ],
    ['a rate of more than 100', { ...dispatch, retry: { backoffRate: 100.1 } }, 'retry.backoffRate must be'],
    [
      'an unknown jitter',
      { ...dispatch, retry: { jitter: 'SOME' } },
      'retry.jitter must be one of FULL, NONE',
    ],
    ['an unknown field of retry', { ...dispatch, retry: { delay: 1 } }, 'retry.delay is not a known field'],
    ['an unknown onFailure', { ...dispatch, onFailure: 'IGNORE' }, 'onFailure must be one of'],
    [
      'attempt 0',
      { command: 'Heartbeat', ...claim, attempt: 0 },
      'attempt must be a whole number from 1 to 1000',
    ],
    [
      'a long claimId',
      { command: 'Heartbeat', ...claim, claimId: 'x'.repeat(65) },
      'claimId must be 1 to 64 of',
    ],
    ['a claim of nobody', { command: 'ClaimResource', ...claim }, 'engineId must be 1 to 255 of'],
    [
      'an output too large',
      { ...complete, output: ['x'.repeat(65_533)] },
      'output must be a JSON value of at most',
    ],
    [
      'a status that says nothing',
      { ...complete, status: 'IN_PROGRESS' },
      'status must be one of COMPLETE, FAILED',
    ],
    ['retryable as text', { ...complete, retryable: 'no' }, 'retryable must be true or false'],
    ['a parent without its operation', { ...start, parent: { stackId: 'a' } }, 'parent.operationId must be'],
    ['a parent that is a text', { ...start, parent: 'a' }, 'parent must be an object {stackId, operationId}'],
    [
      'itself as parent',
      { ...start, parent: { stackId: start.stackId, operationId: 'a' } },
      'parent.stackId must be another stack',
    ],
    [
      'an operation for GetResource',
      { command: 'GetResource', ...target },
      'operationId is not a known field',
    ],
  ])('%s', (_, request, message) => {
    expect(messageOf(request)).toContain(message);
  });

  // A deadline behind another one would never come.
  test.each([
    ['heartbeatSeconds', { heartbeatSeconds: 301 }, 'startToCloseSeconds'],
    ['startToCloseSeconds', { scheduleToCloseSeconds: 299 }, 'scheduleToCloseSeconds'],
    [
      'scheduleToStartSeconds',
      { scheduleToStartSeconds: 601, scheduleToCloseSeconds: 600 },
      'scheduleToCloseSeconds',
    ],
    [
      'retry.intervalSeconds',
      { retry: { intervalSeconds: 11, maxDelaySeconds: 10 } },
      'retry.maxDelaySeconds',
    ],
  ])('%s that can never come to bear: %j', (name, fields, other) => {
    expect(messageOf({ ...dispatch, ...fields })).toBe(
      `${name} must be at most ${other}, else it would never come to bear`,
    );
  });
});

describe('what is just within the bounds is taken', () => {
  test.each([
    [dispatch],
    [{ ...dispatch, resource: 'x'.repeat(255), input: 'x'.repeat(65_534) }],
    [{ ...dispatch, input: null, retry: {} }],
    [{ ...dispatch, input: nested(32), onFailure: 'CONTINUE', resourceType: 'OS::Nova::Server' }],
    // Each deadline just before or at the one behind it.
    [{ ...dispatch, heartbeatSeconds: 300, scheduleToStartSeconds: 300, scheduleToCloseSeconds: 300 }],
    [{ ...dispatch, scheduleToStartSeconds: 31_536_000 }],
    [
      {
        ...dispatch,
        retry: {
          maxAttempts: 1000,
          intervalSeconds: 10,
          backoffRate: 100,
          maxDelaySeconds: 10,
          jitter: 'FULL',
        },
      },
    ],
    [
      {
        command: 'ClaimResource',
        ...claim,
        attempt: 1000,
        engineId: 'x'.repeat(255),
        claimId: 'y'.repeat(64),
      },
    ],
    [{ command: 'Heartbeat', ...claim }],
    [{ command: 'ReleaseResource', ...claim }],
    [{ ...complete, status: 'FAILED', reason: '', retryable: false, output: 'é'.repeat(32_767) }],
    [{ command: 'GetResource', stackId: 'a', resource: 'c' }],
  ])('%j', (request) => {
    expect(parseRequest(request)).toEqual({ ok: true, value: request });
  });
});

describe('work', () => {
  const detail = {
    stackId: 'a',
    operationId: 'b',
    resource: 'c',
    action: 'CREATE',
    status: 'IN_PROGRESS',
    phase: 'QUEUED',
    attempt: 1,
    maxAttempts: 1,
    statusReason: 'waits',
    version: 1,
    id: 'a/b/c/1/DISPATCH',
  };
  const event = { version: '0', id: 'x', source: 'stack-timeouts', 'detail-type': 'any', detail };

  test("is the detail of EventBridge's envelope; what only newer code knows is ignored", () => {
    const body = JSON.stringify({ ...event, detail: { ...detail, later: true } });
    expect(parseWork(body)).toEqual({ ok: true, value: detail });
  });

  test.each([
    ['no JSON', 'hello', 'the body must be JSON'],
    ['null', 'null', 'the body must be an event of the bus, with a detail'],
    ['no detail', '{}', 'detail'],
    [
      'a detail without a resource',
      JSON.stringify({ detail: { ...detail, resource: undefined } }),
      'detail.resource must be',
    ],
    [
      'an unknown phase',
      JSON.stringify({ detail: { ...detail, phase: 'LOST' } }),
      'detail.phase must be one of',
    ],
  ])('%s is none', (_, body, message) => {
    const parsed = parseWork(body);
    expect(!parsed.ok && parsed.message).toContain(message);
  });

  test('a wake-up may be that of a resource action', () => {
    const wakeUp = { v: 1, ...target, generation: 1, dueAt: '2026-01-31T12:00:00.000Z', hops: 0 };
    expect(parseWakeUp(JSON.stringify(wakeUp))).toEqual({ ok: true, value: wakeUp });
    const parsed = parseWakeUp(JSON.stringify({ ...wakeUp, resource: 'a b' }));
    expect(!parsed.ok && parsed.message).toContain('resource must be 1 to 255 of');
  });
});
