/** What a handler returns or throws, as the engine reports it. */
import { describe, expect, test } from 'vitest';
import { WorkFailed } from '../../../../client/index.ts';
import { EngineHarness } from './engine-harness.ts';

describe('failure', () => {
  const reportOf = async (thrown: unknown) => {
    const harness = new EngineHarness();
    harness.handle = () => {
      throw thrown;
    };
    harness.offer('server');
    await harness.start();
    expect(harness.happened).toEqual(['claimed', 'failed']);
    const { status, reason, retryable, output } = harness.service.sent('CompleteResource')[0] ?? {};
    return { status, reason, retryable, output };
  };

  test('that a handler throws may pass with the next attempt', async () => {
    expect(await reportOf(new TypeError('no route'))).toEqual({
      status: 'FAILED',
      reason: 'no route',
      retryable: true,
      output: undefined,
    });
  });

  test('that is meant says itself whether to try again, and what came of it', async () => {
    const failed = new WorkFailed('no such flavor', { retryable: false, output: { seen: 3 } });
    expect(await reportOf(failed)).toEqual({
      status: 'FAILED',
      reason: 'no such flavor',
      retryable: false,
      output: { seen: 3 },
    });
    expect(await reportOf(new WorkFailed('busy'))).toMatchObject({ reason: 'busy', retryable: true });
  });

  test.each([
    ['a string', 'boom', 'boom'],
    ['nothing', undefined, 'undefined'],
    ['an object without text', Object.create(null), 'a value was thrown that cannot be shown as text'],
    ['an error without message', new RangeError(), 'RangeError'],
    ['half a character', new Error('a\ud800'), 'a\ufffd'],
    ['too much', new Error('€'.repeat(400)), '€'.repeat(341)],
    ['too much, in pairs', new Error(`x${'😀'.repeat(400)}`), `x${'😀'.repeat(255)}`],
  ])('thrown as %s has a reason', async (_, thrown, reason) => {
    expect(await reportOf(thrown)).toMatchObject({ status: 'FAILED', reason });
  });

  const circular: { self?: unknown } = {};
  circular.self = circular;
  const deep = Array.from({ length: 40 }).reduce((inner) => [inner], 1);
  test.each([
    ['too large', 'x'.repeat(70_000), 'it has 70002 bytes as JSON, at most 65536 are allowed'],
    ['too large for any call', 'x'.repeat(7_000_000), 'it has 7000002 bytes'],
    ['circular', circular, 'circular structure'],
    ['a function', () => 1, 'JSON cannot hold a function'],
    ['a bigint', 1n, 'JSON cannot hold a bigint'],
    ['not a number', { servers: [{ cpu: Number.NaN }] }, 'JSON cannot hold NaN, at servers[0].cpu'],
    ['a Map', { servers: new Map() }, 'JSON cannot hold an object of class Map, at servers'],
    ['what only the service refuses', deep, 'must be a JSON value of at most 65536 bytes'],
  ])('by an output that is %s: no other attempt would change it', async (_, output, why) => {
    const harness = new EngineHarness();
    harness.handle = () => output;
    const row = harness.offer('server');
    await harness.start();
    expect(row.state).toBe('FAILED');
    expect(row.report).toMatchObject({ status: 'FAILED', retryable: false });
    expect(row.report?.reason).toContain('its output cannot be reported: ');
    expect(row.report?.reason).toContain(why);
    expect(harness.happened).toEqual(['claimed', 'failed']);
  });

  test('with an output that cannot be reported is reported without it', async () => {
    const harness = new EngineHarness();
    harness.handle = () => {
      throw new WorkFailed('busy', { output: 'x'.repeat(70_000) });
    };
    const row = harness.offer('server');
    await harness.start();
    expect(row).toMatchObject({ state: 'BACKOFF', report: { retryable: true } });
    expect(row.report?.reason).toMatch(/^busy \(its output cannot be reported/);
    expect(row.report).not.toHaveProperty('output');
  });
});
