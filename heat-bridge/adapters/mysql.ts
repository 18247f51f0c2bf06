/** Heat's database, on MySQL or MariaDB. */
import { type Connection, createPool, type PoolConnection, type RowDataPacket } from 'mysql2/promise';
import { edgesOf, parseToSendOn, reportedOf } from '../domain/graph.ts';
import type { HeatEngine, HeatNode, HeatResource, HeatStack, HeatView } from '../domain/heat.ts';
import { type HeatDatabase, UnknownHeat } from '../ports.ts';
import { within } from './within.ts';

/** The last migrations of Heat 27.0. */
const REVISIONS = ['97b2a986f922'];
/** Of the server's locks: one for each Heat. */
const LOCK = "CONCAT(DATABASE(), '.heat-bridge')";
const CONNECT_TIMEOUT_MS = 10_000;

/** Heat stores UTC without saying so. */
const ms = (column: string, name = column): string =>
  `CAST(TIMESTAMPDIFF(MICROSECOND, '1970-01-01', ${column}) DIV 1000 AS SIGNED) AS \`${name}\``;
const STACK = `id, tenant, name, owner_id, action, status, status_reason, timeout, current_traversal, disable_rollback,
  ${ms('created_at')}, ${ms('updated_at')}, ${ms('deleted_at')}`;
/** `isInProgress`, of stacks that Heat works on step by step: other ones keep no traversal. */
const IN_PROGRESS =
  "stack.status = 'IN_PROGRESS' AND stack.convergence = 1 AND stack.deleted_at IS NULL AND stack.current_traversal <> ''";

type Row = RowDataPacket;

export function mysqlDatabase(url: string): HeatDatabase {
  const pool = createPool({ uri: url, connectionLimit: 4, connectTimeout: CONNECT_TIMEOUT_MS });
  let leader: { readonly connection: PoolConnection; since: number | undefined } | undefined;
  const connect = async (): Promise<PoolConnection> => {
    const connecting = pool.getConnection();
    return within(connecting).catch((error) => {
      connecting.then((late) => late.release()).catch(() => {});
      throw error;
    });
  };
  /** A connection that does not answer is given up: the pool makes a new one. */
  const onConnection = async <T>(work: (connection: Connection) => Promise<T>): Promise<T> => {
    const connection = await connect();
    try {
      const result = await within(work(connection));
      connection.release();
      return result;
    } catch (error) {
      connection.destroy();
      throw error;
    }
  };
  const rows = async (sql: string, values: unknown[] = [], on?: Connection): Promise<Row[]> => {
    if (on === undefined) return onConnection((connection) => rows(sql, values, connection));
    const [found] = await on.query<Row[]>(sql, values);
    return found;
  };
  const transaction = <T>(work: (connection: Connection) => Promise<T>): Promise<T> =>
    onConnection(async (connection) => {
      await connection.beginTransaction();
      const result = await work(connection);
      await connection.commit();
      return result;
    });
  return {
    async now() {
      const [row] = await rows(`SELECT ${ms('UTC_TIMESTAMP(3)', 'now')}`);
      return Number(row?.now);
    },
    async checkTables() {
      const found = await rows('SELECT version_num FROM alembic_version').catch((error) => {
        if (error.code === 'ER_NO_SUCH_TABLE') return [];
        throw error;
      });
      const versions = found.map((row) => String(row.version_num));
      if (versions.length === 1 && REVISIONS.includes(versions[0] as string)) return;
      throw new UnknownHeat(
        `the database is at ${versions.join(', ') || 'no migration'}; the bridge knows Heat 27.0 (${REVISIONS.join(', ')})`,
      );
    },
    async stacks(ids) {
      return (await rows(`SELECT ${STACK} FROM stack WHERE id IN (?)`, [ids])).map(stackOf);
    },
    async stacksInProgress() {
      return (await rows(`SELECT ${STACK} FROM stack WHERE ${IN_PROGRESS}`)).map(stackOf);
    },
    async stacksWithoutEngine(aliveSince) {
      const found = await rows(
        `SELECT stack.id FROM stack LEFT JOIN resource ON resource.stack_id = stack.id AND resource.engine_id IS NOT NULL
         LEFT JOIN service ON service.engine_id = resource.engine_id AND service.deleted_at IS NULL
           AND TIMESTAMPDIFF(MICROSECOND, '1970-01-01', COALESCE(service.updated_at, service.created_at)) DIV 1000 >= ?
         WHERE ${IN_PROGRESS}
         GROUP BY stack.id HAVING COUNT(service.id) < COUNT(resource.id) OR COUNT(resource.id) = 0`,
        [aliveSince],
      );
      return found.map((row) => String(row.id));
    },
    view: (stackId) =>
      transaction(async (connection) => {
        const [stack] = await rows(
          `SELECT ${STACK}, current_deps FROM stack WHERE id = ?`,
          [stackId],
          connection,
        );
        const resources = await rows(
          'SELECT id, status, engine_id, atomic_key, replaces FROM resource WHERE stack_id = ? ORDER BY id',
          [stackId],
          connection,
        );
        const points = await rows(
          'SELECT entity_id, is_update, input_data FROM sync_point WHERE stack_id = ? AND traversal_id = ? ORDER BY entity_id',
          [stackId, stack?.current_traversal ?? ''],
          connection,
        );
        const engines = await rows(
          `SELECT engine_id, deleted_at IS NOT NULL AS stopped, ${ms('COALESCE(updated_at, created_at)', 'updated_at')} FROM service`,
          [],
          connection,
        );
        return {
          stack: stack && stackOf(stack),
          resources: resources.map(resourceOf),
          engines: engines.map(engineOf),
          ...graphOf(stackId, stack?.current_deps ?? null, points),
        };
      }),
    async hasLivingEngine(withinSeconds) {
      const found = await rows(
        `SELECT 1 FROM service WHERE deleted_at IS NULL
           AND COALESCE(updated_at, created_at) >= UTC_TIMESTAMP(6) - INTERVAL ? SECOND LIMIT 1`,
        [withinSeconds],
      );
      return found.length > 0;
    },
    async resumesSince() {
      if (leader === undefined) {
        const connection = await connect();
        connection.once('error', () => {
          leader = undefined;
        });
        leader = { connection, since: undefined };
      }
      const current = leader;
      try {
        const sql = `SELECT GET_LOCK(${LOCK}, 0) AS got, ${ms('UTC_TIMESTAMP(3)', 'now')}`;
        const [row] = await within(rows(sql, [], current.connection));
        if (Number(row?.got) === 1) current.since ??= Number(row?.now);
        return current.since;
      } catch (error) {
        current.connection.destroy();
        leader = undefined;
        throw error;
      }
    },
    forceEnd: (stackId, traversal) =>
      transaction(async (connection) => {
        const [ended] = await connection.query<never>(
          `UPDATE stack SET status = 'FAILED', status_reason = 'Timed out', current_traversal = ''
           WHERE id = ? AND current_traversal = ? AND status = 'IN_PROGRESS' AND deleted_at IS NULL`,
          [stackId, traversal],
        );
        if ((ended as { affectedRows: number }).affectedRows === 0) return false;
        await connection.query(
          `UPDATE resource SET status = IF(status = 'IN_PROGRESS', 'FAILED', status), engine_id = NULL,
             status_reason = IF(status = 'FAILED', 'Timed out', status_reason), atomic_key = COALESCE(atomic_key, 0) + 1
           WHERE stack_id = ? AND engine_id IS NOT NULL`,
          [stackId],
        );
        await connection.query('DELETE FROM sync_point WHERE stack_id = ? AND traversal_id = ?', [
          stackId,
          traversal,
        ]);
        return true;
      }),
  };
}

const number = (value: unknown): number | null => (value === null ? null : Number(value));

const stackOf = (row: Row): HeatStack => ({
  id: row.id,
  tenant: row.tenant,
  name: row.name,
  ownerId: row.owner_id,
  action: row.action,
  status: row.status,
  statusReason: row.status_reason ?? '',
  timeoutMinutes: number(row.timeout),
  createdAt: Number(row.created_at),
  updatedAt: number(row.updated_at),
  traversal: row.current_traversal ?? '',
  disableRollback: Boolean(row.disable_rollback),
  deletedAt: number(row.deleted_at),
});

const resourceOf = (row: Row): HeatResource => ({
  id: row.id,
  status: row.status,
  engineId: row.engine_id,
  atomicKey: row.atomic_key,
  replaces: row.replaces,
});

const engineOf = (row: Row): HeatEngine => ({
  engineId: row.engine_id,
  updatedAt: Number(row.updated_at),
  stopped: Boolean(row.stopped),
});

/** No steps if they cannot be read: the operation can be ended then, and is not resumed. */
function graphOf(
  stackId: string,
  currentDeps: string | null,
  points: readonly Row[],
): Pick<HeatView, 'nodes' | 'edges' | 'reportedToStack'> {
  try {
    return {
      nodes: points.filter((row) => /^\d+$/.test(row.entity_id)).map(nodeOf),
      edges: edgesOf(currentDeps),
      reportedToStack: points
        .filter((row) => row.entity_id === stackId)
        .flatMap((row) => nodeOf(row).reported),
    };
  } catch {
    return { nodes: [], edges: [], reportedToStack: [] };
  }
}

function nodeOf(row: Row): HeatNode {
  const data = parseToSendOn(row.input_data ?? '{}') as object;
  return {
    resourceId: Number(row.entity_id),
    isUpdate: Boolean(row.is_update),
    reported: reportedOf(data),
    data,
  };
}
