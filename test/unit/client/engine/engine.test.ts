/** What an engine does with its work while everything works. */
import { describe, expect, test } from 'vitest';
import { Engine, WorkFailed } from '../../../../client/index.ts';
import { EngineWorld, heeding, stubborn } from './fake-engine-world.ts';

describe('work', () => {
  test('is claimed, its message deleted, done, and reported with its output', async () => {
    const world = new EngineWorld();
    world.handle = ({ input }) => ({ got: input });
    const row = world.offer('server', { resourceType: 'Server', input: { flavor: 'small' } });
    await world.start();
    expect(world.service.requests).toEqual([
      {
        command: 'ClaimResource',
        stackId: 'web',
        operationId: 'op-1',
        resource: 'server',
        attempt: 1,
        engineId: 'engine-1',
        claimId: 'claim-1',
      },
      {
        command: 'CompleteResource',
        stackId: 'web',
        operationId: 'op-1',
        resource: 'server',
        attempt: 1,
        claimId: 'claim-1',
        status: 'COMPLETE',
        output: { got: { flavor: 'small' } },
      },
    ]);
    expect(row.state).toBe('COMPLETE');
    expect(world.queue.messages).toEqual([]);
    expect(world.works[0]?.resource).toMatchObject({ resource: 'server', phase: 'RUNNING', attempt: 1 });
    expect(world.events).toEqual([
      {
        type: 'claimed',
        stackId: 'web',
        operationId: 'op-1',
        resource: 'server',
        attempt: 1,
        remainingSeconds: 600,
      },
      { type: 'completed', stackId: 'web', operationId: 'op-1', resource: 'server', attempt: 1 },
    ]);
  });

  test('without an output is reported without one', async () => {
    const world = new EngineWorld();
    world.offer('server');
    await world.start();
    expect(world.service.sent('CompleteResource')[0]).not.toHaveProperty('output');
  });

  test('its message is deleted while it is being done, not after', async () => {
    const world = new EngineWorld();
    world.handle = heeding(world.time, 60);
    world.offer('server');
    await world.start();
    expect(world.running).toBe(1);
    expect(world.queue.messages).toEqual([]);
  });
});

describe('handlers', () => {
  const named = (names: string[]) => {
    const called: string[] = [];
    const handler = (name: string) => [name, async () => void called.push(name)] as const;
    return { called, handlers: Object.fromEntries(names.map(handler)) };
  };

  test.each([
    [['*', 'CREATE', 'Server'], 'Server'],
    [['*', 'CREATE', 'Volume'], 'CREATE'],
    [['*', 'DELETE'], '*'],
  ])('of %s: %s', async (names, expected) => {
    const { called, handlers } = named(names);
    const world = new EngineWorld({ handlers });
    world.offer('server', { resourceType: 'Server' });
    await world.start();
    expect(called).toEqual([expected]);
  });

  test.each(['Server', 'constructor'])('none for %s: the message is put back, for a while', async (type) => {
    const { handlers } = named(['Volume']);
    const world = new EngineWorld({ handlers });
    world.offer('server', { resourceType: type });
    await world.start();
    expect(world.service.requests).toEqual([]);
    expect(world.events).toMatchObject([{ type: 'unhandled', resource: 'server', resourceType: type }]);
    expect(world.queue.messages).toMatchObject([{ visibleAt: 5000 }]);
    await world.time.pass(4);
    expect(world.events).toHaveLength(1);
  });
});

test('work without a handler is put back for longer each time, up to half a minute', async () => {
  const world = new EngineWorld({ handlers: {} });
  world.offer('server');
  await world.start();
  const seconds: number[] = [];
  const { putBack } = world.queue;
  world.queue.putBack = (message, after = 0) => {
    seconds.push(after);
    return putBack.call(world.queue, message, after);
  };
  await world.time.pass(100);
  expect(seconds).toEqual([10, 20, 30, 30, 30]);
});

describe('failure', () => {
  const reportOf = async (thrown: unknown) => {
    const world = new EngineWorld();
    world.handle = () => {
      throw thrown;
    };
    world.offer('server');
    await world.start();
    expect(world.happened).toEqual(['claimed', 'failed']);
    const { status, reason, retryable, output } = world.service.sent('CompleteResource')[0] ?? {};
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
    ['an object without text', Object.create(null), 'a value was thrown that has no text'],
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
    ['a function', () => 1, 'a function is no JSON'],
    ['a bigint', 1n, 'BigInt'],
    ['what only the service refuses', deep, 'must be a JSON value of at most 65536 bytes'],
  ])('by an output that is %s: no other attempt would change it', async (_, output, why) => {
    const world = new EngineWorld();
    world.handle = () => output;
    const row = world.offer('server');
    await world.start();
    expect(row.state).toBe('FAILED');
    expect(row.report).toMatchObject({ status: 'FAILED', retryable: false });
    expect(row.report?.reason).toContain('its output cannot be reported: ');
    expect(row.report?.reason).toContain(why);
    expect(world.happened).toEqual(['claimed', 'failed']);
  });

  test('with an output that cannot be reported is reported without it', async () => {
    const world = new EngineWorld();
    world.handle = () => {
      throw new WorkFailed('busy', { output: 'x'.repeat(70_000) });
    };
    const row = world.offer('server');
    await world.start();
    expect(row).toMatchObject({ state: 'BACKOFF', report: { retryable: true } });
    expect(row.report?.reason).toMatch(/^busy \(its output cannot be reported/);
    expect(row.report).not.toHaveProperty('output');
  });
});

describe('concurrency', () => {
  test('is never exceeded, and a full engine does not poll', async () => {
    const world = new EngineWorld({ concurrency: 3 });
    world.handle = heeding(world.time, 10);
    for (let n = 0; n < 7; n++) world.offer(`server-${n}`);
    await world.start();
    await world.time.pass(9);
    expect(world.running).toBe(3);
    expect(world.queue.polls).toEqual([3]);
    await world.time.pass(60);
    expect(world.mostRunning).toBe(3);
    expect(world.happened.filter((type) => type === 'completed')).toHaveLength(7);
  });

  test('of more than a queue gives at once is reached all the same', async () => {
    const world = new EngineWorld({ concurrency: 14 });
    world.handle = heeding(world.time, 10);
    for (let n = 0; n < 20; n++) world.offer(`server-${n}`);
    await world.start();
    expect(world.running).toBe(14);
    expect(world.queue.polls).toEqual([10, 4]);
  });

  test('does not count a message that is still being deleted', async () => {
    const world = new EngineWorld({ concurrency: 1 });
    world.queue.delete = () => new Promise(() => undefined);
    for (const name of ['server', 'volume']) world.offer(name);
    await world.start();
    expect(world.works).toHaveLength(2);
  });

  test('counts a handler that does not heed its signal until it ends', async () => {
    const world = new EngineWorld({ concurrency: 1 });
    world.handle = stubborn(world.time, 50);
    world.offer('server', { startToClose: 5000 });
    world.offer('volume');
    await world.start();
    await world.time.pass(49);
    expect(world.happened).toEqual(['claimed', 'lost TimeUp']);
    await world.time.pass(2);
    expect(world.works).toHaveLength(2);
  });
});

describe('messages', () => {
  test('that are no work are left, and end in the dead-letter queue', async () => {
    const world = new EngineWorld();
    for (const body of ['', '{"detail":{}}', 'null']) world.queue.put(body);
    await world.start();
    expect(world.service.requests).toEqual([]);
    expect(world.happened).toEqual(['malformed', 'malformed', 'malformed']);
    expect(world.events[1]).toMatchObject({
      messageId: 'message-2',
      reason: expect.stringContaining('detail.'),
    });
    expect(world.queue.messages).toHaveLength(3);
  });

  test('that come twice are one attempt: the second is refused, and deleted', async () => {
    const world = new EngineWorld();
    world.handle = heeding(world.time, 60);
    const row = world.offer('server');
    world.queue.put(world.service.message({ ...row, state: 'QUEUED' }));
    await world.start();
    expect(world.service.sent('ClaimResource').map(({ claimId }) => claimId)).toEqual(['claim-1', 'claim-2']);
    expect(world.works).toHaveLength(1);
    expect(world.happened).toEqual(['claimed', 'refused']);
    expect(world.queue.messages).toEqual([]);
  });

  test('of an attempt that has ended, or failed, are deleted', async () => {
    for (const state of ['COMPLETE', 'FAILED', 'BACKOFF', 'RUNNING'] as const) {
      const world = new EngineWorld();
      Object.assign(world.offer('server'), { state, claimId: 'of another' });
      await world.start();
      expect(world.events).toMatchObject([{ type: 'refused', message: 'deleted' }]);
      expect(world.queue.messages).toEqual([]);
    }
  });

  test.each([
    ['StaleAttempt', 0],
    ['OperationEnded', 0],
    ['StaleOperation', 0],
    ['ResourceNotFound', 0],
    ['StackNotFound', 0],
    // Still QUEUED, but not to be had.
    ['NotClaimable', 1],
    ['ValidationError', 1],
    ['ResourceInProgress', 1],
    ['OperationInProgress', 1],
    ['ParentEnded', 1],
  ] as const)('whose claim is refused with %s: %i left', async (code, left) => {
    const world = new EngineWorld();
    world.offer('server');
    world.service.refusals.ClaimResource = code;
    await world.start();
    expect(world.queue.messages).toHaveLength(left);
    expect(world.events).toMatchObject([
      { type: 'refused', error: { code }, message: left ? 'left' : 'deleted' },
    ]);
    expect(world.works).toEqual([]);
    world.offer('volume');
    delete world.service.refusals.ClaimResource;
    await world.time.pass(1);
    expect(world.works).toHaveLength(1);
  });
});

describe('options', () => {
  const { engine: _, ...parts } = new EngineWorld();
  const options = { client: {} as never, queue: parts.queue, handlers: {} };

  test.each([0, 1.5, Number.NaN])('concurrency cannot be %s', (concurrency) => {
    expect(() => new Engine({ ...options, concurrency })).toThrow(RangeError);
  });

  test.each([-1, Number.NaN, 2_147_484, Number.POSITIVE_INFINITY])('shutdownSeconds cannot be %s', (bad) => {
    expect(() => new Engine({ ...options, shutdownSeconds: bad })).toThrow(
      new RangeError(`shutdownSeconds must be from 0 to 2147483, not ${bad}`),
    );
  });

  test.each([0, -1, Number.NaN, 2_147_484, Number.POSITIVE_INFINITY])(
    'heartbeatEverySeconds cannot be %s',
    (bad) => {
      expect(() => new Engine({ ...options, heartbeatEverySeconds: bad })).toThrow(
        new RangeError(`heartbeatEverySeconds must be above 0, at most 2147483, not ${bad}`),
      );
    },
  );

  test('what setTimeout just bears is allowed', () => {
    const longest = { shutdownSeconds: 2_147_483, heartbeatEverySeconds: 2_147_483 };
    expect(() => new Engine({ ...options, ...longest })).not.toThrow();
  });

  test('an engineId that every claim would be refused for is refused at once', () => {
    expect(() => new Engine({ ...options, engineId: 'not this' })).toThrow(/engineId must be 1 to 255/);
  });

  test('the default engineId is one that the service takes', async () => {
    const world = new EngineWorld({ engineId: undefined as never });
    world.offer('server');
    await world.start();
    expect(world.service.sent('ClaimResource')[0]?.engineId).toMatch(/^[\w.-]+:\d+:[0-9a-f]{8}$/);
    expect(world.happened).toEqual(['claimed', 'completed']);
  });

  test('what a log throws stops nothing', async () => {
    const world = new EngineWorld({
      onEvent: () => {
        throw new Error('the disk is full');
      },
    });
    const row = world.offer('server');
    await world.start();
    expect(row.state).toBe('COMPLETE');
  });

  test('an engine runs once at a time', async () => {
    const world = await new EngineWorld().start();
    await expect(world.engine.run(new AbortController().signal)).rejects.toThrow('runs already');
  });

  test('an engine may run again after it has ended', async () => {
    const world = await new EngineWorld().start();
    await world.stop();
    expect(world.ended).toBe(true);
    const row = world.offer('server');
    const again = new AbortController();
    const run = world.engine.run(again.signal);
    await world.time.pass(1);
    again.abort();
    await run;
    expect(row.state).toBe('COMPLETE');
  });
});
