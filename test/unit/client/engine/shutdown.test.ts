/** An engine that is told to end: it consumes no attempt. */
import { expect, test } from 'vitest';
import { ShuttingDown } from '../../../../client/index.ts';
import { EngineWorld, heeding, stubborn } from './fake-engine-world.ts';

async function working(handler: typeof heeding, seconds: number, options = {}) {
  const world = new EngineWorld(options);
  world.handle = handler(world.time, seconds);
  const row = world.offer('server', { heartbeat: 15_000 });
  await world.start();
  await world.time.pass(1);
  return { world, row };
}

test('with nothing to do it ends at once, in the middle of a poll', async () => {
  const world = await new EngineWorld().start();
  await world.time.pass(3);
  await world.stop();
  expect(world.ended).toBe(true);
  expect(world.events).toEqual([]);
  expect(world.time.sleepers).toBe(0);
});

test('told before it begins, it does nothing', async () => {
  const world = new EngineWorld();
  world.offer('server');
  await world.stop();
  await world.start();
  expect(world.ended).toBe(true);
  expect(world.queue.polls).toEqual([]);
});

test('work that can be finished is finished, and nothing new is taken', async () => {
  const { world, row } = await working(heeding, 8);
  await world.stop();
  const volume = world.offer('volume');
  await world.time.pass(6);
  expect(world.ended).toBe(false);
  expect(world.works[0]?.signal.aborted).toBe(false);
  await world.time.pass(1);
  expect(world.ended).toBe(true);
  expect(row.state).toBe('COMPLETE');
  expect(volume.state).toBe('QUEUED');
  expect(world.time.sleepers).toBe(0);
});

test('work that cannot be finished is stopped and released', async () => {
  const { world, row } = await working(heeding, 60);
  await world.stop();
  await world.time.pass(9.9);
  expect(world.works[0]?.signal.aborted).toBe(false);
  await world.time.pass(0.1);
  expect(world.works[0]?.signal.reason).toBeInstanceOf(ShuttingDown);
  expect(world.works[0]?.signal.reason).toMatchObject({ code: 'ShuttingDown' });
  expect(world.ended).toBe(true);
  expect(row).toMatchObject({ state: 'QUEUED', attempt: 1 });
  expect(world.happened).toEqual(['claimed', 'released']);
  expect(world.count('CompleteResource')).toBe(0);
});

test('with shutdownSeconds 0 it is released at once', async () => {
  const { world, row } = await working(heeding, 60, { shutdownSeconds: 0 });
  await world.stop();
  await world.time.pass(0);
  expect(world.ended).toBe(true);
  expect(row).toMatchObject({ state: 'QUEUED', attempt: 1 });
});

test('what a handler returns after it was told to stop may be half done: it is dropped', async () => {
  const world = new EngineWorld({ shutdownSeconds: 0 });
  world.handle = async ({ signal }) => {
    await world.time.sleep(60_000, signal);
    return 'half';
  };
  const row = world.offer('server');
  await world.start();
  await world.stop();
  await world.time.pass(1);
  expect(row.state).toBe('QUEUED');
  expect(world.happened).toEqual(['claimed', 'released']);
});

test('a handler that does not heed its signal does not hold up the end, and is not reported', async () => {
  const { world, row } = await working(stubborn, 600);
  await world.stop();
  await world.time.pass(10.9);
  expect(row.state).toBe('RUNNING');
  await world.time.pass(0.2);
  expect(world.ended).toBe(true);
  expect(row).toMatchObject({ state: 'QUEUED', attempt: 1 });
  const { length } = world.service.requests;
  await world.time.pass(600);
  expect(world.service.requests).toHaveLength(length);
});

test.each(['before', 'after'] as const)(
  'a release that fails %s it took effect is made again',
  async (fault) => {
    const { world, row } = await working(heeding, 60);
    world.service.faults.ReleaseResource = [fault, fault];
    await world.stop();
    await world.time.pass(12);
    expect(world.ended).toBe(true);
    expect(row).toMatchObject({ state: 'QUEUED', attempt: 1 });
    expect(world.happened).toEqual(['claimed', 'fault release', 'fault release', 'released']);
  },
);

test('a release that is refused is a loss', async () => {
  const { world } = await working(heeding, 60);
  world.service.refusals.ReleaseResource = 'OperationEnded';
  await world.stop();
  await world.time.pass(12);
  expect(world.ended).toBe(true);
  expect(world.happened).toEqual(['claimed', 'lost AttemptLost']);
});

test.each(['before', 'hang'] as const)(
  'a service that fails (%s) does not hold up the end',
  async (fault) => {
    const { world } = await working(heeding, 60);
    world.service.down = fault;
    await world.stop();
    await world.time.pass(15.9);
    expect(world.ended).toBe(false);
    await world.time.pass(0.2);
    expect(world.ended).toBe(true);
    expect(world.happened.at(-1)).toBe('lost ShuttingDown');
    const { length } = world.service.requests;
    await world.time.pass(100);
    expect(world.service.requests).toHaveLength(length);
  },
);

test('a report on its way is not taken back', async () => {
  const { world, row } = await working(heeding, 5);
  world.service.faults.CompleteResource = Array(5).fill('before');
  await world.stop();
  await world.time.pass(20);
  expect(world.ended).toBe(true);
  expect(row.state).toBe('COMPLETE');
  expect(world.count('ReleaseResource')).toBe(0);
});

test('a claim that is answered only then is released, and its work not begun', async () => {
  const world = new EngineWorld();
  const invoke = world.service.invoke.bind(world.service);
  world.service.invoke = async (payload) => {
    const answer = await invoke(payload);
    await world.time.sleep(2000);
    return answer;
  };
  const row = world.offer('server');
  await world.start();
  await world.stop();
  await world.time.pass(5);
  expect(world.ended).toBe(true);
  expect(row).toMatchObject({ state: 'QUEUED', attempt: 1, reported: '1 claim-1 RELEASED' });
  expect(world.works).toEqual([]);
});

test('a claim whose answer was lost is asked for once more', async () => {
  const world = new EngineWorld();
  world.service.faults.ClaimResource = ['after'];
  const row = world.offer('server');
  await world.start();
  await world.stop();
  await world.time.pass(1);
  expect(world.ended).toBe(true);
  expect(row).toMatchObject({ state: 'QUEUED', reported: '1 claim-1 RELEASED' });
  expect(world.happened).toEqual(['fault claim', 'claimed', 'released']);
});

test('a claim without any answer is released in case it took effect, and its message put back', async () => {
  const world = new EngineWorld();
  world.service.faults.ClaimResource = ['after', 'after'];
  const row = world.offer('server');
  await world.start();
  await world.stop();
  await world.time.pass(1);
  expect(world.ended).toBe(true);
  expect(row).toMatchObject({ state: 'QUEUED', reported: '1 claim-1 RELEASED' });
  expect(world.queue.messages).toMatchObject([{ visibleAt: 0 }]);
});

test('messages that arrive only then are put back', async () => {
  const world = new EngineWorld();
  const row = world.offer('server');
  const { queue } = world;
  const receive = queue.receive.bind(queue);
  queue.receive = async (max, signal) => {
    const messages = await receive(max, signal);
    await world.time.sleep(1000);
    return messages;
  };
  await world.start();
  await world.stop();
  await world.time.pass(1);
  expect(world.ended).toBe(true);
  expect(row.state).toBe('QUEUED');
  expect(world.service.requests).toEqual([]);
  expect(queue.messages).toMatchObject([{ visibleAt: 1000 }]);
});

test('the end waits for messages that are being deleted, but not for ever', async () => {
  for (const [seconds, ends] of [
    [3, 3],
    [60, 6],
  ] as const) {
    const world = new EngineWorld();
    world.queue.delete = () => world.time.sleep(seconds * 1000);
    world.offer('server');
    await world.start();
    expect(world.happened).toEqual(['claimed', 'completed']);
    await world.stop();
    await world.time.pass(ends - 0.1);
    expect(world.ended).toBe(false);
    await world.time.pass(0.2);
    expect(world.ended).toBe(true);
  }
});

test('many attempts are released together', async () => {
  const world = new EngineWorld();
  world.handle = stubborn(world.time, 600);
  const rows = [1, 2, 3, 4, 5].map((n) => world.offer(`server-${n}`));
  await world.start();
  await world.stop();
  await world.time.pass(11);
  expect(world.ended).toBe(true);
  expect(rows.map(({ state }) => state)).toEqual(Array(5).fill('QUEUED'));
});
