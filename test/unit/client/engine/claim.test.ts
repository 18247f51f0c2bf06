/** A claim that fails, is lost or comes too late. */
import { describe, expect, test } from 'vitest';
import { EngineHarness } from './engine-harness.ts';

describe('a claim', () => {
  test.each(['before', 'after'] as const)(
    'that fails %s it took effect is made again with the same claimId',
    async (fault) => {
      const harness = new EngineHarness();
      harness.service.faults.ClaimResource = [fault, fault];
      const row = harness.offer('server');
      await harness.start();
      await harness.time.pass(1);
      expect(harness.service.sent('ClaimResource').map(({ claimId }) => claimId)).toEqual(
        Array(3).fill('claim-1'),
      );
      expect(row.state).toBe('COMPLETE');
      expect(harness.happened).toEqual(['fault claim', 'fault claim', 'claimed', 'completed']);
    },
  );

  test('is given up after a minute, and released in case it took effect; the message is left', async () => {
    const harness = new EngineHarness();
    harness.service.faults.ClaimResource = Array(100).fill('after');
    const row = harness.offer('server');
    await harness.start();
    await harness.time.pass(70);
    expect(harness.happened).toContain('released');
    expect(harness.service.sent('ReleaseResource')[0]?.claimId).toBe('claim-1');
    expect(harness.works).toEqual([]);
    expect(harness.queue.messages).toHaveLength(1);
    harness.service.faults.ClaimResource = [];
    await harness.time.pass(60);
    expect(row).toMatchObject({ state: 'COMPLETE', attempt: 1 });
    expect(harness.works).toHaveLength(1);
  });

  test('with no time left starts no handler', async () => {
    const harness = new EngineHarness();
    harness.offer('server', { startToClose: 0 });
    await harness.start();
    expect(harness.works).toEqual([]);
    expect(harness.happened).toEqual(['claimed', 'lost TimeUp']);
  });
});
