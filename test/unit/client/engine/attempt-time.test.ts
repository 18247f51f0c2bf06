import { describe, expect, test } from 'vitest';
import { AttemptTime } from '../../../../client/engine/attempt-time.ts';
import type { ResourceAction } from '../../../../contract/index.ts';

describe('AttemptTime', () => {
  /**
   * Claimed by the service at this second of its own clock, for 100 s with a heartbeat timeout of
   * 30 s.
   */
  const claimedAt = (second: number, more: Partial<ResourceAction> = {}) =>
    ({
      attemptDeadline: at(second + 100),
      heartbeatDeadline: at(second + 30),
      ...more,
    }) as ResourceAction;
  const at = (second: number) => new Date(Date.UTC(2026, 0, 31, 12) + second * 1000).toISOString();

  test('a third of the heartbeat timeout, whatever the service’s clock shows', () => {
    for (const second of [0, 5000, -5000]) {
      expect(new AttemptTime(claimedAt(second), 100, 7, 9).heartbeatIntervalMs).toBe(10_000);
    }
  });

  test('what is rounded away makes heartbeats come sooner, never later', () => {
    expect(new AttemptTime(claimedAt(0), 99, 0, 0).heartbeatIntervalMs).toBeCloseTo(29_000 / 3);
  });

  test('a claim that the operation cuts short is corrected by the first heartbeat', () => {
    const time = new AttemptTime(claimedAt(0), 20, 0, 0);
    expect(time.heartbeatIntervalMs).toBe(200);
    time.recordHeartbeat(99, 200);
    expect(time.heartbeatIntervalMs).toBeCloseTo(29_200 / 3);
    expect(time.endsAt).toBe(99_200);
  });

  test('the end of all attempts counts too', () => {
    const time = new AttemptTime(claimedAt(0, { finalDeadline: at(40) }), 40, 0, 0);
    expect(time.heartbeatIntervalMs).toBe(10_000);
    expect(time.endsAt).toBe(40_000);
  });

  test('what was learnt later and is less counts for nothing', () => {
    const time = new AttemptTime(claimedAt(0), 100, 0, 0);
    time.recordHeartbeat(80, 10_000);
    expect(time.endsAt).toBe(100_000);
    expect(time.heartbeatIntervalMs).toBe(10_000);
  });

  test('at most a minute apart, so that the end of the operation is noticed', () => {
    const time = new AttemptTime(
      claimedAt(0, { attemptDeadline: at(9000), heartbeatDeadline: at(3600) }),
      9000,
      0,
      0,
    );
    expect(time.heartbeatIntervalMs).toBe(60_000);
  });

  test('none without a heartbeat timeout', () => {
    const { heartbeatDeadline: _, ...resource } = claimedAt(0);
    const time = new AttemptTime(resource as ResourceAction, 100, 0, 0);
    expect(time.heartbeatIntervalMs).toBeUndefined();
    expect(time.endsAt).toBe(100_000);
  });
});
