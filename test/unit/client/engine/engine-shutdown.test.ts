/** An engine that is told to end: it consumes no attempt. */
import { expect, test } from 'vitest';
import { ShuttingDown } from '../../../../client/index.ts';
import { EngineHarness, heeding, stubborn } from './engine-harness.ts';

async function working(handler: typeof heeding, seconds: number, options = {}) {
  const harness = new EngineHarness(options);
  harness.handle = handler(harness.time, seconds);
  const row = harness.offer('server', { heartbeat: 15_000 });
  await harness.start();
  await harness.time.pass(1);
  return { harness, row };
}

test('with nothing to do it ends at once, in the middle of a poll', async () => {
  const harness = await new EngineHarness().start();
  await harness.time.pass(3);
  await harness.stop();
  expect(harness.ended).toBe(true);
  expect(harness.events).toEqual([]);
  expect(harness.time.sleepers).toBe(0);
});

test('told before it begins, it does nothing', async () => {
  const harness = new EngineHarness();
  harness.offer('server');
  await harness.stop();
  await harness.start();
  expect(harness.ended).toBe(true);
  expect(harness.queue.polls).toEqual([]);
});

test('work that can be finished is finished, and nothing new is taken', async () => {
  const { harness, row } = await working(heeding, 8);
  await harness.stop();
  const volume = harness.offer('volume');
  await harness.time.pass(6);
  expect(harness.ended).toBe(false);
  expect(harness.works[0]?.signal.aborted).toBe(false);
  await harness.time.pass(1);
  expect(harness.ended).toBe(true);
  expect(row.state).toBe('COMPLETE');
  expect(volume.state).toBe('QUEUED');
  expect(harness.time.sleepers).toBe(0);
});

test('work that cannot be finished is stopped and released', async () => {
  const { harness, row } = await working(heeding, 60);
  await harness.stop();
  await harness.time.pass(9.9);
  expect(harness.works[0]?.signal.aborted).toBe(false);
  await harness.time.pass(0.1);
  expect(harness.works[0]?.signal.reason).toBeInstanceOf(ShuttingDown);
  expect(harness.works[0]?.signal.reason).toMatchObject({ code: 'ShuttingDown' });
  expect(harness.ended).toBe(true);
  expect(row).toMatchObject({ state: 'QUEUED', attempt: 1 });
  expect(harness.happened).toEqual(['claimed', 'released']);
  expect(harness.count('CompleteResource')).toBe(0);
});

test('with shutdownSeconds 0 it is released at once', async () => {
  const { harness, row } = await working(heeding, 60, { shutdownSeconds: 0 });
  await harness.stop();
  await harness.time.pass(0);
  expect(harness.ended).toBe(true);
  expect(row).toMatchObject({ state: 'QUEUED', attempt: 1 });
});

test('what a handler returns after it was told to stop may be half done: it is dropped', async () => {
  const harness = new EngineHarness({ shutdownSeconds: 0 });
  harness.handle = async ({ signal }) => {
    await harness.time.sleep(60_000, signal);
    return 'half';
  };
  const row = harness.offer('server');
  await harness.start();
  await harness.stop();
  await harness.time.pass(1);
  expect(row.state).toBe('QUEUED');
  expect(harness.happened).toEqual(['claimed', 'released']);
});

test('a handler that does not heed its signal does not hold up the end, and is not reported', async () => {
  const { harness, row } = await working(stubborn, 600);
  await harness.stop();
  await harness.time.pass(10.9);
  expect(row.state).toBe('RUNNING');
  await harness.time.pass(0.2);
  expect(harness.ended).toBe(true);
  expect(row).toMatchObject({ state: 'QUEUED', attempt: 1 });
  const { length } = harness.service.requests;
  await harness.time.pass(600);
  expect(harness.service.requests).toHaveLength(length);
});

test.each(['before', 'after'] as const)(
  'a release that fails %s it took effect is made again',
  async (fault) => {
    const { harness, row } = await working(heeding, 60);
    harness.service.faults.ReleaseResource = [fault, fault];
    await harness.stop();
    await harness.time.pass(12);
    expect(harness.ended).toBe(true);
    expect(row).toMatchObject({ state: 'QUEUED', attempt: 1 });
    expect(harness.happened).toEqual(['claimed', 'fault release', 'fault release', 'released']);
  },
);

test('a release that is refused is a loss', async () => {
  const { harness } = await working(heeding, 60);
  harness.service.refusals.ReleaseResource = 'OperationEnded';
  await harness.stop();
  await harness.time.pass(12);
  expect(harness.ended).toBe(true);
  expect(harness.happened).toEqual(['claimed', 'lost AttemptLost']);
});

test.each(['before', 'hang'] as const)(
  'a service that fails (%s) does not hold up the end',
  async (fault) => {
    const { harness } = await working(heeding, 60);
    harness.service.down = fault;
    await harness.stop();
    await harness.time.pass(15.9);
    expect(harness.ended).toBe(false);
    await harness.time.pass(0.2);
    expect(harness.ended).toBe(true);
    expect(harness.happened.at(-1)).toBe('lost ShuttingDown');
    const { length } = harness.service.requests;
    await harness.time.pass(100);
    expect(harness.service.requests).toHaveLength(length);
  },
);

test('a report on its way is not taken back', async () => {
  const { harness, row } = await working(heeding, 5);
  harness.service.faults.CompleteResource = Array(5).fill('before');
  await harness.stop();
  await harness.time.pass(20);
  expect(harness.ended).toBe(true);
  expect(row.state).toBe('COMPLETE');
  expect(harness.count('ReleaseResource')).toBe(0);
});

test('a claim that is answered only then is released, and its work not begun', async () => {
  const harness = new EngineHarness();
  const invoke = harness.service.invoke.bind(harness.service);
  harness.service.invoke = async (payload) => {
    const answer = await invoke(payload);
    await harness.time.sleep(2000);
    return answer;
  };
  const row = harness.offer('server');
  await harness.start();
  await harness.stop();
  await harness.time.pass(5);
  expect(harness.ended).toBe(true);
  expect(row).toMatchObject({ state: 'QUEUED', attempt: 1, reported: '1 claim-1 RELEASED' });
  expect(harness.works).toEqual([]);
});

test('a claim whose answer was lost is asked for once more', async () => {
  const harness = new EngineHarness();
  harness.service.faults.ClaimResource = ['after'];
  const row = harness.offer('server');
  await harness.start();
  await harness.stop();
  await harness.time.pass(1);
  expect(harness.ended).toBe(true);
  expect(row).toMatchObject({ state: 'QUEUED', reported: '1 claim-1 RELEASED' });
  expect(harness.happened).toEqual(['fault claim', 'claimed', 'released']);
});

test('a claim without any answer is released in case it took effect, and its message put back', async () => {
  const harness = new EngineHarness();
  harness.service.faults.ClaimResource = ['after', 'after'];
  const row = harness.offer('server');
  await harness.start();
  await harness.stop();
  await harness.time.pass(1);
  expect(harness.ended).toBe(true);
  expect(row).toMatchObject({ state: 'QUEUED', reported: '1 claim-1 RELEASED' });
  expect(harness.queue.messages).toMatchObject([{ visibleAt: 0 }]);
});

test('messages that arrive only then are put back', async () => {
  const harness = new EngineHarness();
  const row = harness.offer('server');
  const { queue } = harness;
  const receive = queue.receive.bind(queue);
  queue.receive = async (max, signal) => {
    const messages = await receive(max, signal);
    await harness.time.sleep(1000);
    return messages;
  };
  await harness.start();
  await harness.stop();
  await harness.time.pass(1);
  expect(harness.ended).toBe(true);
  expect(row.state).toBe('QUEUED');
  expect(harness.service.requests).toEqual([]);
  expect(queue.messages).toMatchObject([{ visibleAt: 1000 }]);
});

test('the end waits for messages that are being deleted, but not for ever', async () => {
  for (const [seconds, ends] of [
    [3, 3],
    [60, 6],
  ] as const) {
    const harness = new EngineHarness();
    harness.queue.delete = () => harness.time.sleep(seconds * 1000);
    harness.offer('server');
    await harness.start();
    expect(harness.happened).toEqual(['claimed', 'completed']);
    await harness.stop();
    await harness.time.pass(ends - 0.1);
    expect(harness.ended).toBe(false);
    await harness.time.pass(0.2);
    expect(harness.ended).toBe(true);
  }
});

test('many attempts are released together', async () => {
  const harness = new EngineHarness();
  harness.handle = stubborn(harness.time, 600);
  const rows = [1, 2, 3, 4, 5].map((n) => harness.offer(`server-${n}`));
  await harness.start();
  await harness.stop();
  await harness.time.pass(11);
  expect(harness.ended).toBe(true);
  expect(rows.map(({ state }) => state)).toEqual(Array(5).fill('QUEUED'));
});
