/** What an engine does with its work while everything works. */
import { describe, expect, test } from 'vitest';
import { Engine } from '../../../../client/index.ts';
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
    'heartbeatIntervalSeconds cannot be %s',
    (bad) => {
      expect(() => new Engine({ ...options, heartbeatIntervalSeconds: bad })).toThrow(
        new RangeError(`heartbeatIntervalSeconds must be above 0, at most 2147483, not ${bad}`),
      );
    },
  );

  test('what setTimeout just bears is allowed', () => {
    const longest = { shutdownSeconds: 2_147_483, heartbeatIntervalSeconds: 2_147_483 };
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
