/**
 * A real OpenStack Heat with RabbitMQ and MariaDB, our service on a local cloud, and the bridge
 * between them. First the loss without the bridge, then the same with it.
 */
import { readFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import type { StackTimeoutsClient } from '../../../client/index.ts';
import { clientFor } from '../../../local/client.ts';
import { type LocalCloud, startLocalCloud } from '../../../local/local-cloud.ts';
import { eventually } from '../../support/eventually.ts';
import { type Bridge, startBridge } from './support/bridge.ts';
import { type Heat, startHeat } from './support/heat.ts';
import { chain, type StackRow, stacksOf, TIMEOUT_MS } from './support/stacks.ts';
import { createTimeoutQueue } from './support/timeout-queue.ts';

const GRACE_SECONDS = 3;
const OPTIONS = ['--grace', String(GRACE_SECONDS), '--engine-grace', '10'];

/** How each operation is to end. */
const ENDS: Record<string, [state: string, reason: RegExp]> = {
  create: ['CREATE_FAILED', /^Timed out$/],
  chain: ['CREATE_FAILED', /^Timed out$/],
  nested: ['CREATE_FAILED', /^Timed out$/],
  update: ['UPDATE_FAILED', /^Timed out$/],
  delete: ['DELETE_FAILED', /^Timed out$/],
  // Heat has no rollback of a CREATE that was cancelled.
  'create-rollback': ['CREATE_FAILED', /^Stack CREATE cancelled$/],
  'update-rollback': ['ROLLBACK_COMPLETE', /^Stack ROLLBACK completed successfully$/],
};

let heat: Heat;
let cloud: LocalCloud;
let service: StackTimeoutsClient;
let queueUrl: string;
let stacks: ReturnType<typeof stacksOf>;
const bridges: Bridge[] = [];

function bridge(...args: string[]): Bridge {
  const one = startBridge(heat, cloud.outputs, queueUrl, [...OPTIONS, ...args]);
  bridges.push(one);
  return one;
}

beforeAll(async () => {
  const stop = new AbortController();
  const start = Date.now();
  [heat, cloud] = await Promise.all([
    startHeat(stop.signal),
    startLocalCloud({ dir: '.local/test-heat', signal: stop.signal }),
  ]);
  console.log(`Heat and the local cloud are up after ${Math.round((Date.now() - start) / 1000)} s`);
  service = clientFor(cloud.outputs);
  queueUrl = await createTimeoutQueue(cloud.outputs);
  stacks = stacksOf(heat);
}, 600_000);

afterEach(async () => {
  await Promise.all(bridges.splice(0).map((one) => one.kill()));
});

afterAll(async () => {
  await Promise.all([heat?.stop(), cloud?.stop()]);
});

/** Kills all engines in the middle of their work, and starts new ones. */
async function replaceEngines(): Promise<void> {
  heat.killEngines();
  await heat.startEngines();
}

const deadlineOf = (rows: readonly StackRow[]): number =>
  Math.max(...rows.map(({ began }) => began)) + TIMEOUT_MS;

const unfinished = (rows: readonly StackRow[]) => rows.filter(({ state }) => state.endsWith('_IN_PROGRESS'));

/** Waits until no stack is IN_PROGRESS; says how long after its deadline each operation ended. */
async function endsOf(rows: readonly StackRow[], within: number): Promise<Record<string, number>> {
  const seconds: Record<string, number> = {};
  await eventually(
    async () => {
      const now = await stacks.all();
      for (const { name, began, state } of rows) {
        const current = now.find((one) => one.name === name);
        if (current?.state !== state) seconds[name] ??= (Date.now() - began - TIMEOUT_MS) / 1000;
      }
      const left = unfinished(now);
      if (left.length > 0) throw new Error(left.map(({ name, state }) => `${name} is ${state}`).join(', '));
    },
    { within, every: 200 },
  );
  return seconds;
}

async function expectEnds(prefix: string): Promise<void> {
  for (const [kind, [state, reason]] of Object.entries(ENDS)) {
    const row = await stacks.row(`${prefix}-${kind}`);
    expect(row).toMatchObject({ state, reason: expect.stringMatching(reason) });
  }
  await eventually(async () => {
    for await (const stack of service.stacks()) throw new Error(`the service still has ${stack.stackId}`);
  });
}

const tracebacks = async (): Promise<number> =>
  (await readFile(heat.engineLog, 'utf8')).split('Traceback (most recent call last)').length - 1;

describe('all engines killed in the middle, and new ones started', () => {
  let lost: StackRow[];

  test('without the bridge: every stack stays IN_PROGRESS after its deadline', async () => {
    await stacks.startEach('lost');
    await replaceEngines();
    lost = unfinished(await stacks.all());
    expect(lost.length).toBeGreaterThanOrEqual(Object.keys(ENDS).length);
    await sleep(deadlineOf(lost) + 15_000 - Date.now());
    expect(unfinished(await stacks.all())).toEqual(lost);
  });

  test('a bridge that comes later finds them and ends them', async () => {
    const before = await tracebacks();
    const one = bridge();
    const started = Date.now();
    await endsOf(lost, 60_000);
    console.log(`ended ${((Date.now() - started) / 1000).toFixed(1)} s after the bridge came`);
    await expectEnds('lost');
    expect(await tracebacks()).toBe(before);
    expect(await one.stop()).toBe(0);
  });

  test('what was ended can be deleted', async () => {
    await stacks.deleteAll(150_000);
  });

  test('with the bridge: every stack ends on time, never early', async () => {
    bridge();
    await stacks.startEach('kept');
    const kept = unfinished(await stacks.all());
    await replaceEngines();
    const seconds = await endsOf(kept, 100_000);
    console.table(seconds);
    // The row tells whole seconds.
    for (const late of Object.values(seconds)) {
      expect(late).toBeGreaterThan(GRACE_SECONDS - 1);
      expect(late).toBeLessThan(GRACE_SECONDS + 10);
    }
    await expectEnds('kept');
    await stacks.deleteAll(150_000);
  });
});

describe('recovery', () => {
  test('20 dependent resources are created while engines are killed again and again', async () => {
    const one = bridge('--recover');
    await stacks.create('chain', chain(20, 1), { timeout_mins: 10 });
    for (let kills = 0; kills < 3; kills++) {
      await sleep(6000);
      await replaceEngines();
    }
    await sleep(4000);
    await heat.killWorker();
    await stacks.reaches('chain', 'CREATE_COMPLETE', 120_000);
    expect(one.log.some(({ message }) => message === 'resuming a step')).toBe(true);
    await stacks.deleteAll(60_000);
  });
});

describe('no engine', () => {
  test('SQL ends the stack; an engine that comes later can delete it', async () => {
    bridge('--force-after', '5');
    await stacks.create('forced', chain(1, 100));
    await stacks.reaches('forced', 'CREATE_IN_PROGRESS');
    await eventually(async () =>
      expect(await heat.sql('SELECT 1 FROM resource WHERE engine_id IS NOT NULL')).toHaveLength(1),
    );
    const { began } = await stacks.row('forced');
    heat.killEngines();
    const { reason } = await stacks.reaches('forced', 'CREATE_FAILED', 100_000);
    const late = (Date.now() - began - TIMEOUT_MS) / 1000;
    console.log(`forced ${late.toFixed(1)} s after the deadline`);
    expect(reason).toBe('Timed out');
    expect(late).toBeGreaterThan(GRACE_SECONDS + 4);
    await heat.startEngines();
    await stacks.deleteAll(60_000);
  });
});

describe('outages', () => {
  test('broker and database restarted, the bridge killed twice: the stack ends all the same', async () => {
    const first = bridge();
    await stacks.create('outage', chain(1, 100));
    await stacks.reaches('outage', 'CREATE_IN_PROGRESS');
    const { id, began } = await stacks.row('outage');
    await eventually(async () => expect(await service.getStack({ stackId: id })).toMatchObject({ ok: true }));
    heat.killEngines();
    await first.kill();
    const second = bridge();
    heat.killBroker();
    heat.killDatabase();
    await sleep(5000);
    await Promise.all([heat.startDatabase(), heat.startBroker()]);
    await heat.startEngines();
    await sleep(began + TIMEOUT_MS - Date.now());
    await second.kill();
    const third = bridge();
    await stacks.reaches('outage', 'CREATE_FAILED', 40_000);
    console.log(`ended ${((Date.now() - began - TIMEOUT_MS) / 1000).toFixed(1)} s after the deadline`);
    expect(await third.stop()).toBe(0);
    await stacks.deleteAll(60_000);
  });
});
