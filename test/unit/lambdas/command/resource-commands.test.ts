import { beforeEach, describe, expect, test } from 'vitest';
import type { ResourceActionStore } from '../../../../lambdas/ports/stores.ts';
import { TestHarness } from '../../../support/harness.ts';
import { resourceAction } from '../../../support/resources.ts';

let harness: TestHarness;
let server: ReturnType<typeof resourceAction>;
beforeEach(async () => {
  harness = new TestHarness();
  server = resourceAction(harness);
  await harness.start('stack-1', 3600);
});

/** Lets something happen just before the next save of a resource action. */
function beforeNextSave(happen: () => Promise<unknown>): void {
  const { resources } = harness.deps;
  let done = false;
  const save: ResourceActionStore['save'] = async (...args) => {
    if (!done) {
      done = true;
      await happen();
    }
    return resources.save(...args);
  };
  harness.deps.resources = { ...resources, save };
}

describe('the life of a resource action', () => {
  test('dispatched, claimed, kept alive, completed', async () => {
    expect(
      await server.dispatch({ input: { size: 1 }, heartbeatSeconds: 30, scheduleToCloseSeconds: 600 }),
    ).toMatchObject({
      ok: true,
      resource: { phase: 'QUEUED', attempt: 1, maxAttempts: 1, finalDeadline: '2026-01-31T12:10:00.000Z' },
    });
    expect(await server.claim()).toEqual({
      ok: true,
      resource: expect.objectContaining({ phase: 'RUNNING', engineId: 'engine-of-claim-1' }),
      input: { size: 1 },
      remainingSeconds: 300,
    });
    harness.clock.advance(20_500);
    expect(await server.heartbeat()).toEqual({ ok: true, remainingSeconds: 279 });
    expect(server.row()).toMatchObject({ heartbeatDeadline: harness.clock.now() + 30_000, version: 3 });
    expect(await server.complete({ output: [1], reason: 'there' })).toMatchObject({
      ok: true,
      resource: { status: 'COMPLETE', cause: 'REPORTED', statusReason: 'there', version: 4 },
    });
    expect(await server.get()).toMatchObject({
      ok: true,
      resource: { status: 'COMPLETE' },
      input: { size: 1 },
      output: [1],
    });
  });

  test('the output is that of the attempt that ended it, and of no earlier one', async () => {
    await server.dispatch({ input: 1, retry: { maxAttempts: 3, jitter: 'NONE' } });
    await server.claim();
    await server.complete({ status: 'FAILED', output: 'of attempt 1' });
    expect(await server.get(), 'it is the last one so far').toMatchObject({ output: 'of attempt 1' });
    await harness.run(2);
    expect(await server.get()).not.toHaveProperty('output');
    await server.claim('claim-2', 2);
    expect(await server.get()).not.toHaveProperty('output');
    await server.complete({}, 'claim-2', 2);
    const answer = await server.get();
    expect(answer).toMatchObject({ resource: { status: 'COMPLETE', attempt: 2 }, input: 1 });
    expect(answer).not.toHaveProperty('output');
  });

  test('input and output are there only if they were given', async () => {
    await server.dispatch();
    expect(await server.claim()).not.toHaveProperty('input');
    await server.complete();
    const answer = await server.get();
    expect(answer).not.toHaveProperty('input');
    expect(answer).not.toHaveProperty('output');
    await resourceAction(harness, 'other').dispatch({ input: null });
    expect(await resourceAction(harness, 'other').claim()).toMatchObject({ input: null });
  });

  test('a release gives it to another engine; the one that had it is told to stop', async () => {
    await server.dispatch({ heartbeatSeconds: 30 });
    await server.claim();
    expect(await server.release()).toMatchObject({ ok: true, resource: { phase: 'QUEUED', attempt: 1 } });
    expect(await server.claim('claim-2')).toMatchObject({ ok: true, resource: { attempt: 1 } });
    for (const refused of [
      await server.heartbeat(),
      await server.complete(),
      await server.release('claim-3'),
    ])
      expect(refused).toMatchObject({
        ok: false,
        error: { code: 'StaleAttempt', current: { phase: 'RUNNING' } },
      });
    expect(await server.release(), 'its own release, said again').toMatchObject({ ok: true });
    expect(server.row()).toMatchObject({ claimId: 'claim-2' });
  });

  test('P8: nor does it when others have claimed and released since; and its repeated release is answered', async () => {
    await server.dispatch({ retry: { maxAttempts: 1 } });
    for (const claimId of ['a', 'b', 'c']) {
      await server.claim(claimId);
      await server.release(claimId);
    }
    for (const claimId of ['a', 'b', 'c']) {
      expect(await server.claim(claimId), 'a late copy').toMatchObject({ error: { code: 'NotClaimable' } });
      expect(await server.release(claimId)).toMatchObject({ ok: true, resource: { phase: 'QUEUED' } });
    }
    await server.claim('d');
    expect(await server.release('a')).toMatchObject({ ok: true, resource: { phase: 'RUNNING' } });
    await server.complete({}, 'd');
    expect(await server.release('a')).toMatchObject({ ok: true, resource: { status: 'COMPLETE' } });
  });

  test('P8: a claim whose call took long, and that was released since, takes nothing', async () => {
    await server.dispatch({ retry: { maxAttempts: 1 } });
    await server.claim('claim-1');
    await server.release('claim-1');
    expect(await server.claim('claim-1')).toMatchObject({
      ok: false,
      error: { code: 'NotClaimable', message: 'claim claim-1 of server has been released' },
    });
    expect(await server.claim('claim-2')).toMatchObject({ ok: true, resource: { attempt: 1 } });
  });

  test('an attempt that no heartbeats were asked of may send them: they are answered, not recorded', async () => {
    await server.dispatch();
    await server.claim();
    expect(await server.heartbeat()).toEqual({ ok: true, remainingSeconds: 300 });
    expect(server.row()?.version).toBe(2);
    expect(harness.telemetry.of('accepted').at(-1)).toMatchObject({ written: false });
  });

  test('0 seconds are left when the attempt is over, or all of them: the engine is to stop', async () => {
    await server.dispatch({ heartbeatSeconds: 30, scheduleToCloseSeconds: 400 });
    await server.claim();
    harness.clock.advance(300_000);
    expect(await server.heartbeat()).toEqual({ ok: true, remainingSeconds: 0 });
  });

  test('a claim has no more time than the operation', async () => {
    await harness.extend('stack-1', 60);
    await server.dispatch();
    expect(await server.claim()).toMatchObject({ remainingSeconds: 60 });
    expect(await server.heartbeat(), 'which a heartbeat ignores').toMatchObject({
      remainingSeconds: 300,
    });
  });
});

describe('what is not there', () => {
  test('no stack, no resource action', async () => {
    expect(await server.get()).toMatchObject({ error: { code: 'ResourceNotFound' } });
    const nowhere = resourceAction(harness, 'server', 'stack-2');
    expect(await nowhere.get()).toMatchObject({ error: { code: 'StackNotFound' } });
    expect(await nowhere.dispatch()).toMatchObject({ error: { code: 'StackNotFound' } });
    expect(await server.heartbeat()).toMatchObject({ error: { code: 'ResourceNotFound' } });
  });

  test('one whose retention time is over', async () => {
    await server.dispatch();
    await server.claim();
    await server.complete();
    await harness.start('stack-1', 3600, { operationId: 'op-2', supersede: true });
    await harness.tick();
    harness.clock.advance(harness.deps.retention);
    expect(await server.get()).toMatchObject({ error: { code: 'ResourceNotFound' } });
    expect(await harness.command({ command: 'GetStack', stackId: 'stack-1' })).toMatchObject({
      ok: true,
      resources: [],
    });
  });

  test('the input of a claimed row that was replaced meanwhile: trouble, and the claim asked again is refused', async () => {
    await server.dispatch({ input: 1 });
    const { resources } = harness.deps;
    harness.deps.resources = {
      ...resources,
      payloads: async (row) => {
        const supersede = { operationId: 'op-2', supersede: true };
        await harness.start('stack-1', 3600, supersede);
        return row.operationId === 'op-1' ? {} : resources.payloads(row);
      },
    };
    await expect(server.claim()).rejects.toThrow('the input of server has gone');
    expect(await server.claim()).toMatchObject({ error: { code: 'StaleOperation' } });
  });
});

describe('P4: first writer wins', () => {
  test('of two claims one gets it; the other one is told who', async () => {
    await server.dispatch();
    beforeNextSave(() => server.claim('claim-2'));
    expect(await server.claim()).toMatchObject({
      error: { code: 'NotClaimable', current: { engineId: 'engine-of-claim-2' } },
    });
  });

  test('a claim that meets another offer is written on top of it', async () => {
    await server.dispatch();
    harness.clock.advance(90_000);
    beforeNextSave(() => harness.tick());
    expect(await server.claim()).toMatchObject({ ok: true, resource: { phase: 'RUNNING', version: 3 } });
  });

  test('a claim that meets the end of the operation is refused', async () => {
    await server.dispatch();
    beforeNextSave(async () => {
      await harness.command({ command: 'CancelOperation', stackId: 'stack-1', operationId: 'op-1' });
      await harness.tick();
    });
    expect(await server.claim()).toMatchObject({ error: { code: 'OperationEnded' } });
    expect(server.row()).toMatchObject({ cause: 'CANCELLED' });
  });

  test('a report that meets a heartbeat is written on top of it', async () => {
    await server.dispatch({ heartbeatSeconds: 30 });
    await server.claim();
    beforeNextSave(() => server.heartbeat());
    expect(await server.complete({ output: 7 })).toMatchObject({ ok: true, resource: { version: 4 } });
    expect(await server.get()).toMatchObject({ output: 7 });
  });

  test('of a report and the end of the attempt the first one counts', async () => {
    await server.dispatch({ retry: { maxAttempts: 2, intervalSeconds: 60, jitter: 'NONE' } });
    await server.claim();
    await harness.run(299);
    harness.clock.advance(1000);
    beforeNextSave(() => harness.tick());
    expect(await server.complete({ output: 7 })).toMatchObject({
      error: { code: 'StaleAttempt', current: { phase: 'BACKOFF', cause: 'TIMEOUT' } },
    });
    expect(await server.get(), 'nor is its output kept').not.toHaveProperty('output');
  });

  test('of two dispatches one writes, the other finds it; with other fields it is refused', async () => {
    beforeNextSave(() => server.dispatch({ input: 1 }));
    expect(await server.dispatch({ input: 1 })).toMatchObject({ ok: true, resource: { version: 1 } });
    expect(await server.dispatch({ input: 2 })).toMatchObject({ error: { code: 'ResourceInProgress' } });
    expect(await server.get()).toMatchObject({ input: 1 });
  });

  test('who always loses gives up with an error, which means "try again"', async () => {
    const { resources } = harness.deps;
    harness.deps.resources = { ...resources, save: async () => false };
    await expect(server.dispatch()).rejects.toThrow('lost 20 conditional writes in a row');
  });
});

test('what was asked about which attempt is on record', async () => {
  await server.dispatch({ retry: { maxAttempts: 2 } });
  await server.claim();
  await server.claim('claim-2');
  const subject = { stackId: 'stack-1', operationId: 'op-1', resource: 'server', attempt: 1, generation: 1 };
  const claim = { ...subject, command: 'ClaimResource' };
  expect(harness.telemetry.of('accepted').slice(1)).toMatchObject([
    { subject: { ...subject, command: 'DispatchResource' }, written: true },
    { subject: { ...claim, engineId: 'engine-of-claim-1' }, written: true },
  ]);
  expect(harness.telemetry.of('refused')).toMatchObject([
    { code: 'NotClaimable', subject: { ...claim, engineId: 'engine-of-claim-2' } },
  ]);
});

describe('whose attempt a request was about is on record', () => {
  const last = () => {
    const { command: _, generation: __, ...subject } = harness.telemetry.of('accepted').at(-1)?.subject ?? {};
    return subject;
  };
  const server1 = { stackId: 'stack-1', operationId: 'op-1', resource: 'server', attempt: 1 };
  const own = { ...server1, engineId: 'engine-of-claim-1' };

  test('of a heartbeat, a report and a reading', async () => {
    await server.dispatch({ heartbeatSeconds: 30 });
    await server.claim();
    await server.heartbeat();
    expect(last()).toEqual(own);
    await server.get();
    expect(last()).toEqual(own);
    await server.complete();
    expect(last()).toEqual(own);
  });

  test('of a failure: the attempt that failed, though the next one is offered already', async () => {
    const { resources } = harness.deps;
    const save: ResourceActionStore['save'] = async (row, ...rest) => {
      const atOnce = row.change === 'CLAIM' ? { ...row, retry: { ...row.retry, interval: 0 } } : row;
      return resources.save(atOnce, ...rest);
    };
    harness.deps.resources = { ...resources, save };
    await server.dispatch({ retry: { maxAttempts: 2, jitter: 'NONE' } });
    await server.claim();
    await server.complete({ status: 'FAILED' });
    expect(server.row()).toMatchObject({ phase: 'QUEUED', attempt: 2 });
    expect(last()).toEqual(own);
  });

  test('of a release: who gave it back; repeated, not who has it since', async () => {
    await server.dispatch();
    await server.claim();
    await server.release();
    expect(last()).toEqual(own);
    await server.claim('claim-2');
    await server.release();
    expect(last()).toEqual(server1);
  });

  test('of a cancellation: who is to stop', async () => {
    await server.dispatch();
    await server.claim();
    await server.cancel();
    expect(last()).toEqual(own);
  });
});
