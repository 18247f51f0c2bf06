/** Operations of Heat that take far longer than their timeout of a minute. */
import { eventually } from '../../../support/eventually.ts';
import type { Heat } from './heat.ts';

export const TIMEOUT_MS = 60_000;
const TOO_LONG = 150;

type Properties = Readonly<Record<string, unknown>>;
type Resources = Readonly<Record<string, unknown>>;

const template = (resources: Resources) => ({ heat_template_version: '2018-08-31', resources });
const test = (properties: Properties) => ({ type: 'OS::Heat::TestResource', properties });
const group = (count: number, resource_def: unknown) => ({
  type: 'OS::Heat::ResourceGroup',
  properties: { count, resource_def },
});

/** Each resource needs the one before it. */
export const chain = (length: number, seconds: number): Resources =>
  Object.fromEntries(
    Array.from({ length }, (_, i) => {
      const value = i === 0 ? 'first' : { get_attr: [`r${i - 1}`, 'output'] };
      return [`r${i}`, test({ wait_secs: seconds, value })];
    }),
  );

const slow = (action: 'create' | 'update' | 'delete', value = 'old') =>
  ({ only: test({ value, action_wait_secs: { [action]: TOO_LONG } }) }) as const;

export interface StackRow {
  readonly id: string;
  readonly name: string;
  readonly state: string;
  readonly reason: string;
  readonly ownerId: string | undefined;
  /** When the operation began. */
  readonly began: number;
}

export function stacksOf(heat: Heat) {
  const create = async (name: string, resources: Resources, options: object = {}): Promise<string> => {
    const body = { stack_name: name, template: template(resources), timeout_mins: 1, disable_rollback: true };
    const { stack } = await heat.api<{ stack: { id: string } }>('POST', '/stacks', { ...body, ...options });
    return stack.id;
  };
  const all = async (): Promise<StackRow[]> => {
    const rows = await heat.sql(
      `SELECT id, name, CONCAT(action, '_', status), status_reason, COALESCE(owner_id, ''),
        UNIX_TIMESTAMP(CONVERT_TZ(COALESCE(updated_at, created_at), '+00:00', @@session.time_zone))
       FROM stack WHERE deleted_at IS NULL`,
    );
    return rows.map(([id = '', name = '', state = '', reason = '', owner, began]) => ({
      id,
      name,
      state,
      reason,
      ownerId: owner || undefined,
      began: Number(began) * 1000,
    }));
  };
  const row = async (name: string): Promise<StackRow> => {
    const found = (await all()).find((one) => one.name === name);
    if (found === undefined) throw new Error(`there is no stack ${name}`);
    return found;
  };
  const reaches = (name: string, state: string, within = 30_000): Promise<StackRow> =>
    eventually(
      async () => {
        const found = await row(name);
        if (found.state !== state) throw new Error(`${name} is ${found.state}: ${found.reason}`);
        return found;
      },
      { within, every: 250 },
    );
  const change = async (name: string, disableRollback: boolean) => {
    const id = await create(name, slow('update', 'old'), { disable_rollback: disableRollback });
    await reaches(name, 'CREATE_COMPLETE');
    const body = {
      template: template(slow('update', 'new')),
      timeout_mins: 1,
      disable_rollback: disableRollback,
    };
    await heat.api('PUT', `/stacks/${name}/${id}`, body);
    await reaches(name, 'UPDATE_IN_PROGRESS');
  };

  return {
    create,
    all,
    row,
    reaches,
    /** Starts one operation of each kind, and waits until a resource of each is worked on. */
    async startEach(prefix: string): Promise<void> {
      await Promise.all([
        create(`${prefix}-create`, slow('create')),
        create(`${prefix}-chain`, chain(20, 4)),
        create(`${prefix}-create-rollback`, slow('create'), { disable_rollback: false }),
        create(`${prefix}-nested`, { outer: group(1, group(2, slow('create').only)) }),
        change(`${prefix}-update`, true),
        change(`${prefix}-update-rollback`, false),
        (async () => {
          const id = await create(`${prefix}-delete`, slow('delete'));
          await reaches(`${prefix}-delete`, 'CREATE_COMPLETE');
          await heat.api('DELETE', `/stacks/${prefix}-delete/${id}`);
          await reaches(`${prefix}-delete`, 'DELETE_IN_PROGRESS');
        })(),
      ]);
      await eventually(async () => {
        const [[held]] = (await heat.sql(
          'SELECT COUNT(DISTINCT stack_id) FROM resource WHERE engine_id IS NOT NULL',
        )) as [[string]];
        if (Number(held) < 9) throw new Error(`only ${held} stacks are worked on`);
      });
    },
    /**
     * Deletes all stacks, and waits until they are gone; not those whose deletion takes too long.
     * Heat waits so long for the dead engine of each nested stack that the deletion of their owner
     * may time out, too: then it is asked for again.
     */
    async deleteAll(within: number): Promise<void> {
      const asked = new Map<string, string>();
      await eventually(
        async () => {
          const left = (await all()).filter(({ name }) => !name.endsWith('-delete'));
          for (const { id, name, state, ownerId } of left) {
            if (ownerId !== undefined || state === 'DELETE_IN_PROGRESS' || asked.get(id) === state) continue;
            asked.set(id, state);
            await heat.api('DELETE', `/stacks/${name}/${id}`);
          }
          if (left.length > 0)
            throw new Error(left.map(({ name, state }) => `${name} is ${state}`).join(', '));
        },
        { within, every: 500 },
      );
    },
  };
}
