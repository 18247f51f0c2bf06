/** Every request, at and beyond its bounds. */
import { describe, expect, test } from 'vitest';
import { COMMANDS, parseRequest } from '../../../contract/index.ts';

const start = {
  command: 'StartOperation',
  stackId: 'heat/prod/network-1',
  operationId: '6f1c0f6e-4df0-4a4e-9c3a-2f6f2d8f9f10',
  action: 'CREATE',
  timeoutSeconds: 3600,
};
const without = (field: string) =>
  Object.fromEntries(Object.entries(start).filter(([name]) => name !== field));
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
    ['no object', 'StartOperation', 'the request must be a JSON object with a field "command"'],
    ['null', null, 'the request must be a JSON object with a field "command"'],
    ['an array', [start], 'the request must be a JSON object with a field "command"'],
    ['no command', {}, `command must be one of ${COMMANDS.join(', ')}`],
    ['an unknown command', { command: 'Stop' }, `command must be one of ${COMMANDS.join(', ')}`],
    ['a name of every object', { command: 'toString' }, `command must be one of ${COMMANDS.join(', ')}`],
    ['no stackId', without('stackId'), 'stackId must be 1 to 255 of the characters A-Z a-z 0-9 . _ : / @ -'],
    ['an empty stackId', { ...start, stackId: '' }, 'stackId must be 1 to 255 of'],
    ['a long stackId', { ...start, stackId: 'x'.repeat(256) }, 'stackId must be 1 to 255 of'],
    ['a stackId with a space', { ...start, stackId: 'a b' }, 'stackId must be 1 to 255 of'],
    ['a stackId with a separator', { ...start, stackId: 'a#b' }, 'stackId must be 1 to 255 of'],
    ['a stackId with a line break', { ...start, stackId: 'a\n' }, 'stackId must be 1 to 255 of'],
    ['a stackId that is a number', { ...start, stackId: 7 }, 'stackId must be 1 to 255 of'],
    ['a long operationId', { ...start, operationId: 'x'.repeat(65) }, 'operationId must be 1 to 64 of'],
    ['an unknown action', { ...start, action: 'create' }, 'action must be one of CREATE, UPDATE,'],
    [
      'no timeout',
      without('timeoutSeconds'),
      'timeoutSeconds must be a whole number of seconds from 1 to 31536000',
    ],
    [
      'a timeout of 0',
      { ...start, timeoutSeconds: 0 },
      'timeoutSeconds must be a whole number of seconds from 1',
    ],
    ['a negative timeout', { ...start, timeoutSeconds: -5 }, 'timeoutSeconds must be'],
    ['half a second', { ...start, timeoutSeconds: 0.5 }, 'timeoutSeconds must be'],
    ['a timeout of more than a year', { ...start, timeoutSeconds: 31_536_001 }, 'timeoutSeconds must be'],
    ['a timeout as text', { ...start, timeoutSeconds: '60' }, 'timeoutSeconds must be'],
    ['a timeout that is no number', { ...start, timeoutSeconds: Number.NaN }, 'timeoutSeconds must be'],
    ['supersede as text', { ...start, supersede: 'yes' }, 'supersede must be true or false'],
    [
      'metadata that is a list',
      { ...start, metadata: [] },
      'metadata must be a JSON object of at most 4096 bytes',
    ],
    [
      'metadata too large',
      { ...start, metadata: { a: 'é'.repeat(2045) } },
      'metadata must be a JSON object of at most',
    ],
    ['an unknown field', { ...start, timeout: 5 }, 'timeout is not a known field'],
    [
      'a status that cannot be reported',
      { command: 'CompleteOperation', stackId: 'a', operationId: 'b', status: 'IN_PROGRESS' },
      'status must be one of COMPLETE, FAILED',
    ],
    [
      'a long reason',
      { command: 'CancelOperation', stackId: 'a', operationId: 'b', reason: 'é'.repeat(513) },
      'reason must be at most 1024 bytes of valid Unicode',
    ],
    ['a limit of 0', { command: 'ListStacks', limit: 0 }, 'limit must be a whole number from 1 to 100'],
    ['a limit of 101', { command: 'ListStacks', limit: 101 }, 'limit must be a whole number from 1 to 100'],
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
    [
      'a negative delay',
      { ...dispatch, delaySeconds: -1 },
      'delaySeconds must be a whole number of seconds from 0 to 31536000',
    ],
    ['half a second of delay', { ...dispatch, delaySeconds: 0.5 }, 'delaySeconds must be'],
    ['a delay of more than a year', { ...dispatch, delaySeconds: 31_536_001 }, 'delaySeconds must be'],
    [
      'an attempt for CancelResource',
      { command: 'CancelResource', ...target, attempt: 1 },
      'attempt is not a known field',
    ],
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

  test('metadata nested so deeply that it cannot be written is too large, not a crash', () => {
    let metadata: object = {};
    for (let depth = 0; depth < 100_000; depth++) metadata = { metadata };
    expect(messageOf({ ...start, metadata })).toContain('metadata must be a JSON object');
  });

  // What is accepted must also be publishable: EventBridge refuses some of what JSON allows.
  test.each([
    ['an integer that JavaScript cannot hold', '{"n": 10000000000000000000}'],
    ['a number beyond all bounds', '{"n": 1e400}'],
    ['half a character', '{"text": "\\ud800"}'],
    ['half a character as a name', '{"\\ud800": 1}'],
    ['a name that objects treat as something else', '{"__proto__": {"a": 1}}'],
    ['33 levels', `${'{"a":'.repeat(33)}1${'}'.repeat(33)}`],
    ['the same in a list', `{"a": [{"n": 9007199254740993}]}`],
  ])('metadata with %s is refused', (_, json) => {
    expect(messageOf({ ...start, metadata: JSON.parse(json) })).toContain('metadata must be a JSON object');
  });

  // JSON allows it, and JavaScript reads Infinity, which would be written as null.
  test.each<[string, object]>([
    ['timeoutSeconds', start],
    ['metadata', { ...start, metadata: { n: [] } }],
    ['limit', { command: 'ListStacks' }],
    ['input', dispatch],
    ['startToCloseSeconds', dispatch],
    ['retry.backoffRate', dispatch],
    ['attempt', { command: 'Heartbeat', ...claim }],
    ['output', complete],
  ])('1e400 as %s is refused', (name, request) => {
    const [field = '', inner] = name.split('.');
    const value = field === 'metadata' ? { n: ['1e400'] } : inner ? { [inner]: '1e400' } : '1e400';
    const payload = JSON.stringify({ ...request, [field]: value }).replaceAll('"1e400"', '1e400');
    expect(messageOf(JSON.parse(payload))).toContain(`${name} must be`);
  });

  test('a reason with half a character is refused', () => {
    const request = { command: 'CancelOperation', stackId: 'a', operationId: 'b', reason: '\ud800' };
    expect(messageOf(request)).toContain('reason must be at most 1024 bytes of valid Unicode');
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
    [
      'delaySeconds + startToCloseSeconds',
      { delaySeconds: 301, scheduleToCloseSeconds: 600 },
      'scheduleToCloseSeconds',
    ],
    [
      'delaySeconds + scheduleToStartSeconds',
      { delaySeconds: 200, scheduleToStartSeconds: 401, scheduleToCloseSeconds: 600 },
      'scheduleToCloseSeconds',
    ],
  ])('%s that can never come to bear: %j', (name, fields, other) => {
    expect(messageOf({ ...dispatch, ...fields })).toBe(
      `${name} must be at most ${other}, else it would never come to bear`,
    );
  });
});

describe('what is just within the bounds is taken', () => {
  test.each([
    [{ ...start, stackId: 'x'.repeat(255), operationId: 'y'.repeat(64) }],
    [{ ...start, stackId: 'aZ09._:/@-' }],
    [{ ...start, timeoutSeconds: 1 }],
    [{ ...start, timeoutSeconds: 31_536_000, supersede: false }],
    [{ ...start, metadata: { a: 'é'.repeat(2044) } }],
    [{ ...start, metadata: { nested: { list: [1, null, 'x', 0.1] } } }],
    [{ ...start, metadata: JSON.parse(`${'{"a":'.repeat(32)}1${'}'.repeat(32)}`) }],
    [{ ...start, metadata: { n: -9007199254740991, text: '😀', '': [] } }],
    [{ command: 'CancelOperation', stackId: 'a', operationId: 'b', reason: 'é'.repeat(512) }],
    [{ command: 'ListStacks' }],
    [{ ...start, parent: { stackId: 'x'.repeat(255), operationId: 'y'.repeat(64) } }],
    [{ command: 'ListStacks', limit: 100, nextToken: 'abc' }],
    [dispatch],
    [{ ...dispatch, resource: 'x'.repeat(255), input: 'x'.repeat(65_534) }],
    [{ ...dispatch, input: null, retry: {} }],
    [{ ...dispatch, input: nested(32), onFailure: 'CONTINUE', resourceType: 'OS::Nova::Server' }],
    // Each deadline just before or at the one behind it.
    [{ ...dispatch, heartbeatSeconds: 300, scheduleToStartSeconds: 300, scheduleToCloseSeconds: 300 }],
    [{ ...dispatch, scheduleToStartSeconds: 31_536_000 }],
    [{ ...dispatch, delaySeconds: 0 }],
    [{ ...dispatch, delaySeconds: 31_536_000, scheduleToStartSeconds: 31_536_000 }],
    [{ ...dispatch, delaySeconds: 300, scheduleToStartSeconds: 300, scheduleToCloseSeconds: 600 }],
    [{ command: 'CancelResource', ...target }],
    [{ command: 'CancelResource', ...target, reason: 'é'.repeat(512) }],
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
