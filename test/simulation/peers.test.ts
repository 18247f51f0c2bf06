/**
 * What has gone wrong in other systems, played here. Every promise is watched in each of them
 * besides.
 */
import { expect, test } from 'vitest';
import type { RequestOf } from '../../contract/index.ts';
import type { FaultPlan } from './faults.ts';
import { run } from './history.ts';
import { CALM } from './plan.ts';
import { Random } from './random.ts';
import { isOfResource, type Row, type Write } from './row.ts';
import { type Entry, makeCrowd, type Work } from './script.ts';
import { START, type StatusChangeEvent } from './services.ts';

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const STACK = { stackId: 'stack', operationId: 'op' } as const;

type Request = Extract<Entry, { request: unknown }>['request'];

const ask = (at: number, request: Request, tries = 20): Entry => ({ at, request, tries });
const start = (at: number, timeoutSeconds: number, of: object = {}): Entry =>
  ask(at, { command: 'StartOperation', ...STACK, action: 'CREATE', timeoutSeconds, ...of });
const engine = (at: number, name: string, does: 'start' | 'kill' | 'freeze'): Entry => ({
  at,
  engine: name,
  does,
});

function dispatch(at: number, seconds: number, more: Partial<RequestOf<'DispatchResource'>>): Entry {
  const input: Work = { operationId: 'op', seconds, ends: 'well', heeds: true };
  return ask(at, {
    command: 'DispatchResource',
    ...STACK,
    resource: 'server',
    action: 'CREATE',
    startToCloseSeconds: 600,
    input: { ...input },
    ...more,
  });
}

interface Played {
  readonly writes: readonly Write[];
  readonly events: readonly StatusChangeEvent[];
  readonly history: readonly string[];
}

/** Plays a script under the deployed adapters; what breaks a promise fails. */
async function play(script: readonly Entry[], plan: Partial<FaultPlan> = {}, seed = 1): Promise<Played> {
  const writes: Write[] = [];
  const events: StatusChangeEvent[] = [];
  const scenario = {
    seed,
    script: script.toSorted((a, b) => a.at - b.at),
    plan: { ...CALM, ...plan },
    retention: 30 * 24 * 60 * MINUTE,
    adapters: true,
  };
  const watcher = {
    onWrite: (write: Write) => void writes.push(write),
    onPublish: (event: StatusChangeEvent) => void events.push(event),
  };
  const { violation, history } = await run(scenario, { recorded: true, watcher });
  expect(violation?.message).toBeUndefined();
  return { writes, events, history };
}

const changes = (writes: readonly Write[], of: (row: Row) => boolean = () => true): string[] =>
  writes.filter(({ after }) => of(after)).map(({ after }) => after.change);
const ofStack = (writes: readonly Write[]) => changes(writes, (row) => !isOfResource(row));
const ofResource = (writes: readonly Write[]) =>
  changes(writes, isOfResource).filter((change) => !['HEARTBEAT', 'REARM', 'EXPIRE'].includes(change));
const when = (writes: readonly Write[], change: string): number =>
  (writes.find(({ after }) => after.change === change)?.at ?? Number.NaN) - START;
const twice = (kinds: FaultPlan['carrierKinds']): Partial<FaultPlan> => ({
  carrierRate: 1,
  carrierKinds: kinds,
});

test('Celery: a timeout longer than the visibility timeout fires once, however often it is delivered', async () => {
  const { writes, events } = await play(
    [start(0, 7200)],
    twice(['delivered twice', 'fired twice', 'batch again']),
  );
  expect(ofStack(writes)).toEqual(['START', 'TIMEOUT']);
  expect(new Set(events.map(({ id }) => id)).size).toBe(2);
});

test('Celery: work that starts after the visibility timeout starts once, and not before its time', async () => {
  const { writes } = await play(
    [start(0, 10_800), engine(0, 'engine-1', 'start'), dispatch(SECOND, 15, { delaySeconds: 7200 })],
    twice(['delivered twice', 'fired twice', 'batch again']),
  );
  expect(ofResource(writes)).toEqual(['DISPATCH', 'QUEUE', 'CLAIM', 'COMPLETE']);
  expect(when(writes, 'QUEUE')).toBeGreaterThanOrEqual(7201 * SECOND);
});

test('Celery: work that was revoked before its time is forgotten by no worker that restarts', async () => {
  const { writes } = await play([
    start(0, 1800),
    engine(0, 'engine-1', 'start'),
    dispatch(SECOND, 15, { delaySeconds: 300 }),
    ask(60 * SECOND, { command: 'CancelResource', ...STACK, resource: 'server' }),
    engine(61 * SECOND, 'engine-1', 'kill'),
    engine(70 * SECOND, 'engine-1', 'start'),
  ]);
  expect(ofResource(writes)).toEqual(['DISPATCH', 'CANCEL_RESOURCE']);
  expect(ofStack(writes)).toEqual(['START', 'TIMEOUT']);
});

test('Celery: a worker whose work was revoked is told to stop, and its other work goes on', async () => {
  const { history, writes } = await play([
    start(0, 1800),
    engine(0, 'engine-1', 'start'),
    dispatch(SECOND, 500, { heartbeatSeconds: 6 }),
    dispatch(SECOND, 60, { heartbeatSeconds: 6, resource: 'volume' }),
    ask(15 * SECOND, { command: 'CancelResource', ...STACK, resource: 'server' }),
  ]);
  const lost = history.filter((line) => /engine-1-1: .*"type":"lost"/.test(line));
  expect(lost).toHaveLength(1);
  expect(lost[0]).toMatch(/"resource":"server".*StaleAttempt/);
  expect((lost[0] ?? '').slice(0, 8) < '00:00:20').toBe(true);
  expect(ofResource(writes).slice(4)).toEqual(['CANCEL_RESOURCE', 'COMPLETE']);
});

test('Bull: a worker that stood still and lost its attempt does not complete it beside the next one', async () => {
  const retry = { maxAttempts: 2, intervalSeconds: 1, jitter: 'NONE' } as const;
  const { writes, history } = await play([
    start(0, 1800),
    engine(0, 'engine-1', 'start'),
    dispatch(SECOND, 15, { heartbeatSeconds: 5, retry }),
    engine(5 * SECOND, 'engine-1', 'freeze'),
    engine(6 * SECOND, 'engine-2', 'start'),
  ]);
  expect(ofResource(writes)).toEqual(['DISPATCH', 'CLAIM', 'GRANT', 'ENGINE_LOST', 'CLAIM', 'COMPLETE']);
  expect(writes.findLast(({ after }) => isOfResource(after))?.after).toMatchObject({
    attempt: 2,
    engineId: 'engine-2-1',
  });
  expect(history.filter((line) => /engine-1-1: .*"type":"completed"/.test(line))).toEqual([]);
  expect(history.some((line) => /engine-1-1: .*"type":"lost"/.test(line))).toBe(true);
});

test('Temporal: clocks that step back and forth drop no timer', async () => {
  for (let seed = 1; seed <= 20; seed++) {
    const { writes } = await play(
      [start(0, 90), start(0, 400, { stackId: 'other' })],
      {
        skew: 1000,
        ...twice(['clock stepped']),
      },
      seed,
    );
    expect(ofStack(writes).filter((change) => change === 'TIMEOUT')).toHaveLength(2);
  }
});

test('Temporal: the wake-up of a timer that was replaced fires nothing that is due nearly then', async () => {
  const extend = { command: 'ExtendOperation', ...STACK, timeoutSeconds: 20 } as const;
  const { writes } = await play([start(0, 10), ask(9500, extend)]);
  expect(ofStack(writes)).toEqual(['START', 'EXTEND', 'REARM', 'TIMEOUT']);
  expect(when(writes, 'TIMEOUT')).toBeGreaterThanOrEqual(29_500);
});

test('Azure Durable: the wake-up of an old generation and a completion at once leave one end', async () => {
  const shorten = { command: 'ExtendOperation', ...STACK, timeoutSeconds: 3 } as const;
  const complete = { command: 'CompleteOperation', ...STACK, status: 'COMPLETE' } as const;
  for (let offset = -200; offset <= 1400; offset += 100) {
    const { writes, events } = await play([start(0, 10), ask(5000, shorten), ask(8000 + offset, complete)]);
    expect(ofStack(writes).filter((change) => change !== 'SHORTEN')).toHaveLength(2);
    expect(events.filter(({ status }) => status !== 'IN_PROGRESS')).toHaveLength(1);
  }
});

test('Zeebe: whoever dies with overdue timers in its hands does not hide them', async () => {
  const named = Array.from({ length: 12 }, (_, n) => ({
    call: `sweep-${2 + (n % 2)} call ${3 + n}`,
    fault: 'crash' as const,
  }));
  const down = { service: 'wake' as const, from: 0, to: 10 * MINUTE };
  const { writes } = await play([start(0, 60), start(0, 61, { stackId: 'other' })], {
    outages: [down],
    named,
  });
  expect(ofStack(writes).filter((change) => change === 'TIMEOUT')).toHaveLength(2);
  expect(Math.max(...writes.map(({ at }) => at - START))).toBeLessThan(6 * MINUTE);
});

test('Zeebe: a burst of due timers does not hold up the others', async () => {
  const burst = Array.from({ length: 400 }, (_, n) => start(n, 60, { stackId: `burst-${n}` }));
  const { writes } = await play([...burst, start(0, 63)]);
  const timeout = writes.find(({ after }) => after.stackId === 'stack' && after.change === 'TIMEOUT');
  expect((timeout?.at ?? Number.NaN) - START).toBeLessThan(75 * SECOND);
});

test('Zeebe: cancelling at the moment of the timeout: one of both, and the answer says which', async () => {
  for (let offset = -300; offset <= 1500; offset += 100) {
    const cancel = { command: 'CancelOperation', ...STACK } as const;
    const { writes, history } = await play([start(0, 30), ask(30_000 + offset, cancel)]);
    const [, end] = ofStack(writes);
    const answer = history.find((line) => line.includes('client-2: is answered')) ?? '';
    expect(answer).toContain(end === 'CANCEL' ? '"ok":true' : 'OperationEnded');
  }
});

test('Airflow: two that sweep at once have one effect', async () => {
  const down = { service: 'wake' as const, from: 0, to: 30 * MINUTE };
  const named = [2, 3, 4, 5].map((n) => ({ call: `sweep-${n} call 2`, fault: 'lost' as const }));
  const crowd = makeCrowd(new Random(1), 60);
  const { writes } = await play(crowd, { outages: [down], named, ...twice(['fired twice']) });
  const ends = writes.filter(({ after }) => after.status !== 'IN_PROGRESS').map(({ after }) => after.stackId);
  expect(new Set(ends).size).toBe(ends.length);
  expect(ends.length).toBe(60);
});

test('Conductor: what was acknowledged as complete does not time out afterwards', async () => {
  for (let seed = 1; seed <= 40; seed++) {
    const complete = { command: 'CompleteOperation', ...STACK, status: 'COMPLETE' } as const;
    const faulty = { rate: 0.3, kinds: ['lost', 'late', 'echo', 'timedOut'] as const };
    const { writes, history } = await play([start(0, 20), ask(19_500 + seed * 50, complete)], faulty, seed);
    const acknowledged = history.some((line) => /client-2: is answered {"ok":true/.test(line));
    if (acknowledged) expect(writes.at(-1)?.after).toMatchObject({ status: 'COMPLETE', cause: 'REPORTED' });
  }
});

test('Step Functions: a dead worker is noticed by its heartbeat, long before the timeout of its task', async () => {
  const retry = { maxAttempts: 2, intervalSeconds: 1, jitter: 'NONE' } as const;
  const { writes } = await play([
    start(0, 3600),
    engine(0, 'engine-1', 'start'),
    dispatch(SECOND, 30, { startToCloseSeconds: 1800, heartbeatSeconds: 10, retry }),
    engine(15 * SECOND, 'engine-1', 'kill'),
    engine(16 * SECOND, 'engine-2', 'start'),
  ]);
  expect(when(writes, 'ENGINE_LOST')).toBeLessThan(40 * SECOND);
  expect(ofResource(writes)).toEqual(['DISPATCH', 'CLAIM', 'GRANT', 'ENGINE_LOST', 'CLAIM', 'COMPLETE']);
});

test('Step Functions: a worker whose operation has ended is told to stop', async () => {
  const { history } = await play([
    start(0, 30),
    engine(0, 'engine-1', 'start'),
    dispatch(SECOND, 500, { heartbeatSeconds: 6 }),
    ask(15 * SECOND, { command: 'CancelOperation', ...STACK }),
  ]);
  const lost = history.find((line) => /engine-1-1: .*"type":"lost"/.test(line)) ?? '';
  expect(lost).toContain('OperationEnded');
  expect(lost.slice(0, 8) < '00:00:20').toBe(true);
});

test('Resonate: nobody says that it timed out before that is written', async () => {
  const down = (['wake', 'sweep'] as const).map((service) => ({ service, from: 0, to: 5 * MINUTE }));
  const { history, writes } = await play(
    [
      start(0, 30),
      ask(40 * SECOND, { command: 'GetStack', stackId: 'stack' }),
      ask(50 * SECOND, { command: 'CompleteOperation', ...STACK, status: 'COMPLETE' }),
    ],
    { outages: down },
  );
  expect(history.find((line) => line.includes('client-2: is answered'))).toContain('"status":"IN_PROGRESS"');
  expect(ofStack(writes)).toEqual(['START', 'COMPLETE']);
});

test.each(['table', 'command'] as const)(
  'AWS, October 2025: while the %s is out of reach for minutes, no engine that lives is declared lost',
  async (service) => {
    const { writes } = await play(
      [
        start(0, 3600),
        engine(0, 'engine-1', 'start'),
        dispatch(SECOND, 900, { startToCloseSeconds: 1800, heartbeatSeconds: 15 }),
      ],
      { outages: [{ service, from: 95 * SECOND, to: 700 * SECOND }] },
    );
    expect(ofResource(writes).filter((change) => change !== 'GRANT')).toEqual([
      'DISPATCH',
      'CLAIM',
      'COMPLETE',
    ]);
  },
);

test('Chronos: a scheduler that was out of reach stops no timeouts, neither then nor afterwards', async () => {
  const stacks = Array.from({ length: 10 }, (_, n) => start(n * 5 * MINUTE, 300, { stackId: `stack-${n}` }));
  const { writes } = await play(stacks, {
    outages: [{ service: 'scheduler', from: 0, to: 25 * MINUTE }],
  });
  const timeouts = writes.filter(({ after }) => after.change === 'TIMEOUT');
  expect(timeouts).toHaveLength(10);
  for (const { before, at } of timeouts)
    expect(at - (before && 'deadline' in before ? before.deadline : 0)).toBeLessThan(2 * MINUTE);
});
