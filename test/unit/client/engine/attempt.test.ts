/**
 * The engine against time, and against services that fail: an attempt from its claim to its end.
 */
import { describe, expect, test } from 'vitest';
import { AttemptLost, TimeUp, type Work, WorkFailed } from '../../../../client/index.ts';
import { EngineHarness, heeding, stubborn } from './engine-harness.ts';

/** An engine that has begun work which takes so long. */
async function working(
  seconds: number,
  row: Parameters<EngineHarness['offer']>[1] = {},
  options: ConstructorParameters<typeof EngineHarness> = [],
) {
  const harness = new EngineHarness(...options);
  harness.handle = heeding(harness.time, seconds);
  const offered = harness.offer('server', row);
  await harness.start();
  return { harness, row: offered };
}

const signalOf = (harness: EngineHarness) => harness.works[0]?.signal;

describe('time', () => {
  test('is up by what the claim said, whatever the clocks show', async () => {
    for (const skew of [0, 3_600_000, -3_600_000]) {
      const { harness, row } = await working(60, { startToClose: 30_000 }, [{}, { skew }]);
      await harness.time.pass(29.9);
      expect(signalOf(harness)?.aborted).toBe(false);
      await harness.time.pass(0.1);
      expect(signalOf(harness)?.reason).toBeInstanceOf(TimeUp);
      expect(signalOf(harness)?.reason).toMatchObject({ code: 'TimeUp' });
      await harness.time.pass(60);
      expect(row.report).toBeUndefined();
      expect(harness.happened).toEqual(['claimed', 'lost TimeUp']);
    }
  });

  test('counts from when the claim was sent, not from its answer', async () => {
    const harness = new EngineHarness();
    harness.handle = heeding(harness.time, 60);
    const invoke = harness.service.invoke.bind(harness.service);
    harness.service.invoke = async (payload) => {
      const answer = await invoke(payload);
      await harness.time.sleep(4000);
      return answer;
    };
    harness.offer('server', { startToClose: 30_000 });
    await harness.start();
    await harness.time.pass(30);
    expect(harness.happened).toEqual(['claimed', 'lost TimeUp']);
  });

  describe('that ends with the operation', () => {
    /** An engine that has begun work of 120 s, or as long as told, in an operation of 60 s. */
    const inShortOperation = async (startToClose = 600_000, seconds = 120) => {
      const harness = new EngineHarness();
      harness.service.operationEndsAt = 60_000;
      harness.handle = heeding(harness.time, seconds);
      const row = harness.offer('server', { startToClose });
      await harness.start();
      return { harness, row };
    };

    test('is asked about before; the work goes on when the operation was extended', async () => {
      const { harness, row } = await inShortOperation();
      await harness.time.pass(49);
      expect(harness.count('Heartbeat')).toBe(0);
      await harness.time.pass(100);
      expect(row).toMatchObject({ state: 'COMPLETE', attempt: 1 });
      // After 50, 52, 56, 64, 80 and 112 s.
      expect(harness.count('Heartbeat')).toBe(6);
      expect(harness.happened).toEqual(['claimed', 'completed']);
    });

    test('is up soon after the operation has ended, though a heartbeat was taken meanwhile', async () => {
      const { harness } = await inShortOperation();
      await harness.time.pass(61);
      harness.service.operationEnded = true;
      await harness.time.pass(3);
      expect(harness.events.at(-1)).toMatchObject({ type: 'lost', reason: 'OperationEnded: OperationEnded' });
      expect(signalOf(harness)?.reason).toBeInstanceOf(AttemptLost);
    });

    test('is asked about each minute, however long the work goes on', async () => {
      const { harness } = await inShortOperation(7_200_000, 7000);
      await harness.time.pass(3600);
      const before = harness.count('Heartbeat');
      await harness.time.pass(600);
      expect(harness.count('Heartbeat') - before).toBe(10);
    });

    test('is up when it was if nobody answers, be it late', async () => {
      const { harness } = await inShortOperation();
      harness.service.down = 'hang';
      await harness.time.pass(59.9);
      expect(signalOf(harness)?.aborted).toBe(false);
      await harness.time.pass(0.1);
      expect(signalOf(harness)?.reason).toBeInstanceOf(TimeUp);
    });

    test('is asked about again if the first answer is lost', async () => {
      const { harness, row } = await inShortOperation();
      harness.service.faults.Heartbeat = ['hang', 'after', 'before'];
      await harness.time.pass(150);
      expect(row.state).toBe('COMPLETE');
    });

    test('may be followed by the end of the attempt, which nothing moves', async () => {
      const { harness } = await inShortOperation(90_000);
      await harness.time.pass(89.9);
      expect(signalOf(harness)?.aborted).toBe(false);
      await harness.time.pass(0.1);
      expect(signalOf(harness)?.reason).toBeInstanceOf(TimeUp);
    });

    test('is asked about once if it is the end of the attempt', async () => {
      const { harness } = await inShortOperation(50_000);
      await harness.time.pass(60);
      expect(harness.count('Heartbeat')).toBe(1);
      expect(harness.happened).toEqual(['claimed', 'lost TimeUp']);
    });

    test('is asked about by an attempt whose next heartbeat would come too late', async () => {
      const harness = new EngineHarness({ heartbeatIntervalSeconds: 90 });
      harness.service.operationEndsAt = 60_000;
      harness.handle = heeding(harness.time, 120);
      const row = harness.offer('server', { heartbeat: 300_000 });
      await harness.start();
      await harness.time.pass(120);
      expect(row.state).toBe('COMPLETE');
      expect(harness.count('Heartbeat')).toBe(2);
    });
  });

  test('of one second is a second, and no more', async () => {
    for (const [seconds, happened] of [
      [0.9, 'completed'],
      [1.1, 'lost TimeUp'],
    ] as const) {
      const { harness } = await working(seconds, { startToClose: 1000 });
      await harness.time.pass(1);
      expect(harness.happened).toEqual(['claimed', happened]);
    }
  });

  test('of an attempt with heartbeats goes on when its operation was extended', async () => {
    const harness = new EngineHarness();
    harness.service.operationEndsAt = 20_000;
    harness.handle = heeding(harness.time, 60);
    const row = harness.offer('server', { heartbeat: 15_000 });
    await harness.start();
    await harness.time.pass(60);
    expect(row.state).toBe('COMPLETE');
  });

  test('of more than setTimeout bears', async () => {
    const harness = new EngineHarness();
    const DAY = 86_400;
    harness.handle = async ({ signal }) => {
      for (let day = 0; day < 40; day++) await heeding(harness.time, DAY)({ signal } as Work);
    };
    const row = harness.offer('server', { startToClose: 60 * DAY * 1000 });
    await harness.start();
    harness.queue.receive = (_, signal) =>
      new Promise((resolve) => signal.addEventListener('abort', () => resolve([])));
    await harness.time.pass(40 * DAY);
    expect(row.state).toBe('COMPLETE');
  });

  test('is over at the heartbeat that says so', async () => {
    const { harness } = await working(60, { heartbeat: 15_000 });
    harness.service.invoke = async () => JSON.stringify({ ok: true, remainingSeconds: 0 });
    await harness.time.pass(5.1);
    expect(signalOf(harness)?.reason).toBeInstanceOf(TimeUp);
  });
});

describe('heartbeats', () => {
  test('come three times within their timeout, for as long as the work lasts', async () => {
    for (const skew of [0, 3_600_000, -3_600_000]) {
      const { harness, row } = await working(60, { heartbeat: 15_000 }, [{}, { skew }]);
      await harness.time.pass(59.9);
      expect(harness.count('Heartbeat')).toBe(11);
      await harness.time.pass(60);
      expect(row).toMatchObject({ state: 'COMPLETE', attempt: 1 });
      expect(harness.count('Heartbeat')).toBe(11);
      expect(harness.happened).toEqual(['claimed', 'completed']);
    }
  });

  test('are not sent for an attempt that has no timeout for them', async () => {
    const { harness } = await working(500, {}, [{ heartbeatIntervalSeconds: 1 }]);
    await harness.time.pass(500);
    expect(harness.count('Heartbeat')).toBe(0);
    expect(harness.happened).toEqual(['claimed', 'completed']);
  });

  test('come as often as told', async () => {
    const { harness } = await working(60, { heartbeat: 15_000 }, [{ heartbeatIntervalSeconds: 2 }]);
    await harness.time.pass(9);
    expect(harness.count('Heartbeat')).toBe(4);
  });

  test('that fail are made again, and the work goes on', async () => {
    const { harness, row } = await working(60, { heartbeat: 15_000 });
    harness.service.down = 'before';
    await harness.time.pass(14);
    harness.service.down = undefined;
    await harness.time.pass(60);
    expect(row).toMatchObject({ state: 'COMPLETE', attempt: 1 });
    expect(harness.happened).toContain('fault heartbeat');
    expect(harness.happened.at(-1)).toBe('completed');
  });

  test('that fail to the end of the time end with it', async () => {
    const { harness } = await working(600, { heartbeat: 15_000, startToClose: 30_000 });
    harness.service.down = 'before';
    await harness.time.pass(31);
    expect(harness.happened.filter((type) => type !== 'fault heartbeat')).toEqual(['claimed', 'lost TimeUp']);
    const sent = harness.count('Heartbeat');
    await harness.time.pass(100);
    expect(harness.count('Heartbeat')).toBe(sent);
  });

  test('that hang do not hold up the next one', async () => {
    const { harness, row } = await working(60, { heartbeat: 15_000 });
    harness.service.faults.Heartbeat = ['hang'];
    await harness.time.pass(60);
    expect(row).toMatchObject({ state: 'COMPLETE', attempt: 1 });
  });

  test('that all hang do not pile up', async () => {
    const { harness } = await working(600, { heartbeat: 15_000, startToClose: 100_000 });
    harness.service.down = 'hang';
    await harness.time.pass(100);
    // Two at a time, each given up when the next one is due.
    expect(harness.count('Heartbeat')).toBeLessThanOrEqual(2 * 20);
    expect(harness.service.given.filter((signal) => !signal.aborted)).toEqual([]);
    expect(harness.happened.filter((type) => type !== 'fault heartbeat')).toEqual(['claimed', 'lost TimeUp']);
    expect(harness.time.sleepers).toBe(1);
  });

  test('that hang on dead connections, two at once, do not hold up those that get through', async () => {
    const { harness, row } = await working(60, { heartbeat: 9000 });
    harness.service.faults.Heartbeat = ['hang', 'hang'];
    await harness.time.pass(60);
    expect(row).toMatchObject({ state: 'COMPLETE', attempt: 1 });
    expect(harness.events).toContainEqual(
      expect.objectContaining({
        during: 'heartbeat',
        reason: expect.stringContaining('no answer within 3000 ms'),
      }),
    );
  });

  test('are not given up before a function can answer that has just started', async () => {
    const harness = new EngineHarness({ heartbeatIntervalSeconds: 0.2 });
    harness.handle = heeding(harness.time, 20);
    const invoke = harness.service.invoke.bind(harness.service);
    harness.service.invoke = async (payload) => {
      await harness.time.sleep(900);
      return invoke(payload);
    };
    harness.offer('server', { heartbeat: 1500 });
    await harness.start();
    await harness.time.pass(30);
    expect(harness.happened).toEqual(['claimed', 'completed']);
  });

  test.each([
    'StaleAttempt',
    'OperationEnded',
    'StaleOperation',
    'ResourceNotFound',
    'ValidationError',
  ] as const)('refused with %s: the work is stopped, and never reported', async (code) => {
    const { harness } = await working(60, { heartbeat: 15_000 });
    harness.service.refusals.Heartbeat = code;
    await harness.time.pass(60);
    expect(signalOf(harness)?.reason).toBeInstanceOf(AttemptLost);
    expect(signalOf(harness)?.reason).toMatchObject({
      code: 'AttemptLost',
      message: `${code}: told to refuse`,
    });
    expect(harness.count('Heartbeat')).toBe(1);
    expect(harness.count('CompleteResource')).toBe(0);
    expect(harness.happened).toEqual(['claimed', 'lost AttemptLost']);
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
    const harness = new EngineHarness();
    const work = stubborn(harness.time, 60);
    harness.handle = async () => {
      await work();
      return end();
    };
    const row = harness.offer('server', { heartbeat: 15_000 });
    await harness.start();
    row.attempt = 2;
    await harness.time.pass(100);
    expect(harness.count('CompleteResource')).toBe(0);
    expect(harness.count('Heartbeat')).toBe(1);
    expect(harness.happened).toEqual(['claimed', 'lost AttemptLost']);
  });
});

describe('a report', () => {
  test.each(['before', 'after'] as const)('that fails %s it took effect is made again', async (fault) => {
    const harness = new EngineHarness();
    harness.service.faults.CompleteResource = [fault, fault, fault];
    const row = harness.offer('server');
    await harness.start();
    await harness.time.pass(5);
    expect(row.state).toBe('COMPLETE');
    expect(harness.happened).toEqual(['claimed', ...Array(3).fill('fault complete'), 'completed']);
  });

  test('is made again by the client too, which the engine does not see', async () => {
    const harness = new EngineHarness({}, { attempts: 6 });
    harness.service.faults.CompleteResource = ['before', 'after', 'before'];
    harness.service.faults.ClaimResource = ['after'];
    harness.offer('server');
    await harness.start();
    await harness.time.pass(5);
    expect(harness.happened).toEqual(['claimed', 'completed']);
  });

  test('of an output is of what it was when the handler returned', async () => {
    const harness = new EngineHarness();
    harness.service.faults.CompleteResource = ['before'];
    const output = { state: 'done' };
    harness.handle = () => output;
    const row = harness.offer('server');
    await harness.start();
    output.state = 'changed';
    await harness.time.pass(1);
    expect(row.report?.output).toEqual({ state: 'done' });
  });

  test('whose answer was lost is not taken for a loss when a heartbeat is refused after it', async () => {
    const { harness, row } = await working(4, { heartbeat: 15_000 });
    harness.service.faults.CompleteResource = ['after', 'after', 'after', 'after', 'after'];
    await harness.time.pass(20);
    expect(harness.count('Heartbeat')).toBeGreaterThan(0);
    expect(row.state).toBe('COMPLETE');
    expect(harness.happened.at(-1)).toBe('completed');
    expect(harness.happened).not.toContain('lost AttemptLost');
  });

  test('that does not get through is kept alive by heartbeats, until the time is up', async () => {
    const { harness, row } = await working(10, { heartbeat: 15_000, startToClose: 100_000 });
    harness.service.faults.CompleteResource = Array(1000).fill('before');
    await harness.time.pass(99);
    expect(row).toMatchObject({ state: 'RUNNING', attempt: 1 });
    await harness.time.pass(2);
    expect(harness.happened.at(-1)).toBe('lost TimeUp');
    const { length } = harness.service.requests;
    await harness.time.pass(100);
    expect(harness.service.requests).toHaveLength(length);
  });

  test.each([
    'StaleAttempt',
    'OperationEnded',
    'StaleOperation',
    'ResourceNotFound',
    'ValidationError',
  ] as const)('refused with %s is a loss, and the engine goes on', async (code) => {
    const harness = new EngineHarness();
    harness.service.refusals.CompleteResource = code;
    harness.offer('server');
    await harness.start();
    expect(harness.events.at(-1)).toMatchObject({
      type: 'lost',
      code: 'AttemptLost',
      reason: `${code}: told to refuse`,
    });
    expect(harness.count('CompleteResource')).toBe(1);
    delete harness.service.refusals.CompleteResource;
    harness.offer('volume');
    await harness.time.pass(1);
    expect(harness.happened.at(-1)).toBe('completed');
  });
});

describe('the queue', () => {
  test('that gives no answer is asked again, with backoff', async () => {
    const harness = new EngineHarness();
    harness.queue.failures.receive = 5;
    harness.offer('server');
    await harness.start();
    await harness.time.pass(6);
    expect(harness.queue.polls).toHaveLength(5);
    await harness.time.pass(1);
    expect(harness.happened).toEqual([...Array(5).fill('fault receive'), 'claimed', 'completed']);
    // What is long over does not make the next pause a long one: the poll under way ends, one
    // fails, another follows.
    const polls = harness.queue.polls.length;
    harness.queue.failures.receive = 1;
    await harness.time.pass(21);
    expect(harness.queue.polls).toHaveLength(polls + 2);
  });

  test('that does not delete a message gives it again, and the claim is refused', async () => {
    const { harness } = await working(60);
    const again = new EngineHarness();
    again.queue.failures.delete = 1;
    again.handle = heeding(again.time, 60);
    again.offer('server');
    await again.start();
    await again.time.pass(60);
    expect(again.happened).toEqual(['claimed', 'fault delete', 'refused', 'completed']);
    expect(again.queue.messages).toEqual([]);
    expect(harness.works).toHaveLength(1);
  });

  test('that does not take a message back gives it again later', async () => {
    const harness = new EngineHarness({ handlers: {} });
    harness.queue.failures.putBack = 1;
    harness.offer('server');
    await harness.start();
    await harness.time.pass(31);
    expect(harness.happened).toEqual(['unhandled', 'fault putBack', 'unhandled']);
  });
});

test('a fault says its reason as text, which an Error as JSON does not', async () => {
  const harness = new EngineHarness();
  harness.queue.failures.receive = 1;
  harness.service.faults.CompleteResource = ['before'];
  harness.offer('server');
  await harness.start();
  await harness.time.pass(5);
  const faults = harness.events.filter(({ type }) => type === 'fault');
  expect(JSON.parse(JSON.stringify(faults))).toMatchObject([
    { during: 'receive', reason: 'receive failed' },
    { during: 'complete', resource: 'server', reason: expect.stringContaining('connection reset') },
  ]);
});

test('nothing is left sleeping when all is done, but the poll', async () => {
  const { harness } = await working(60, { heartbeat: 15_000 });
  await harness.time.pass(70);
  expect(harness.time.sleepers).toBe(1);
});
