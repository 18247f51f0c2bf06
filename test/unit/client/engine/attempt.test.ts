/** The engine against time, and against services that fail: an attempt from its claim to its end. */
import { describe, expect, test } from 'vitest';
import { AttemptLost, TimeUp, type Work, WorkFailed } from '../../../../client/index.ts';
import { EngineWorld, heeding, stubborn } from './fake-engine-world.ts';

/** An engine that has begun work which takes so long. */
async function working(
  seconds: number,
  row: Parameters<EngineWorld['offer']>[1] = {},
  options: ConstructorParameters<typeof EngineWorld> = [],
) {
  const world = new EngineWorld(...options);
  world.handle = heeding(world.time, seconds);
  const offered = world.offer('server', row);
  await world.start();
  return { world, row: offered };
}

const signalOf = (world: EngineWorld) => world.works[0]?.signal;

describe('a claim', () => {
  test.each(['before', 'after'] as const)(
    'that fails %s it took effect is made again with the same claimId',
    async (fault) => {
      const world = new EngineWorld();
      world.service.faults.ClaimResource = [fault, fault];
      const row = world.offer('server');
      await world.start();
      await world.time.pass(1);
      expect(world.service.sent('ClaimResource').map(({ claimId }) => claimId)).toEqual(
        Array(3).fill('claim-1'),
      );
      expect(row.state).toBe('COMPLETE');
      expect(world.happened).toEqual(['fault claim', 'fault claim', 'claimed', 'completed']);
    },
  );

  test('is given up after a minute, and released in case it took effect; the message is left', async () => {
    const world = new EngineWorld();
    world.service.faults.ClaimResource = Array(100).fill('after');
    const row = world.offer('server');
    await world.start();
    await world.time.pass(70);
    expect(world.happened).toContain('released');
    expect(world.service.sent('ReleaseResource')[0]?.claimId).toBe('claim-1');
    expect(world.works).toEqual([]);
    expect(world.queue.messages).toHaveLength(1);
    world.service.faults.ClaimResource = [];
    await world.time.pass(60);
    expect(row).toMatchObject({ state: 'COMPLETE', attempt: 1 });
    expect(world.works).toHaveLength(1);
  });

  test('with no time left starts no handler', async () => {
    const { world } = await working(10, { startToClose: 0 });
    expect(world.works).toEqual([]);
    expect(world.happened).toEqual(['claimed', 'lost TimeUp']);
  });
});

describe('time', () => {
  test('is up by what the claim said, whatever the clocks show', async () => {
    for (const skew of [0, 3_600_000, -3_600_000]) {
      const { world, row } = await working(60, { startToClose: 30_000 }, [{}, { skew }]);
      await world.time.pass(29.9);
      expect(signalOf(world)?.aborted).toBe(false);
      await world.time.pass(0.1);
      expect(signalOf(world)?.reason).toBeInstanceOf(TimeUp);
      expect(signalOf(world)?.reason).toMatchObject({ code: 'TimeUp' });
      await world.time.pass(60);
      expect(row.report).toBeUndefined();
      expect(world.happened).toEqual(['claimed', 'lost TimeUp']);
    }
  });

  test('counts from when the claim was sent, not from its answer', async () => {
    const world = new EngineWorld();
    world.handle = heeding(world.time, 60);
    const invoke = world.service.invoke.bind(world.service);
    world.service.invoke = async (payload) => {
      const answer = await invoke(payload);
      await world.time.sleep(4000);
      return answer;
    };
    world.offer('server', { startToClose: 30_000 });
    await world.start();
    await world.time.pass(30);
    expect(world.happened).toEqual(['claimed', 'lost TimeUp']);
  });

  describe('that ends with the operation', () => {
    /** An engine that has begun work of 120 s, or as long as told, in an operation of 60 s. */
    const inShortOperation = async (startToClose = 600_000, seconds = 120) => {
      const world = new EngineWorld();
      world.service.operationEndsAt = 60_000;
      world.handle = heeding(world.time, seconds);
      const row = world.offer('server', { startToClose });
      await world.start();
      return { world, row };
    };

    test('is asked about before; the work goes on when the operation was extended', async () => {
      const { world, row } = await inShortOperation();
      await world.time.pass(49);
      expect(world.count('Heartbeat')).toBe(0);
      await world.time.pass(100);
      expect(row).toMatchObject({ state: 'COMPLETE', attempt: 1 });
      // After 50, 52, 56, 64, 80 and 112 s.
      expect(world.count('Heartbeat')).toBe(6);
      expect(world.happened).toEqual(['claimed', 'completed']);
    });

    test('is up soon after the operation has ended, though a heartbeat was taken meanwhile', async () => {
      const { world } = await inShortOperation();
      await world.time.pass(61);
      world.service.operationEnded = true;
      await world.time.pass(3);
      expect(world.events.at(-1)).toMatchObject({ type: 'lost', reason: 'OperationEnded: OperationEnded' });
      expect(signalOf(world)?.reason).toBeInstanceOf(AttemptLost);
    });

    test('is asked about each minute, however long the work goes on', async () => {
      const { world } = await inShortOperation(7_200_000, 7000);
      await world.time.pass(3600);
      const before = world.count('Heartbeat');
      await world.time.pass(600);
      expect(world.count('Heartbeat') - before).toBe(10);
    });

    test('is up when it was if nobody answers, be it late', async () => {
      const { world } = await inShortOperation();
      world.service.down = 'hang';
      await world.time.pass(59.9);
      expect(signalOf(world)?.aborted).toBe(false);
      await world.time.pass(0.1);
      expect(signalOf(world)?.reason).toBeInstanceOf(TimeUp);
    });

    test('is asked about again if the first answer is lost', async () => {
      const { world, row } = await inShortOperation();
      world.service.faults.Heartbeat = ['hang', 'after', 'before'];
      await world.time.pass(150);
      expect(row.state).toBe('COMPLETE');
    });

    test('may be followed by the end of the attempt, which nothing moves', async () => {
      const { world } = await inShortOperation(90_000);
      await world.time.pass(89.9);
      expect(signalOf(world)?.aborted).toBe(false);
      await world.time.pass(0.1);
      expect(signalOf(world)?.reason).toBeInstanceOf(TimeUp);
    });

    test('is asked about once if it is the end of the attempt', async () => {
      const { world } = await inShortOperation(50_000);
      await world.time.pass(60);
      expect(world.count('Heartbeat')).toBe(1);
      expect(world.happened).toEqual(['claimed', 'lost TimeUp']);
    });

    test('is asked about by an attempt whose next heartbeat would come too late', async () => {
      const world = new EngineWorld({ heartbeatEverySeconds: 90 });
      world.service.operationEndsAt = 60_000;
      world.handle = heeding(world.time, 120);
      const row = world.offer('server', { heartbeat: 300_000 });
      await world.start();
      await world.time.pass(120);
      expect(row.state).toBe('COMPLETE');
      expect(world.count('Heartbeat')).toBe(2);
    });
  });

  test('of one second is a second, and no more', async () => {
    for (const [seconds, happened] of [
      [0.9, 'completed'],
      [1.1, 'lost TimeUp'],
    ] as const) {
      const { world } = await working(seconds, { startToClose: 1000 });
      await world.time.pass(1);
      expect(world.happened).toEqual(['claimed', happened]);
    }
  });

  test('of an attempt with heartbeats goes on when its operation was extended', async () => {
    const world = new EngineWorld();
    world.service.operationEndsAt = 20_000;
    world.handle = heeding(world.time, 60);
    const row = world.offer('server', { heartbeat: 15_000 });
    await world.start();
    await world.time.pass(60);
    expect(row.state).toBe('COMPLETE');
  });

  test('of more than setTimeout bears', async () => {
    const world = new EngineWorld();
    const DAY = 86_400;
    world.handle = async ({ signal }) => {
      for (let day = 0; day < 40; day++) await heeding(world.time, DAY)({ signal } as Work);
    };
    const row = world.offer('server', { startToClose: 60 * DAY * 1000 });
    await world.start();
    world.queue.receive = (_, signal) =>
      new Promise((resolve) => signal.addEventListener('abort', () => resolve([])));
    await world.time.pass(40 * DAY);
    expect(row.state).toBe('COMPLETE');
  });

  test('is over at the heartbeat that says so', async () => {
    const { world } = await working(60, { heartbeat: 15_000 });
    world.service.invoke = async () => JSON.stringify({ ok: true, remainingSeconds: 0 });
    await world.time.pass(5.1);
    expect(signalOf(world)?.reason).toBeInstanceOf(TimeUp);
  });
});

describe('heartbeats', () => {
  test('come three times within their timeout, for as long as the work lasts', async () => {
    for (const skew of [0, 3_600_000, -3_600_000]) {
      const { world, row } = await working(60, { heartbeat: 15_000 }, [{}, { skew }]);
      await world.time.pass(59.9);
      expect(world.count('Heartbeat')).toBe(11);
      await world.time.pass(60);
      expect(row).toMatchObject({ state: 'COMPLETE', attempt: 1 });
      expect(world.count('Heartbeat')).toBe(11);
      expect(world.happened).toEqual(['claimed', 'completed']);
    }
  });

  test('are not sent for an attempt that has no timeout for them', async () => {
    const { world } = await working(500, {}, [{ heartbeatEverySeconds: 1 }]);
    await world.time.pass(500);
    expect(world.count('Heartbeat')).toBe(0);
    expect(world.happened).toEqual(['claimed', 'completed']);
  });

  test('come as often as told', async () => {
    const { world } = await working(60, { heartbeat: 15_000 }, [{ heartbeatEverySeconds: 2 }]);
    await world.time.pass(9);
    expect(world.count('Heartbeat')).toBe(4);
  });

  test('that fail are made again, and the work goes on', async () => {
    const { world, row } = await working(60, { heartbeat: 15_000 });
    world.service.down = 'before';
    await world.time.pass(14);
    world.service.down = undefined;
    await world.time.pass(60);
    expect(row).toMatchObject({ state: 'COMPLETE', attempt: 1 });
    expect(world.happened).toContain('fault heartbeat');
    expect(world.happened.at(-1)).toBe('completed');
  });

  test('that fail to the end of the time end with it', async () => {
    const { world } = await working(600, { heartbeat: 15_000, startToClose: 30_000 });
    world.service.down = 'before';
    await world.time.pass(31);
    expect(world.happened.filter((type) => type !== 'fault heartbeat')).toEqual(['claimed', 'lost TimeUp']);
    const sent = world.count('Heartbeat');
    await world.time.pass(100);
    expect(world.count('Heartbeat')).toBe(sent);
  });

  test('that hang do not hold up the next one', async () => {
    const { world, row } = await working(60, { heartbeat: 15_000 });
    world.service.faults.Heartbeat = ['hang'];
    await world.time.pass(60);
    expect(row).toMatchObject({ state: 'COMPLETE', attempt: 1 });
  });

  test('that all hang do not pile up', async () => {
    const { world } = await working(600, { heartbeat: 15_000, startToClose: 100_000 });
    world.service.down = 'hang';
    await world.time.pass(100);
    // Two at a time, each given up when the next one is due.
    expect(world.count('Heartbeat')).toBeLessThanOrEqual(2 * 20);
    expect(world.service.given.filter((signal) => !signal.aborted)).toEqual([]);
    expect(world.happened.filter((type) => type !== 'fault heartbeat')).toEqual(['claimed', 'lost TimeUp']);
    expect(world.time.sleepers).toBe(1);
  });

  test('that hang on dead connections, two at once, do not hold up those that get through', async () => {
    const { world, row } = await working(60, { heartbeat: 9000 });
    world.service.faults.Heartbeat = ['hang', 'hang'];
    await world.time.pass(60);
    expect(row).toMatchObject({ state: 'COMPLETE', attempt: 1 });
    expect(world.events).toContainEqual(
      expect.objectContaining({
        during: 'heartbeat',
        reason: expect.stringContaining('no answer within 3000 ms'),
      }),
    );
  });

  test('are not given up before a function can answer that has just started', async () => {
    const world = new EngineWorld({ heartbeatEverySeconds: 0.2 });
    world.handle = heeding(world.time, 20);
    const invoke = world.service.invoke.bind(world.service);
    world.service.invoke = async (payload) => {
      await world.time.sleep(900);
      return invoke(payload);
    };
    world.offer('server', { heartbeat: 1500 });
    await world.start();
    await world.time.pass(30);
    expect(world.happened).toEqual(['claimed', 'completed']);
  });

  test.each([
    'StaleAttempt',
    'OperationEnded',
    'StaleOperation',
    'ResourceNotFound',
    'ValidationError',
  ] as const)('refused with %s: the work is stopped, and never reported', async (code) => {
    const { world } = await working(60, { heartbeat: 15_000 });
    world.service.refusals.Heartbeat = code;
    await world.time.pass(60);
    expect(signalOf(world)?.reason).toBeInstanceOf(AttemptLost);
    expect(signalOf(world)?.reason).toMatchObject({
      code: 'AttemptLost',
      message: `${code}: told to refuse`,
    });
    expect(world.count('Heartbeat')).toBe(1);
    expect(world.count('CompleteResource')).toBe(0);
    expect(world.happened).toEqual(['claimed', 'lost AttemptLost']);
  });

  test.each([
    ['returns', () => 'done'],
    [
      'fails',
      () => {
        throw new WorkFailed('too late');
      },
    ],
  ])('a handler that goes on after the loss and then %s is not reported', async (_, end) => {
    const world = new EngineWorld();
    const work = stubborn(world.time, 60);
    world.handle = async () => {
      await work();
      return end();
    };
    const row = world.offer('server', { heartbeat: 15_000 });
    await world.start();
    row.attempt = 2;
    await world.time.pass(100);
    expect(world.count('CompleteResource')).toBe(0);
    expect(world.count('Heartbeat')).toBe(1);
    expect(world.happened).toEqual(['claimed', 'lost AttemptLost']);
  });
});

describe('a report', () => {
  test.each(['before', 'after'] as const)('that fails %s it took effect is made again', async (fault) => {
    const world = new EngineWorld();
    world.service.faults.CompleteResource = [fault, fault, fault];
    const row = world.offer('server');
    await world.start();
    await world.time.pass(5);
    expect(row.state).toBe('COMPLETE');
    expect(world.happened).toEqual(['claimed', ...Array(3).fill('fault complete'), 'completed']);
  });

  test('is made again by the client too, which the engine does not see', async () => {
    const world = new EngineWorld({}, { attempts: 6 });
    world.service.faults.CompleteResource = ['before', 'after', 'before'];
    world.service.faults.ClaimResource = ['after'];
    world.offer('server');
    await world.start();
    await world.time.pass(5);
    expect(world.happened).toEqual(['claimed', 'completed']);
  });

  test('of an output is of what it was when the handler returned', async () => {
    const world = new EngineWorld();
    world.service.faults.CompleteResource = ['before'];
    const output = { state: 'done' };
    world.handle = () => output;
    const row = world.offer('server');
    await world.start();
    output.state = 'changed';
    await world.time.pass(1);
    expect(row.report?.output).toEqual({ state: 'done' });
  });

  test('whose answer was lost is not taken for a loss when a heartbeat is refused after it', async () => {
    const { world, row } = await working(4, { heartbeat: 15_000 });
    world.service.faults.CompleteResource = ['after', 'after', 'after', 'after', 'after'];
    await world.time.pass(20);
    expect(world.count('Heartbeat')).toBeGreaterThan(0);
    expect(row.state).toBe('COMPLETE');
    expect(world.happened.at(-1)).toBe('completed');
    expect(world.happened).not.toContain('lost AttemptLost');
  });

  test('that does not get through is kept alive by heartbeats, until the time is up', async () => {
    const { world, row } = await working(10, { heartbeat: 15_000, startToClose: 100_000 });
    world.service.faults.CompleteResource = Array(1000).fill('before');
    await world.time.pass(99);
    expect(row).toMatchObject({ state: 'RUNNING', attempt: 1 });
    await world.time.pass(2);
    expect(world.happened.at(-1)).toBe('lost TimeUp');
    const { length } = world.service.requests;
    await world.time.pass(100);
    expect(world.service.requests).toHaveLength(length);
  });

  test.each([
    'StaleAttempt',
    'OperationEnded',
    'StaleOperation',
    'ResourceNotFound',
    'ValidationError',
  ] as const)('refused with %s is a loss, and the engine goes on', async (code) => {
    const world = new EngineWorld();
    world.service.refusals.CompleteResource = code;
    world.offer('server');
    await world.start();
    expect(world.events.at(-1)).toMatchObject({
      type: 'lost',
      code: 'AttemptLost',
      reason: `${code}: told to refuse`,
    });
    expect(world.count('CompleteResource')).toBe(1);
    delete world.service.refusals.CompleteResource;
    world.offer('volume');
    await world.time.pass(1);
    expect(world.happened.at(-1)).toBe('completed');
  });
});

describe('the queue', () => {
  test('that gives no answer is asked again, with backoff', async () => {
    const world = new EngineWorld();
    world.queue.failures.receive = 5;
    world.offer('server');
    await world.start();
    await world.time.pass(6);
    expect(world.queue.polls).toHaveLength(5);
    await world.time.pass(1);
    expect(world.happened).toEqual([...Array(5).fill('fault receive'), 'claimed', 'completed']);
    // What is long over does not make the next pause a long one: the poll under way ends, one fails, another follows.
    const polls = world.queue.polls.length;
    world.queue.failures.receive = 1;
    await world.time.pass(21);
    expect(world.queue.polls).toHaveLength(polls + 2);
  });

  test('that does not delete a message gives it again, and the claim is refused', async () => {
    const { world } = await working(60);
    const again = new EngineWorld();
    again.queue.failures.delete = 1;
    again.handle = heeding(again.time, 60);
    again.offer('server');
    await again.start();
    await again.time.pass(60);
    expect(again.happened).toEqual(['claimed', 'fault delete', 'refused', 'completed']);
    expect(again.queue.messages).toEqual([]);
    expect(world.works).toHaveLength(1);
  });

  test('that does not take a message back gives it again later', async () => {
    const world = new EngineWorld({ handlers: {} });
    world.queue.failures.putBack = 1;
    world.offer('server');
    await world.start();
    await world.time.pass(31);
    expect(world.happened).toEqual(['unhandled', 'fault putBack', 'unhandled']);
  });
});

test('a fault says its reason as text, which an Error as JSON does not', async () => {
  const world = new EngineWorld();
  world.queue.failures.receive = 1;
  world.service.faults.CompleteResource = ['before'];
  world.offer('server');
  await world.start();
  await world.time.pass(5);
  const faults = world.events.filter(({ type }) => type === 'fault');
  expect(JSON.parse(JSON.stringify(faults))).toMatchObject([
    { during: 'receive', reason: 'receive failed' },
    { during: 'complete', resource: 'server', reason: expect.stringContaining('connection reset') },
  ]);
});

test('nothing is left sleeping when all is done, but the poll', async () => {
  const { world } = await working(60, { heartbeat: 15_000 });
  await world.time.pass(70);
  expect(world.time.sleepers).toBe(1);
});
