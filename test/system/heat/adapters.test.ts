/** The adapters of heat-bridge on a real Heat: its database, and its broker. */
import { once } from 'node:events';
import { createServer } from 'node:net';
import { connect } from 'amqplib';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { amqpBroker, type BrokerOptions } from '../../../heat-bridge/adapters/amqp.ts';
import { mysqlDatabase } from '../../../heat-bridge/adapters/mysql.ts';
import { pokeOf } from '../../../heat-bridge/domain/end.ts';
import { type HeatStack, nodeKey } from '../../../heat-bridge/domain/heat.ts';
import type { HeatDatabase } from '../../../heat-bridge/ports.ts';
import { eventually } from '../../../local/eventually.ts';
import { HOME } from '../../../local/heat/debian.ts';
import { type Heat, startHeat } from '../../../local/heat/heat.ts';
import { proxyTo } from '../../support/proxy.ts';
import { type Stacks, slow, stacksOf } from './support/stacks.ts';

const UNKNOWN_STACK = '00000000-0000-0000-0000-000000000000';
/** For an engine, on a busy machine. */
const PATIENCE = { within: 120_000 };

let heat: Heat;
let stacks: Stacks;
let database: HeatDatabase;

beforeAll(async () => {
  const folders = { folder: `${HOME}/adapters`, logs: `${HOME}/adapters-log` };
  heat = await startHeat(new AbortController().signal, folders);
  stacks = stacksOf(heat);
  database = mysqlDatabase(heat.databaseUrl);
}, 600_000);

afterAll(() => heat?.stop());

/** A stack that an engine works on until it is deleted. */
async function stackInProgress(name: string): Promise<HeatStack> {
  await stacks.create(name, { only: slow('create', 3000) }, { timeout_mins: 60 });
  await stacks.worksOn(name);
  const { id } = await stacks.row(name);
  const [found] = await database.stacks([id]);
  return found as HeatStack;
}

/** The URL of the same server, by another way. */
function through(url: string, endpoint: string): string {
  const { host } = new URL(endpoint);
  return Object.assign(new URL(url), { host }).href;
}

describe('the database', () => {
  test('tells the time, and the release of Heat', async () => {
    expect(Math.abs((await database.now()) - Date.now())).toBeLessThan(60_000);
    await database.checkTables();
  });

  test('tells of a stack: its row, its resources and steps, and the engines', async () => {
    const stack = await stackInProgress('seen');
    expect(stack).toMatchObject({
      name: 'seen',
      ownerId: null,
      action: 'CREATE',
      status: 'IN_PROGRESS',
      timeoutMinutes: 60,
      disableRollback: true,
      deletedAt: null,
    });
    expect(Math.abs(stack.createdAt - Date.now())).toBeLessThan(120_000);
    expect(await database.stacksInProgress()).toContainEqual(stack);

    const { resources, nodes, edges, reportedToStack, ...view } = await database.view(stack.id);
    expect(view.stack).toEqual(stack);
    expect(resources).toMatchObject([{ status: 'IN_PROGRESS', replaces: null }]);
    const [{ id = 0, engineId } = {}] = resources;
    expect(view.engines).toContainEqual(expect.objectContaining({ engineId, stopped: false }));
    expect(nodes).toMatchObject([{ resourceId: id, isUpdate: true, reported: [] }]);
    expect([edges, reportedToStack]).toEqual([[], []]);
    expect((await database.view(UNKNOWN_STACK)).stack).toBeUndefined();
  });

  test('tells which step waits for which, and what has reported', async () => {
    await stacks.createChain('steps');
    const { id } = await stacks.row('steps');
    await eventually(async () => {
      const { nodes, edges } = await database.view(id);
      expect(edges).toHaveLength(19);
      const keys = nodes.map(({ resourceId, isUpdate }) => nodeKey(resourceId, isUpdate));
      expect(keys).toEqual(expect.arrayContaining(edges.flat()));
      const reported = nodes.flatMap((node) => node.reported);
      expect(reported.length).toBeGreaterThan(1);
      for (const one of reported) expect(edges.map(([, on]) => on)).toContain(one);
    }, PATIENCE);
  });

  test('tells whose engine is lost', async () => {
    const { id } = await stackInProgress('held');
    const now = await database.now();
    expect(await database.stacksWithoutEngine(now - 60_000)).not.toContain(id);
    expect(await database.hasLivingEngine(60)).toBe(true);
    expect(await database.hasLivingEngine(-3600)).toBe(false);
    // As if no engine had reported for an hour.
    expect(await database.stacksWithoutEngine(now + 3_600_000)).toContain(id);
  });

  test('lets one bridge resume, and the next one when its connection is lost', async () => {
    const proxy = await proxyTo(heat.databaseUrl);
    const first = mysqlDatabase(through(heat.databaseUrl, proxy.endpoint));
    const second = mysqlDatabase(heat.databaseUrl);
    const before = await database.now();
    const since = await first.resumesSince();
    expect(since).toBeGreaterThanOrEqual(before);
    expect(await second.resumesSince()).toBeUndefined();
    expect(await first.resumesSince()).toBe(since);
    await proxy.cut();
    const cut = await database.now();
    await eventually(async () => expect(await second.resumesSince()).toBeGreaterThanOrEqual(cut), PATIENCE);
    await expect(first.resumesSince()).rejects.toThrow();
    await proxy.mend();
    expect(await first.resumesSince()).toBeUndefined();
  });

  test('ends the operation that is named, once, and frees its resources', async () => {
    const { id, traversal } = await stackInProgress('forced');
    const before = await database.view(id);
    expect(await database.forceEnd(id, 'another')).toBe(false);
    expect(await database.view(id)).toMatchObject({ stack: before.stack, resources: before.resources });
    expect(await database.forceEnd(id, traversal)).toBe(true);
    const after = await database.view(id);
    expect(after.stack).toMatchObject({ status: 'FAILED', statusReason: 'Timed out', traversal: '' });
    expect(after.resources).toMatchObject([{ status: 'FAILED', engineId: null }]);
    expect(after.nodes).toEqual([]);
    expect(await database.forceEnd(id, traversal)).toBe(false);
  });

  test('that takes a connection and says nothing is given up', async () => {
    const silent = createServer(() => {}).listen(0, '127.0.0.1');
    await once(silent, 'listening');
    const { port } = silent.address() as { port: number };
    const lost = mysqlDatabase(through(heat.databaseUrl, `http://127.0.0.1:${port}`));
    await expect(lost.now()).rejects.toThrow();
    silent.close();
  });

  test('whose answer is lost: the call fails, the next one has a new connection', async () => {
    const proxy = await proxyTo(heat.databaseUrl);
    const one = mysqlDatabase(through(heat.databaseUrl, proxy.endpoint));
    await one.now();
    proxy.dropData();
    await expect(one.now()).rejects.toThrow('no answer within');
    expect(await one.now()).toBeGreaterThan(0);
  });
});

describe('the broker', () => {
  const stopping = new AbortController();
  const running: Promise<void>[] = [];
  afterAll(async () => {
    stopping.abort();
    await Promise.all(running);
  });

  /** Runs until the signal fires: at the end of the tests. */
  async function connected(options: Partial<BrokerOptions> = {}, signal = stopping.signal) {
    const broker = amqpBroker({
      url: heat.brokerUrl,
      exchange: 'heat',
      topics: ['notifications'],
      log: () => {},
      onNotification: async () => {},
      onConnected: () => {},
      ...options,
    });
    const ended = broker.run(signal);
    running.push(ended);
    await eventually(async () => expect(broker.isConnected()).toBe(true), PATIENCE);
    return { ...broker, ended };
  }

  test("delivers Heat's notifications; one that was not taken comes again", async () => {
    const own = new AbortController();
    const seen: string[] = [];
    const onNotification = async (body: string) => {
      seen.push(body);
      if (seen.length === 1) throw new Error('not now');
    };
    const broker = await connected({ onNotification }, own.signal);
    await stacks.createSlow('told');
    await eventually(async () => {
      expect(seen.filter((body) => body.includes('orchestration.stack.create.start'))).not.toEqual([]);
      expect(seen.slice(1)).toContain(seen[0]);
    }, PATIENCE);
    own.abort();
    await broker.ended;
    expect(broker.isConnected()).toBe(false);
  });

  test('keeps a step for the next engine, and counts it', async () => {
    const broker = await connected();
    const stack = await stackInProgress('poked');
    const { resources, nodes } = await database.view(stack.id);
    const [resource] = resources;
    // No other step is to wait.
    await stacks.reaches('steps', 'CREATE_COMPLETE', PATIENCE.within);
    await eventually(async () => expect(await broker.waitingSteps()).toBe(0), PATIENCE);
    heat.killEngines();
    await broker.poke(stack, pokeOf(stack, resource?.id ?? 0, true, nodes[0]?.data));
    // The broker may give it to an engine that it does not yet know to be dead.
    await eventually(async () => expect(await broker.waitingSteps()).toBe(1), PATIENCE);
    await heat.startEngines();
    await eventually(async () => expect(await broker.waitingSteps()).toBe(0), PATIENCE);
    // An engine does the step again: Heat makes another resource in its place.
    await eventually(async () => {
      const { resources: now } = await database.view(stack.id);
      expect(now).toContainEqual({ ...now.at(-1), replaces: resource?.id, engineId: expect.any(String) });
    }, PATIENCE);
  });

  test('cancels whatever operation the stack is in', async () => {
    const broker = await connected();
    const stack = await stackInProgress('cancelled');
    await broker.cancel(stack, false);
    const { reason } = await stacks.reaches('cancelled', 'CREATE_FAILED', PATIENCE.within);
    expect(reason).toBe('Stack CREATE cancelled');
  });

  test('refuses a message that no queue takes', async () => {
    const model = await connect(heat.brokerUrl);
    const channel = await model.createChannel();
    await channel.assertExchange('without-engines', 'topic', { durable: false, autoDelete: false });
    await model.close();
    const broker = await connected({ exchange: 'without-engines' });
    const stack = await stackInProgress('nobody');
    await expect(broker.cancel(stack, false)).rejects.toThrow('no engine has ever listened to engine');
  });

  test('that confirms nothing: the call fails; the connection is lost, and another one is made', async () => {
    const proxy = await proxyTo(heat.brokerUrl);
    let connections = 0;
    const broker = await connected({
      url: through(heat.brokerUrl, proxy.endpoint),
      onConnected: () => {
        connections += 1;
      },
    });
    const stack = await stackInProgress('unconfirmed');
    proxy.dropData();
    await expect(broker.cancel(stack, false)).rejects.toThrow('no answer within');
    await eventually(async () => expect(connections).toBe(2), PATIENCE);
    await broker.cancel(stack, false);
    const { reason } = await stacks.reaches('unconfirmed', 'CREATE_FAILED', PATIENCE.within);
    expect(reason).toBe('Stack CREATE cancelled');
  });
});
