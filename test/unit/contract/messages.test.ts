/** What goes over queues, read by code that may be older or newer than its sender. */
import { describe, expect, test } from 'vitest';
import { parseWakeUp, parseWork } from '../../../contract/index.ts';

describe('wake-ups', () => {
  const wakeUp = {
    v: 1,
    stackId: 'a',
    operationId: 'b',
    generation: 1,
    dueAt: '2026-01-31T12:00:00.000Z',
    hops: 0,
  };

  test('a field that only newer code knows is ignored', () => {
    expect(parseWakeUp(JSON.stringify({ ...wakeUp, later: true }))).toEqual({ ok: true, value: wakeUp });
  });

  test('may be those of a resource action', () => {
    const ofResource = { ...wakeUp, resource: 'c' };
    expect(parseWakeUp(JSON.stringify(ofResource))).toEqual({ ok: true, value: ofResource });
    const parsed = parseWakeUp(JSON.stringify({ ...wakeUp, resource: 'a b' }));
    expect(!parsed.ok && parsed.message).toContain('resource must be 1 to 255 of');
  });

  test.each([
    ['no JSON', 'hello', 'the body must be JSON'],
    ['nothing', '', 'the body must be JSON'],
    ['null', 'null', 'the body must be a JSON object'],
    ['another version', JSON.stringify({ ...wakeUp, v: 2 }), 'v must be 1'],
    ['no stackId', JSON.stringify({ ...wakeUp, stackId: undefined }), 'stackId must be'],
    ['generation 0', JSON.stringify({ ...wakeUp, generation: 0 }), 'generation must be'],
    [
      'a time without milliseconds',
      JSON.stringify({ ...wakeUp, dueAt: '2026-01-31T12:00:00Z' }),
      'dueAt must be',
    ],
    [
      'a time elsewhere',
      JSON.stringify({ ...wakeUp, dueAt: '2026-01-31T12:00:00.000+01:00' }),
      'dueAt must be',
    ],
  ])('%s is malformed', (_, body, message) => {
    const parsed = parseWakeUp(body);
    expect(parsed.ok).toBe(false);
    expect(!parsed.ok && parsed.message).toContain(message);
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
});
