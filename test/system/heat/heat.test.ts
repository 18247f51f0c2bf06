/**
 * A real OpenStack Heat with RabbitMQ and MariaDB, our service on a local cloud, and the bridge
 * between them. First the loss without the bridge, then the same with it. The tests build on one
 * another: what one leaves in Heat, the last one updates and deletes.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import type { StackTimeoutsClient } from '../../../client/index.ts';
import { clientFor } from '../../../local/client.ts';
import { eventually } from '../../../local/eventually.ts';
import { asUser, type Bridge, type Line, startBridge } from '../../../local/heat/bridge.ts';
import { type Heat, startHeat } from '../../../local/heat/heat.ts';
import type { StackRow } from '../../../local/heat/stack-rows.ts';
import { createTimeoutQueue } from '../../../local/heat/timeout-queue.ts';
import { type LocalCloud, type Outputs, startLocalCloud } from '../../../local/local-cloud.ts';
import { type Connection, proxyTo } from '../../support/proxy.ts';
import { startCrashingBridge } from './support/crashing-bridge.ts';
import { KINDS, type Stacks, stacksOf, TIMEOUT_MS } from './support/stacks.ts';

const GRACE_SECONDS = 3;
const FORCE_SECONDS = 5;
const OPTIONS = ['--grace', String(GRACE_SECONDS), '--engine-grace', '10'];
/** Longer than Heat takes itself. */
const AFTER_DEADLINE_MS = 7000;
/** On a busy machine. */
const LATE_SECONDS = 20;
const MANY = 200;
/** About how long it takes to start them. */
const MANY_MS = 25_000;

let heat: Heat;
let cloud: LocalCloud;
let proxy: Connection;
let outputs: Outputs;
let service: StackTimeoutsClient;
let queueUrl: string;
let stacks: Stacks;
const bridges: Bridge[] = [];

/** As the guide tells to: it may write only where it may end by SQL. */
const USERS = `
  GRANT SELECT ON heat.* TO reader@'127.0.0.1' IDENTIFIED BY 'reader';
  GRANT SELECT ON heat.* TO writer@'127.0.0.1' IDENTIFIED BY 'writer';
  GRANT UPDATE ON heat.stack TO writer@'127.0.0.1';
  GRANT UPDATE ON heat.resource TO writer@'127.0.0.1';
  GRANT DELETE ON heat.sync_point TO writer@'127.0.0.1'`;

function startedBridge(args: readonly string[], onLine?: (line: Line) => void): Bridge {
  const user = args.includes('--force-after') ? 'writer' : 'reader';
  return startBridge(asUser(heat, user), outputs, queueUrl, [...OPTIONS, ...args], onLine);
}

function bridge(...args: string[]): Bridge {
  const one = startedBridge(args);
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
  console.log(`Heat and the local cloud are up after ${secondsSince(start)} s`);
  service = clientFor(cloud.outputs);
  proxy = await proxyTo(cloud.outputs.endpoint);
  outputs = { ...cloud.outputs, endpoint: proxy.endpoint };
  const { pathname } = new URL(await createTimeoutQueue(cloud.outputs));
  queueUrl = new URL(pathname, proxy.endpoint).href;
  stacks = stacksOf(heat);
  await heat.sql(USERS);
}, 600_000);

afterEach(async () => {
  await Promise.all(bridges.splice(0).map((one) => one.kill()));
});

afterAll(async () => {
  await Promise.all([heat?.stop(), cloud?.stop()]);
});

const secondsSince = (instant: number): string => ((Date.now() - instant) / 1000).toFixed(1);
const until = (instant: number): Promise<void> => sleep(Math.max(0, instant - Date.now()));
const lastDeadline = (rows: readonly StackRow[]): number =>
  Math.max(...rows.map(({ began }) => began)) + TIMEOUT_MS;

/** Kills all engines in the middle of their work, and starts new ones. */
async function replaceEngines(): Promise<void> {
  heat.killEngines();
  await heat.startEngines();
}

/** Waits until these operations have ended; says how many seconds after its deadline each did. */
async function endsOf(rows: readonly StackRow[], within: number): Promise<Record<string, number>> {
  const seconds: Record<string, number> = {};
  await eventually(
    async () => {
      const now = new Map((await stacks.all()).map((one) => [one.name, one]));
      for (const { name, began, state } of rows)
        if (now.get(name)?.state !== state) seconds[name] ??= (Date.now() - began - TIMEOUT_MS) / 1000;
      const left = rows.filter(({ name }) => now.get(name)?.state.endsWith('_IN_PROGRESS'));
      if (left.length > 0) throw new Error(`${left.map(({ name }) => name).join(', ')}: IN_PROGRESS`);
    },
    { within, every: 500 },
  );
  return seconds;
}

async function expectEnds(prefix: string): Promise<void> {
  for (const [kind, { state, reason }] of Object.entries(KINDS))
    expect(await stacks.row(`${prefix}-${kind}`)).toMatchObject({ state, reason });
}

/** Nothing is IN_PROGRESS in the service that has ended in Heat. */
const expectNothingLeft = () =>
  eventually(async () => {
    for await (const stack of service.stacks()) throw new Error(`the service still has ${stack.stackId}`);
  });

/** Exceptions in Heat's log, beside that of a resource that is to fail. */
const tracebacks = async (): Promise<string[]> =>
  (await heat.tracebacks()).filter((line) => !line.includes('Test Resource failed'));

describe('one worker killed, then all engines; new ones started', () => {
  let lost: StackRow[];

  test('without the bridge: every operation stays IN_PROGRESS after its deadline', async () => {
    await Promise.all(Array.from({ length: 8 }, (_, n) => stacks.createSlow(`worker-${n}`)));
    await stacks.worksOn('worker');
    const ofWorkers = await stacks.unfinished('worker');
    await heat.killWorker();
    // All others are to be in the middle of their work when the rest is killed.
    await until(lastDeadline(ofWorkers) - MANY_MS);
    await stacks.createMany('many', MANY);
    await until(lastDeadline(ofWorkers) + AFTER_DEADLINE_MS);
    // Heat itself has ended those of the living worker.
    const ofDeadWorker = await stacks.unfinished('worker');
    expect(ofDeadWorker.length).toBeGreaterThan(0);
    expect(ofDeadWorker.length).toBeLessThan(ofWorkers.length);
    await stacks.startEach('lost');

    await replaceEngines();
    lost = await stacks.unfinished('worker', 'many', 'lost');
    console.log(`lost: ${lost.length}, ${ofDeadWorker.length} of them with one worker`);
    expect(lost.length).toBeGreaterThan(Object.keys(KINDS).length + MANY / 2);
    await until(lastDeadline(lost) + AFTER_DEADLINE_MS);
    expect(await stacks.unfinished('worker', 'many', 'lost')).toEqual(lost);
  });

  test('a dry run ends nothing', async () => {
    const one = bridge('--dry-run');
    const reported = () => one.log.filter(({ message }) => message === 'would end an overdue operation');
    await eventually(async () => expect(reported().length).toBeGreaterThanOrEqual(lost.length));
    expect(await stacks.unfinished('worker', 'many', 'lost')).toEqual(lost);
    expect(await one.stop()).toBe(0);
  });

  test('a bridge that comes later finds them and ends them', async () => {
    const one = bridge();
    const started = Date.now();
    await endsOf(lost, 120_000);
    console.log(`${lost.length} operations ended ${secondsSince(started)} s after the bridge came`);
    await expectEnds('lost');
    await expectNothingLeft();
    expect(await one.stop()).toBe(0);
    expect(await tracebacks()).toEqual([]);
  });
});

describe('all engines killed, and new ones started before the deadline', () => {
  test('two bridges: every operation ends on time, never early; users may interfere', async () => {
    bridge();
    bridge();
    await Promise.all([
      stacks.startEach('kept'),
      ...['cancelled', 'deleted'].map((name) => stacks.createSlow(`user-${name}`)),
    ]);
    await stacks.worksOn('user');
    const kept = await stacks.unfinished('kept');
    const users = await stacks.unfinished('user');
    await replaceEngines();
    const interfere = async () => {
      await until(lastDeadline(users) + 1000);
      await stacks.delete('user-deleted');
      await until(lastDeadline(users) + GRACE_SECONDS * 1000);
      // The bridge may be faster: then Heat refuses.
      await stacks.cancel('user-cancelled').catch(() => {});
    };
    const [seconds] = await Promise.all([endsOf([...kept, ...users], 180_000), interfere()]);
    console.table(seconds);
    // The row tells whole seconds.
    for (const { name } of kept) {
      expect(seconds[name]).toBeGreaterThan(GRACE_SECONDS - 1);
      expect(seconds[name]).toBeLessThan(GRACE_SECONDS + LATE_SECONDS);
    }
    await expectEnds('kept');
    expect(await stacks.row('user-cancelled')).toMatchObject({ state: 'CREATE_FAILED' });
    await expectNothingLeft();
    expect(await tracebacks()).toEqual([]);
  });
});

describe('no engine ever', () => {
  test('SQL ends every operation', async () => {
    bridge('--force-after', String(FORCE_SECONDS));
    await stacks.startEach('forced');
    const forced = await stacks.unfinished('forced');
    heat.killEngines();
    const seconds = await endsOf(forced, 120_000);
    console.table(seconds);
    for (const { name, state } of forced) {
      const ended = { state: state.replace('IN_PROGRESS', 'FAILED'), reason: 'Timed out' };
      expect(await stacks.row(name)).toMatchObject(ended);
      expect(seconds[name]).toBeGreaterThan(GRACE_SECONDS + FORCE_SECONDS - 1);
      expect(seconds[name]).toBeLessThan(GRACE_SECONDS + FORCE_SECONDS + LATE_SECONDS);
    }
    await expectNothingLeft();
    await heat.startEngines();
  });
});

describe('engines, broker, database, service and bridges die again and again', () => {
  test('20 dependent resources are created; what takes too long ends after its deadline', async () => {
    await heat.startEngines();
    const crashing = [0, 1].map(() => startCrashingBridge((onLine) => startedBridge(['--recover'], onLine)));
    try {
      await Promise.all([
        stacks.createChain('chain'),
        // No nested stack: without Keystone, Heat cannot resume its owner. No UPDATE: when Heat does it
        // again, it has nothing left to do, and completes.
        ...['create', 'chain', 'wait-condition'].map((kind) => KINDS[kind]?.start(stacks, `storm-${kind}`)),
      ]);
      await stacks.worksOn('storm');
      const slow = await stacks.unfinished('storm');
      expect(slow.length).toBeGreaterThanOrEqual(3);
      for (let n = 0; n < 2; n++) {
        await replaceEngines();
        await sleep(5000);
      }
      heat.killEngines();
      heat.killBroker();
      heat.killDatabase();
      await proxy.cut();
      await sleep(5000);
      await proxy.mend();
      await Promise.all([heat.startDatabase(), heat.startBroker()]);
      await heat.startEngines();
      // Time to resume.
      await sleep(12_000);
      heat.killEngines();
      await until(lastDeadline(slow) + 5000);
      await heat.startEngines();
      await Promise.all(crashing.map((one) => one.stop()));
      console.log(`bridges killed: ${crashing.map(({ kills }) => kills).join(' and ')} times`);
      const last = bridge('--recover');
      const start = Date.now();
      await endsOf(slow, 60_000);
      console.log(`all ended ${secondsSince(start)} s after engines and a bridge were back`);
      for (const { name } of slow) expect(await stacks.row(name)).toMatchObject({ reason: 'Timed out' });
      await stacks.reaches('chain', 'CREATE_COMPLETE', 150_000);
      await expectNothingLeft();
      expect(await last.stop()).toBe(0);
    } finally {
      await Promise.all(crashing.map((one) => one.stop()));
    }
  });
});

describe('afterwards', () => {
  test('each stack can be updated and deleted', async () => {
    bridge();
    await stacks.updateAndDelete(200_000);
    await expectNothingLeft();
  });

  test('a database of another release is refused', async () => {
    await heat.sql(
      `CREATE DATABASE other; CREATE TABLE other.alembic_version (version_num VARCHAR(32));
       INSERT INTO other.alembic_version VALUES ('newer'); GRANT ALL ON other.* TO heat@'127.0.0.1'`,
    );
    const other = { ...heat, databaseUrl: heat.databaseUrl.replace(/heat$/, 'other') };
    const { process, log } = startBridge(other, outputs, queueUrl, OPTIONS);
    await eventually(async () => expect(process.exitCode).toBe(3));
    expect(log.at(-1)?.message).toBe('cannot run');
  });
});
