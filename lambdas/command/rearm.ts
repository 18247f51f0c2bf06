import pMap from 'p-map';
import * as z from 'zod/mini';
import type { Refusal } from '../../contract/index.ts';
import type { RearmAnswer, RearmRequest } from '../../contract/rearm.ts';
import { decideResourceActionRearm } from '../domain/resource-action/wake-up.ts';
import { decideStackRearm } from '../domain/stack/wake-up.ts';
import { SECOND, toIso } from '../domain/time.ts';
import { SHARDS } from '../domain/timer.ts';
import type { TimerEntry } from '../ports/stores.ts';
import { updateResourceActionAlone, updateStack } from '../shared/update-row.ts';
import { refusal } from './answer.ts';
import type { CommandDependencies } from './dependencies.ts';
import { fromToken, toToken } from './page-token.ts';

/** Rows that one request handles at most. */
const MAX_ROWS = 100;
/** Rows handled at once. */
const CONCURRENCY = 20;
/**
 * No more rows are begun after this. A read and a write that hang until the clients give up take 7
 * s, and the function may run for 10 s.
 */
const BUDGET = 2 * SECOND;

/**
 * The shard to go on in, and the entry to go on after; from the start of the shard if there is
 * none.
 */
const positionSchema = z.strictObject({
  shard: z.int().check(z.gte(0), z.lt(SHARDS.length)),
  after: z.optional(
    z.strictObject({ stackId: z.string(), resource: z.exactOptional(z.string()), dueAt: z.int() }),
  ),
});
type Position = z.infer<typeof positionSchema>;

/**
 * Gives a page of live rows a new timer each, shard by shard. Rows that fail are counted, so that
 * they do not keep the others from being rearmed. A row can occur twice, since its new timer can be
 * due later than its old one: `before` then leaves it alone.
 */
export async function rearm(
  deps: CommandDependencies,
  request: RearmRequest,
): Promise<RearmAnswer | Refusal> {
  let position: Position | undefined = { shard: 0 };
  if (request.nextToken !== undefined) {
    position = positionSchema.safeParse(fromToken(request.nextToken)).data;
    if (position === undefined) {
      return refusal('ValidationError', 'nextToken must be one from an earlier answer');
    }
  }
  const now = deps.clock.now();
  const before = request.before ?? toIso(now);
  const endBy = now + BUDGET;
  const counts = { rearmed: 0, failed: 0 };
  const handle = async (entry: TimerEntry): Promise<void> => {
    try {
      if (await rearmRow(deps, entry, { ...request, before })) counts.rearmed++;
    } catch (error) {
      const { dueAt: _, ...subject } = entry;
      deps.telemetry.record({ kind: 'failed', subject, error });
      counts.failed++;
    }
  };
  let rows = 0;
  while (position !== undefined && rows < MAX_ROWS && deps.clock.now() < endBy) {
    const { entries, next } = await nextEntries(deps, position, CONCURRENCY);
    await pMap(entries, handle, { concurrency: CONCURRENCY });
    rows += entries.length;
    position = next;
  }
  deps.telemetry.record({ kind: 'rearmed', ...counts, dryRun: request.dryRun === true });
  return { ok: true, before, ...counts, ...(position && { nextToken: toToken(position) }) };
}

async function nextEntries(
  { index }: CommandDependencies,
  { shard, after }: Position,
  limit: number,
): Promise<{ entries: readonly TimerEntry[]; next?: Position }> {
  const { entries, more } = await index.list(SHARDS[shard] as string, { limit, ...(after && { after }) });
  if (more) return { entries, next: { shard, after: entries.at(-1) ?? after } };
  return { entries, ...(shard + 1 < SHARDS.length && { next: { shard: shard + 1 } }) };
}

/**
 * Whether the row gets a new timer. Another write that comes first may leave the timer alone:
 * decided again.
 */
async function rearmRow(
  { store, resources, clock }: CommandDependencies,
  { stackId, resource }: TimerEntry,
  request: RearmRequest & { readonly before: string },
): Promise<boolean> {
  let due = false;
  const decision = <D extends { readonly save?: object }>(rearmed: D): D | Record<string, never> => {
    due = rearmed.save !== undefined;
    return request.dryRun ? {} : rearmed;
  };
  const context = () => ({ now: clock.now(), before: Date.parse(request.before) });
  if (resource === undefined) {
    await updateStack(store, stackId, (row) => decision(decideStackRearm(row, context())));
  } else {
    await updateResourceActionAlone(resources, { stackId, resource }, (row) =>
      decision(decideResourceActionRearm(row, context())),
    );
  }
  return due;
}
