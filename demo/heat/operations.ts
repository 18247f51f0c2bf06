/** The operations that both Heats are asked for. Each takes far longer than its timeout. */

/** A minute is Heat's least. */
const TIMEOUT_MINUTES = 1;
export const TIMEOUT_MS = TIMEOUT_MINUTES * 60_000;
const TOO_LONG_SECONDS = 3600;

/** What this needs of a Heat. */
export interface HeatApi {
  api<T>(method: string, path: string, body?: unknown): Promise<T>;
}

export interface HeatOperation {
  readonly stack: string;
  readonly action: 'CREATE' | 'UPDATE' | 'DELETE';
  readonly rollback: boolean;
  /** What Heat is to say once the timeout has passed. */
  readonly end: { readonly state: string; readonly reason: string };
}

const timedOut = (action: string) => ({ state: `${action}_FAILED`, reason: 'Timed out' });
const rolledBack = { state: 'ROLLBACK_COMPLETE', reason: 'Stack ROLLBACK completed successfully' };

export const OPERATIONS: readonly HeatOperation[] = [
  { stack: 'web', action: 'CREATE', rollback: false, end: timedOut('CREATE') },
  { stack: 'database', action: 'UPDATE', rollback: true, end: rolledBack },
  { stack: 'archive', action: 'DELETE', rollback: false, end: timedOut('DELETE') },
];

/** One resource of a type that Heat has for its own tests. It waits, and does nothing else. */
const template = (value: string, waits: Readonly<Record<string, number>>) => ({
  heat_template_version: '2018-08-31',
  resources: {
    server: { type: 'OS::Heat::TestResource', properties: { value, action_wait_secs: waits } },
  },
});

interface Created {
  readonly stack: { readonly id: string };
}

async function create(heat: HeatApi, stack: string, template: object, rollback: boolean): Promise<string> {
  const body = { stack_name: stack, template, timeout_mins: TIMEOUT_MINUTES, disable_rollback: !rollback };
  return (await heat.api<Created>('POST', '/stacks', body)).stack.id;
}

/** Creates a stack that needs no time. */
export const createQuickly = (heat: HeatApi, stack: string): Promise<string> =>
  create(heat, stack, template('old', {}), false);

/** Makes what the operation needs, if anything. Its creation needs no time. */
export async function prepare(heat: HeatApi, { stack, action, rollback }: HeatOperation): Promise<string> {
  if (action === 'CREATE') return '';
  return create(heat, stack, template('old', { [action.toLowerCase()]: TOO_LONG_SECONDS }), rollback);
}

/** @param id what `prepare` resolved with. */
export async function begin(heat: HeatApi, operation: HeatOperation, id: string): Promise<void> {
  const { stack, action, rollback } = operation;
  const slow = template('new', { [action.toLowerCase()]: TOO_LONG_SECONDS });
  if (action === 'CREATE') await create(heat, stack, slow, rollback);
  else if (action === 'DELETE') await heat.api('DELETE', `/stacks/${stack}/${id}`);
  else {
    const body = { template: slow, timeout_mins: TIMEOUT_MINUTES, disable_rollback: !rollback };
    await heat.api('PUT', `/stacks/${stack}/${id}`, body);
  }
}
