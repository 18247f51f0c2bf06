/** Which messages an engine takes, leaves, deletes or puts back. */
import { describe, expect, test } from 'vitest';
import type { Work } from '../../../../client/index.ts';
import { EngineHarness, heeding } from './engine-harness.ts';

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

describe('are chosen by the claimed row, whatever the message says of it', () => {
  test.each(['Volume', 'CREATE'])('that it is %s, and the row is not: it is released', async (name) => {
    const called: string[] = [];
    const handlers = { [name]: async () => void called.push(name) };
    const harness = new EngineHarness({ handlers });
    const row = harness.service.add('server', { resourceType: 'Server', action: 'DELETE' });
    const forged = { ...row, resourceType: 'Volume', action: 'CREATE' } as const;
    harness.queue.put(harness.service.message(forged));
    await harness.start();
    expect(called).toEqual([]);
    expect(harness.happened).toEqual(['claimed', 'unhandled', 'released']);
    expect(harness.events[1]).toMatchObject({ action: 'DELETE', resourceType: 'Server' });
    expect(row).toMatchObject({ state: 'QUEUED', attempt: 1 });
    expect(harness.queue.messages).toEqual([]);
  });

  test('that it is of another type: the handler of its own type runs', async () => {
    const called: string[] = [];
    const handler = (name: string) => async (work: Work) =>
      void called.push(`${name} runs ${work.resource.resourceType}`);
    const harness = new EngineHarness({ handlers: { Volume: handler('Volume'), Server: handler('Server') } });
    const row = harness.service.add('server', { resourceType: 'Server' });
    harness.queue.put(harness.service.message({ ...row, resourceType: 'Volume' }));
    await harness.start();
    expect(called).toEqual(['Server runs Server']);
    expect(row).toMatchObject({ state: 'COMPLETE' });
  });

  test('and released until the service has confirmed it', async () => {
    const harness = new EngineHarness({ handlers: { Volume: async () => undefined } });
    const row = harness.service.add('server', { resourceType: 'Server' });
    harness.queue.put(harness.service.message({ ...row, resourceType: 'Volume' }));
    harness.service.faults.ReleaseResource = ['before', 'after'];
    await harness.start();
    await harness.time.pass(10);
    expect(row).toMatchObject({ state: 'QUEUED', attempt: 1 });
    expect(harness.count('ReleaseResource')).toBe(3);
    expect(harness.happened.at(-1)).toBe('released');
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
