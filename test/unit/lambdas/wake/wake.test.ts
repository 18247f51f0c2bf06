import { beforeEach, expect, test } from 'vitest';
import type { WakeUp } from '../../../../contract/index.ts';
import { firstWakeUp, timerOf } from '../../../../lambdas/domain/timer.ts';
import type { DelayedWakeUp } from '../../../../lambdas/ports/messaging.ts';
import { wake } from '../../../../lambdas/wake/wake.ts';
import { TestHarness } from '../../../support/harness.ts';
import { inProgress } from '../../../support/rows.ts';

let harness: TestHarness;
/** What the queue was given, call by call. */
let sent: (readonly DelayedWakeUp[])[];
/** What becomes of it; the memory queue takes everything. */
let answer: (messages: readonly DelayedWakeUp[]) => readonly DelayedWakeUp[];

beforeEach(() => {
  harness = new TestHarness();
  sent = [];
  answer = () => [];
  harness.deps.queue = {
    send: async (messages) => {
      sent.push(messages);
      return answer(messages);
    },
  };
});

/**
 * A stack whose operation times out a minute after the harness's start, and the first wake-up for
 * it.
 */
function stack(stackId: string, overrides: Parameters<typeof inProgress>[0] = {}): WakeUp {
  const row = inProgress({ stackId, ...overrides });
  harness.table.rows.set(stackId, row);
  return firstWakeUp(timerOf(row));
}

const message = (messageId: string, wakeUp: WakeUp | string) => ({
  messageId,
  body: typeof wakeUp === 'string' ? wakeUp : JSON.stringify(wakeUp),
});

/** Reading this stack fails. */
function failLoadOf(stackId: string): void {
  const { store } = harness.deps;
  harness.deps.store = {
    load: async (id) => {
      if (id === stackId) throw new Error('unreadable');
      return store.load(id);
    },
    loadMany: store.loadMany.bind(store),
    save: store.save.bind(store),
  };
}

/** One of each kind: two to be given back, and done, waiting and untaken ones. */
function mixedBatch() {
  const early = stack('early');
  const alsoEarly = stack('also-early');
  const due = stack('due', { deadline: harness.clock.now(), timer: { generation: 1, dueAt: 0, setAt: 0 } });
  const unreadable = stack('unreadable');
  failLoadOf('unreadable');
  return [
    message('m-early', early),
    message('m-malformed', '{"v":2}'),
    message('m-due', due),
    message('m-also-early', alsoEarly),
    message('m-unreadable', unreadable),
    message('m-stale', { ...early, generation: 7 }),
  ];
}

test('of a mixed batch, exactly the messages that are not done are given back', async () => {
  answer = (messages) => messages.filter(({ wakeUp }) => wakeUp.stackId === 'also-early');
  const failed = await wake(harness.deps, mixedBatch());
  expect(failed.sort()).toEqual(['m-also-early', 'm-malformed', 'm-unreadable']);
  expect(harness.table.rows.get('due')).toMatchObject({ status: 'FAILED', cause: 'TIMEOUT' });
  expect(sent.flat().map(({ wakeUp }) => wakeUp.stackId)).toEqual(['early', 'also-early']);
});

test('each one that is given back is on record, by its message or by its timer', async () => {
  await wake(harness.deps, mixedBatch());
  expect(harness.telemetry.of('malformed')).toEqual([
    { kind: 'malformed', messageId: 'm-malformed', reason: expect.stringContaining('v must be 1') },
  ]);
  expect(harness.telemetry.of('failed')).toStrictEqual([
    {
      kind: 'failed',
      subject: { stackId: 'unreadable', operationId: 'op-1', generation: 1 },
      error: new Error('unreadable'),
    },
  ]);
});

test('if the queue fails, only those that were to wait are given back as well: the rest is done', async () => {
  answer = () => {
    throw new Error('no queue');
  };
  const failed = await wake(harness.deps, mixedBatch());
  expect(failed.sort()).toEqual(['m-also-early', 'm-early', 'm-malformed', 'm-unreadable']);
  expect(harness.table.rows.get('due')).toMatchObject({ status: 'FAILED' });
  const error = new Error('no queue');
  const subject = { operationId: 'op-1', generation: 1 };
  expect(harness.telemetry.of('failed')).toEqual(
    expect.arrayContaining([
      { kind: 'failed', subject: { ...subject, stackId: 'early' }, error },
      { kind: 'failed', subject: { ...subject, stackId: 'also-early' }, error },
    ]),
  );
});

test('each wake-up is recorded, with the row that it is about', async () => {
  await wake(harness.deps, [message('m-early', stack('early'))]);
  expect(harness.telemetry.of('wakeUp')).toStrictEqual([
    {
      kind: 'wakeUp',
      by: 'wake',
      outcome: 'early',
      subject: { stackId: 'early', operationId: 'op-1', generation: 1 },
      hops: 0,
    },
  ]);
});

test('P4: a timeout that loses against an extension is decided again on what won: armed anew, not given up', async () => {
  const due = stack('due', { deadline: harness.clock.now(), timer: { generation: 1, dueAt: 0, setAt: 0 } });
  const { store } = harness.deps;
  let [loads, saves] = [0, 0];
  harness.deps.store = {
    load: (stackId) => {
      loads++;
      return store.load(stackId);
    },
    loadMany: store.loadMany.bind(store),
    save: async (row, seen) => {
      if (saves++ === 0) {
        const extended = {
          ...inProgress(seen as object),
          deadline: harness.clock.now() + 60_000,
          version: 2,
        };
        harness.table.rows.set('due', extended);
      }
      return store.save(row, seen);
    },
  };
  expect(await wake(harness.deps, [message('m-due', due)])).toEqual([]);
  expect(harness.table.rows.get('due')).toMatchObject({
    status: 'IN_PROGRESS',
    change: 'REARM',
    version: 3,
    timer: { generation: 2, dueAt: harness.clock.now() + 60_000 },
  });
  expect([loads, saves], 'DynamoDB sends the row that won along').toEqual([1, 2]);
});

test('nothing is given back if all is done', async () => {
  expect(await wake(harness.deps, [message('m-1', stack('early'))])).toEqual([]);
});

test('an early wake-up waits until it is due, as the same one that has gone round once more', async () => {
  const dueAt = harness.clock.now() + 60_000;
  const wakeUp = stack('stack-1', { timer: { generation: 3, dueAt, setAt: harness.clock.now() } });
  // SQS delays by whole seconds: 41.5 s are 41, and the message waits half a second more when it
  // arrives.
  harness.clock.advance(18_500);
  await wake(harness.deps, [message('m-1', { ...wakeUp, hops: 4 })]);
  expect(sent.flat()).toEqual([
    {
      wakeUp: {
        v: 1,
        stackId: 'stack-1',
        operationId: 'op-1',
        generation: 3,
        dueAt: '2026-01-31T12:01:00.000Z',
        hops: 5,
      },
      delaySeconds: 41,
    },
  ]);
});

test('a wait beyond the longest delay is as long as a delay can be', async () => {
  const dueAt = harness.clock.now() + 3_600_000;
  const wakeUp = stack('stack-1', {
    deadline: dueAt,
    timer: { generation: 1, dueAt, setAt: harness.clock.now() },
  });
  await wake(harness.deps, [message('m-1', wakeUp)]);
  expect(sent.flat()).toMatchObject([{ delaySeconds: 900 }]);
});

test('wake-ups that come less than a second early wait here, all at the same time, before their rows are read', async () => {
  const at = harness.clock.now();
  const wakeUps = [0, 1, 400, 999].map((early) =>
    stack(`early-by-${early}`, {
      deadline: at + early,
      timer: { generation: 1, dueAt: at + early, setAt: 0 },
    }),
  );
  const waits: { left: number; wake: (value: unknown) => void }[] = [];
  harness.deps.sleep = (left) => new Promise((resolve) => waits.push({ left, wake: resolve }));
  const loaded: string[] = [];
  const { store } = harness.deps;
  harness.deps.store = {
    load: async (stackId) => {
      loaded.push(stackId);
      return store.load(stackId);
    },
    loadMany: store.loadMany.bind(store),
    save: store.save.bind(store),
  };
  const done = wake(
    harness.deps,
    wakeUps.map((wakeUp, n) => message(`m-${n}`, wakeUp)),
  );
  expect(waits.map(({ left }) => left)).toEqual([1, 400, 999]);
  await new Promise(setImmediate);
  expect(loaded).toEqual(['early-by-0']);
  // A timer of the runtime may be early itself: then it waits once more.
  harness.clock.advance(998);
  for (const { wake: awaken } of waits.splice(0)) awaken(undefined);
  await new Promise(setImmediate);
  expect(waits.map(({ left }) => left)).toEqual([1]);
  harness.clock.advance(1);
  for (const { wake: awaken } of waits.splice(0)) awaken(undefined);
  expect(await done).toEqual([]);
  expect(sent.flat()).toEqual([]);
  expect(harness.telemetry.of('wakeUp').map(({ outcome }) => outcome)).toEqual(Array(4).fill('fired'));
});

test('one that comes a whole second early does not hold up its batch', async () => {
  harness.deps.sleep = () => Promise.reject(new Error('it must not wait here'));
  const dueAt = harness.clock.now() + 1000;
  const wakeUp = stack('stack-1', { deadline: dueAt, timer: { generation: 1, dueAt, setAt: 0 } });
  expect(await wake(harness.deps, [message('m-1', wakeUp)])).toEqual([]);
  expect(sent.flat()).toMatchObject([{ delaySeconds: 1 }]);
});
