/** What an engine does with its work while everything works. */
import { describe, expect, test } from 'vitest';
import { Engine, WorkFailed } from '../../../../client/index.ts';
import { EngineHarness, heeding, stubborn } from './engine-harness.ts';

describe('work', () => {
  test('is claimed, its message deleted, done, and reported with its output', async () => {
    const harness = new EngineHarness();
    harness.handle = ({ input }) => ({ got: input });
    const row = harness.offer('server', { resourceType: 'Server', input: { flavor: 'small' } });
    await harness.start();
    expect(harness.service.requests).toEqual([
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
    expect(harness.queue.messages).toEqual([]);
    expect(harness.works[0]?.resource).toMatchObject({ resource: 'server', phase: 'RUNNING', attempt: 1 });
    expect(harness.events).toEqual([
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
    const harness = new EngineHarness();
    harness.offer('server');
    await harness.start();
    expect(harness.service.sent('CompleteResource')[0]).not.toHaveProperty('output');
  });

  test('its message is deleted while it is being done, not after', async () => {
    const harness = new EngineHarness();
    harness.handle = heeding(harness.time, 60);
    harness.offer('server');
    await harness.start();
    expect(harness.running).toBe(1);
    expect(harness.queue.messages).toEqual([]);
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
    const harness = new EngineHarness({ handlers });
    harness.offer('server', { resourceType: 'Server' });
    await harness.start();
    expect(called).toEqual([expected]);
  });

  test.each(['Server', 'constructor'])('none for %s: the message is put back, for a while', async (type) => {
    const { handlers } = named(['Volume']);
    const harness = new EngineHarness({ handlers });
    harness.offer('server', { resourceType: type });
    await harness.start();
    expect(harness.service.requests).toEqual([]);
    expect(harness.events).toMatchObject([{ type: 'unhandled', resource: 'server', resourceType: type }]);
    expect(harness.queue.messages).toMatchObject([{ visibleAt: 5000 }]);
    await harness.time.pass(4);
    expect(harness.events).toHaveLength(1);
  });
});

test('work without a handler is put back for longer each time, up to half a minute', async () => {
  const harness = new EngineHarness({ handlers: {} });
  harness.offer('server');
  await harness.start();
  const seconds: number[] = [];
  const { putBack } = harness.queue;
  harness.queue.putBack = (message, after = 0) => {
    seconds.push(after);
    return putBack.call(harness.queue, message, after);
  };
  await harness.time.pass(100);
  expect(seconds).toEqual([10, 20, 30, 30, 30]);
});

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

describe('concurrency', () => {
  test('is never exceeded, and a full engine does not poll', async () => {
    const harness = new EngineHarness({ concurrency: 3 });
    harness.handle = heeding(harness.time, 10);
    for (let n = 0; n < 7; n++) harness.offer(`server-${n}`);
    await harness.start();
    await harness.time.pass(9);
    expect(harness.running).toBe(3);
    expect(harness.queue.polls).toEqual([3]);
    await harness.time.pass(60);
    expect(harness.mostRunning).toBe(3);
    expect(harness.happened.filter((type) => type === 'completed')).toHaveLength(7);
  });

  test('of more than a queue gives at once is reached all the same', async () => {
    const harness = new EngineHarness({ concurrency: 14 });
    harness.handle = heeding(harness.time, 10);
    for (let n = 0; n < 20; n++) harness.offer(`server-${n}`);
    await harness.start();
    expect(harness.running).toBe(14);
    expect(harness.queue.polls).toEqual([10, 4]);
  });

  test('does not count a message that is still being deleted', async () => {
    const harness = new EngineHarness({ concurrency: 1 });
    harness.queue.delete = () => new Promise(() => undefined);
    for (const name of ['server', 'volume']) harness.offer(name);
    await harness.start();
    expect(harness.works).toHaveLength(2);
  });

  test('counts a handler that does not heed its signal until it ends', async () => {
    const harness = new EngineHarness({ concurrency: 1 });
    harness.handle = stubborn(harness.time, 50);
    harness.offer('server', { startToClose: 5000 });
    harness.offer('volume');
    await harness.start();
    await harness.time.pass(49);
    expect(harness.happened).toEqual(['claimed', 'lost TimeUp']);
    await harness.time.pass(2);
    expect(harness.works).toHaveLength(2);
  });
});

describe('messages', () => {
  test('that are no work are left, and end in the dead-letter queue', async () => {
    const harness = new EngineHarness();
    for (const body of ['', '{"detail":{}}', 'null']) harness.queue.put(body);
    await harness.start();
    expect(harness.service.requests).toEqual([]);
    expect(harness.happened).toEqual(['malformed', 'malformed', 'malformed']);
    expect(harness.events[1]).toMatchObject({
      messageId: 'message-2',
      reason: expect.stringContaining('detail.'),
    });
    expect(harness.queue.messages).toHaveLength(3);
  });

  test('that come twice are one attempt: the second is refused, and deleted', async () => {
    const harness = new EngineHarness();
    harness.handle = heeding(harness.time, 60);
    const row = harness.offer('server');
    harness.queue.put(harness.service.message({ ...row, state: 'QUEUED' }));
    await harness.start();
    expect(harness.service.sent('ClaimResource').map(({ claimId }) => claimId)).toEqual([
      'claim-1',
      'claim-2',
    ]);
    expect(harness.works).toHaveLength(1);
    expect(harness.happened).toEqual(['claimed', 'refused']);
    expect(harness.queue.messages).toEqual([]);
  });

  test('of an attempt that has ended, or failed, are deleted', async () => {
    for (const state of ['COMPLETE', 'FAILED', 'BACKOFF', 'RUNNING'] as const) {
      const harness = new EngineHarness();
      Object.assign(harness.offer('server'), { state, claimId: 'of another' });
      await harness.start();
      expect(harness.events).toMatchObject([{ type: 'refused', message: 'deleted' }]);
      expect(harness.queue.messages).toEqual([]);
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
    const harness = new EngineHarness();
    harness.offer('server');
    harness.service.refusals.ClaimResource = code;
    await harness.start();
    expect(harness.queue.messages).toHaveLength(left);
    expect(harness.events).toMatchObject([
      { type: 'refused', error: { code }, message: left ? 'left' : 'deleted' },
    ]);
    expect(harness.works).toEqual([]);
    harness.offer('volume');
    delete harness.service.refusals.ClaimResource;
    await harness.time.pass(1);
    expect(harness.works).toHaveLength(1);
  });
});

describe('options', () => {
  const { engine: _, ...parts } = new EngineHarness();
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
    const harness = new EngineHarness({ engineId: undefined as never });
    harness.offer('server');
    await harness.start();
    expect(harness.service.sent('ClaimResource')[0]?.engineId).toMatch(/^[\w.-]+:\d+:[0-9a-f]{8}$/);
    expect(harness.happened).toEqual(['claimed', 'completed']);
  });

  test('what a log throws stops nothing', async () => {
    const harness = new EngineHarness({
      onEvent: () => {
        throw new Error('the disk is full');
      },
    });
    const row = harness.offer('server');
    await harness.start();
    expect(row.state).toBe('COMPLETE');
  });

  test('an engine runs once at a time', async () => {
    const harness = await new EngineHarness().start();
    await expect(harness.engine.run(new AbortController().signal)).rejects.toThrow('runs already');
  });

  test('an engine may run again after it has ended', async () => {
    const harness = await new EngineHarness().start();
    await harness.stop();
    expect(harness.ended).toBe(true);
    const row = harness.offer('server');
    const again = new AbortController();
    const run = harness.engine.run(again.signal);
    await harness.time.pass(1);
    again.abort();
    await run;
    expect(row.state).toBe('COMPLETE');
  });
});
