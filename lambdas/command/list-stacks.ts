import * as z from 'zod/mini';
import type { AnswerOf, RequestOf } from '../../contract/index.ts';
import { toStack } from '../domain/stack/state.ts';
import { STACK_SHARDS } from '../domain/timer.ts';
import type { StackStore, TimerEntry, TimerIndex } from '../ports/stores.ts';
import { refusal } from './answer.ts';
import { fromToken, toToken } from './page-token.ts';

const DEFAULT_LIMIT = 100;

/**
 * Where a listing goes on: in this shard, after this entry (from the shard's start if there is
 * none).
 */
const positionSchema = z.strictObject({
  shard: z.int().check(z.gte(0), z.lt(STACK_SHARDS.length)),
  after: z.optional(z.strictObject({ stackId: z.string().check(z.maxLength(255)), dueAt: z.int() })),
});
type Position = z.infer<typeof positionSchema>;

function positionOf(token: string): Position | undefined {
  return positionSchema.safeParse(fromToken(token)).data;
}

/**
 * Goes over the timer index shard by shard; what it names is read consistently, since the index may
 * lag behind. So a page may hold fewer stacks than asked for; only a missing nextToken means the
 * end.
 */
export async function listStacks(
  { store, index }: { store: StackStore; index: TimerIndex },
  request: RequestOf<'ListStacks'>,
): Promise<AnswerOf<'ListStacks'>> {
  const limit = request.limit ?? DEFAULT_LIMIT;
  const start = request.nextToken === undefined ? { shard: 0 } : positionOf(request.nextToken);
  if (start === undefined) return refusal('ValidationError', 'nextToken must be one from an earlier answer');

  const { entries, next } = await nextEntries(index, start, limit);
  const rows = await store.loadMany([...new Set(entries.map(({ stackId }) => stackId))]);
  return {
    ok: true,
    stacks: rows.filter((row) => row.status === 'IN_PROGRESS').map(toStack),
    ...(next && { nextToken: toToken(next) }),
  };
}

async function nextEntries(
  index: TimerIndex,
  start: Position,
  limit: number,
): Promise<{ entries: TimerEntry[]; next?: Position }> {
  const entries: TimerEntry[] = [];
  let { shard, after } = start;
  for (let name = STACK_SHARDS[shard]; name !== undefined; name = STACK_SHARDS[shard]) {
    if (entries.length === limit) return { entries, next: { shard, ...(after && { after }) } };
    const page = await index.list(name, { limit: limit - entries.length, ...(after && { after }) });
    entries.push(...page.entries);
    if (page.more) {
      after = page.entries.at(-1) ?? after;
    } else {
      shard++;
      after = undefined;
    }
  }
  return { entries };
}
