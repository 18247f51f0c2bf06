/** What Heat's database says of its stacks. */
import type { Heat } from './heat.ts';

export interface StackRow {
  readonly id: string;
  readonly name: string;
  /** Such as `CREATE_IN_PROGRESS`. */
  readonly state: string;
  readonly reason: string;
  /** The stack that it is nested in. */
  readonly ownerId: string | undefined;
  /** When the operation began, in milliseconds since 1970: a whole second. */
  readonly began: number;
}

type Database = Pick<Heat, 'sql'>;

export async function stackRows({ sql }: Database): Promise<StackRow[]> {
  const rows = await sql(
    `SELECT id, name, CONCAT(action, '_', status), status_reason, COALESCE(owner_id, ''),
      TIMESTAMPDIFF(SECOND, '1970-01-01', COALESCE(updated_at, created_at))
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
}

/** How many stacks have a resource that an engine holds. */
export async function stacksWithEngine({ sql }: Database): Promise<number> {
  const [[count] = []] = await sql(
    'SELECT COUNT(DISTINCT stack_id) FROM resource WHERE engine_id IS NOT NULL',
  );
  return Number(count);
}
