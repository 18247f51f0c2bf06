/** Operations of Heat whose work is lost with the engines, or takes longer than their timeout. */
import pMap from 'p-map';
import { eventually } from '../../../../local/eventually.ts';
import type { Heat } from '../../../../local/heat/heat.ts';
import { type StackRow, stackRows } from '../../../../local/heat/stack-rows.ts';

/** Heat's least timeout: a minute. */
export const TIMEOUT_MS = 60_000;
const TOO_LONG = 150;
/** Longer than it takes until the engines are killed; short enough to be done again within a timeout. */
const LONG = 30;

type Properties = Readonly<Record<string, unknown>>;
type Resources = Readonly<Record<string, unknown>>;

const template = (resources: Resources) => ({ heat_template_version: '2018-08-31', resources });
const test = (properties: Properties, more: object = {}) => ({
  type: 'OS::Heat::TestResource',
  properties,
  ...more,
});
/** A resource that takes so many seconds. */
export const slow = (action: 'create' | 'update' | 'delete', seconds: number, value = 'old') =>
  test({ value, action_wait_secs: { [action]: seconds } });
const group = (count: number, resource_def: unknown) => ({
  type: 'OS::Heat::ResourceGroup',
  properties: { count, resource_def },
});
/** Each resource needs the one before it. */
const chain = (length: number, seconds: number): Resources =>
  Object.fromEntries(
    Array.from({ length }, (_, i) => {
      const value = i === 0 ? 'first' : { get_attr: [`r${i - 1}`, 'output'] };
      return [`r${i}`, test({ value, action_wait_secs: { create: seconds } })];
    }),
  );
/** Nobody ever signals. */
const waitCondition: Resources = {
  handle: { type: 'OS::Heat::WaitConditionHandle', properties: { signal_transport: 'HEAT_SIGNAL' } },
  wait: {
    type: 'OS::Heat::WaitCondition',
    properties: { handle: { get_resource: 'handle' }, timeout: 600 },
  },
};

/** An operation to lose, and how it is to end. */
interface Kind {
  start(stacks: Stacks, name: string): Promise<unknown>;
  readonly state: string;
  readonly reason: string;
}
const timedOut = (action: string) => ({ state: `${action}_FAILED`, reason: 'Timed out' });

export const KINDS: Readonly<Record<string, Kind>> = {
  create: {
    start: ({ create }, name) => create(name, { only: slow('create', TOO_LONG) }),
    ...timedOut('CREATE'),
  },
  chain: { start: ({ create }, name) => create(name, chain(20, 4)), ...timedOut('CREATE') },
  nested: {
    start: ({ create }, name) => create(name, { outer: group(1, group(2, slow('create', TOO_LONG))) }),
    ...timedOut('CREATE'),
  },
  'wait-condition': { start: ({ create }, name) => create(name, waitCondition), ...timedOut('CREATE') },
  'create-rollback': {
    start: ({ create }, name) =>
      create(name, { only: slow('create', TOO_LONG) }, { disable_rollback: false }),
    // Heat has no rollback of a CREATE that was cancelled.
    state: 'CREATE_FAILED',
    reason: 'Stack CREATE cancelled',
  },
  update: {
    async start(stacks, name) {
      await stacks.created(name, { only: slow('update', TOO_LONG) });
      await stacks.update(name, { only: slow('update', TOO_LONG, 'new') });
    },
    ...timedOut('UPDATE'),
  },
  'update-over-update': {
    async start(stacks, name) {
      await stacks.created(name, { only: slow('update', TOO_LONG) });
      await stacks.update(name, { only: slow('update', TOO_LONG, 'new') });
      await stacks.worksOn(name);
      await stacks.update(name, { only: slow('update', TOO_LONG, 'newer') });
    },
    ...timedOut('UPDATE'),
  },
  'update-rollback': {
    async start(stacks, name) {
      await stacks.created(name, { only: slow('update', TOO_LONG) });
      await stacks.update(name, { only: slow('update', TOO_LONG, 'new') }, { disable_rollback: false });
    },
    state: 'ROLLBACK_COMPLETE',
    reason: 'Stack ROLLBACK completed successfully',
  },
  rollback: {
    async start(stacks, name) {
      const before = { only: slow('create', 0) };
      await stacks.created(name, before);
      const broken = test({ fail: true }, { depends_on: 'extra' });
      const after = { ...before, extra: slow('delete', LONG), broken };
      await stacks.update(name, after, { disable_rollback: false });
      await stacks.reaches(name, 'ROLLBACK_IN_PROGRESS');
    },
    ...timedOut('ROLLBACK'),
  },
  delete: {
    async start(stacks, name) {
      await stacks.created(name, { only: slow('delete', LONG) });
      await stacks.delete(name);
    },
    ...timedOut('DELETE'),
  },
};

export type Stacks = ReturnType<typeof stacksOf>;

export function stacksOf(heat: Heat) {
  const all = () => stackRows(heat);
  const row = async (name: string): Promise<StackRow> => {
    const found = (await all()).find((one) => one.name === name);
    if (found === undefined) throw new Error(`there is no stack ${name}`);
    return found;
  };
  const reaches = (name: string, state: string, within = 60_000): Promise<StackRow> =>
    eventually(
      async () => {
        const found = await row(name);
        if (found.state !== state) throw new Error(`${name} is ${found.state}: ${found.reason}`);
        return found;
      },
      { within, every: 250 },
    );
  const create = async (name: string, resources: Resources, options: object = {}): Promise<void> => {
    const body = { stack_name: name, template: template(resources), timeout_mins: 1, disable_rollback: true };
    await heat.api('POST', '/stacks', { ...body, ...options });
  };
  const path = async (name: string) => `/stacks/${name}/${(await row(name)).id}`;
  /** What is IN_PROGRESS, and waits for no engine. */
  const unattended = async (prefix: string): Promise<string[]> => {
    const rows = await heat.sql(
      `SELECT name FROM stack WHERE name LIKE '${prefix}%' AND status = 'IN_PROGRESS' AND deleted_at IS NULL
        AND NOT EXISTS (SELECT 1 FROM resource WHERE stack_id = stack.id AND engine_id IS NOT NULL)`,
    );
    return rows.map(([name = '']) => name);
  };

  return {
    all,
    row,
    reaches,
    create,
    /** Creates a stack, and waits until it is there. */
    async created(name: string, resources: Resources): Promise<void> {
      await create(name, resources);
      await reaches(name, 'CREATE_COMPLETE');
    },
    async update(name: string, resources: Resources, options: object = {}): Promise<void> {
      const body = { template: template(resources), timeout_mins: 1, disable_rollback: true, ...options };
      await heat.api('PUT', await path(name), body);
    },
    async delete(name: string): Promise<void> {
      await heat.api('DELETE', await path(name));
    },
    async cancel(name: string): Promise<void> {
      await heat.api('POST', `${await path(name)}/actions`, { cancel_without_rollback: null });
    },
    /** Waits until an engine works on each operation of these stacks. */
    async worksOn(prefix: string): Promise<void> {
      await eventually(
        async () => {
          const found = await unattended(prefix);
          if (found.length > 0) throw new Error(`nobody works on ${found.join(', ')}`);
        },
        { within: 60_000 },
      );
    },
    /** Operations of these stacks that have not ended. */
    async unfinished(...prefixes: string[]): Promise<StackRow[]> {
      return (await all()).filter(
        ({ name, state }) =>
          state.endsWith('_IN_PROGRESS') && prefixes.some((prefix) => name.startsWith(prefix)),
      );
    },
    /** Starts one operation of each kind, and waits until an engine works on each. */
    async startEach(prefix: string): Promise<void> {
      await Promise.all(Object.entries(KINDS).map(([kind, { start }]) => start(this, `${prefix}-${kind}`)));
      // The nested stacks, too.
      await eventually(async () => {
        const nested = (await all()).filter(({ name }) => name.startsWith(`${prefix}-nested`));
        if (nested.length < 3) throw new Error('the nested stacks are not there yet');
      });
      await this.worksOn(prefix);
    },
    /** A stack whose creation takes too long. */
    createSlow: (name: string) => create(name, { only: slow('create', TOO_LONG) }),
    /** As many, at once. */
    async createMany(prefix: string, count: number): Promise<void> {
      const names = Array.from({ length: count }, (_, n) => `${prefix}-${n}`);
      await pMap(names, (name) => this.createSlow(name), { concurrency: 10 });
      await this.worksOn(prefix);
    },
    /** 20 dependent resources. */
    createChain: (name: string) => create(name, chain(20, 1), { timeout_mins: 10 }),
    /** Updates what can be updated, then deletes all of it, and waits until it is gone. */
    async updateAndDelete(within: number): Promise<void> {
      const roots = (await all()).filter(({ ownerId }) => ownerId === undefined);
      const updatable = roots.filter(
        ({ name, state }) => !state.startsWith('DELETE') && !name.startsWith('many'),
      );
      const quick = { other: slow('create', 0) };
      const ask = (rows: readonly StackRow[], what: (name: string) => Promise<void>) =>
        pMap(rows, ({ name }) => what(name), { concurrency: 8 });
      await ask(updatable, (name) => this.update(name, quick, { timeout_mins: 5 }));
      await ask(
        roots.filter((one) => !updatable.includes(one)),
        (name) => this.delete(name),
      );
      for (const { name } of updatable) await reaches(name, 'UPDATE_COMPLETE', within);
      await ask(updatable, (name) => this.delete(name));
      const again = new Set<string>();
      await eventually(
        async () => {
          const left = await all();
          if (left.length === 0) return;
          // Heat waits 20 s for a dead engine: on a busy machine, a slow deletion may time out itself.
          for (const { name, state, began, ownerId } of left) {
            const attempt = `${name} ${began}`;
            if (ownerId !== undefined || state !== 'DELETE_FAILED' || again.has(attempt)) continue;
            again.add(attempt);
            await this.delete(name);
          }
          throw new Error(left.map(({ name, state, reason }) => `${name} is ${state}: ${reason}`).join(', '));
        },
        { within, every: 500 },
      );
    },
  };
}
