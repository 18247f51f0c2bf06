import * as z from 'zod/mini';
import type { AnswerOf, ReportableStatus, RequestOf } from '../../contract/index.ts';
import { present } from '../domain/row.ts';
import { type StackEnded, type StackRow, toStack } from '../domain/stack/state.ts';
import type { Instant } from '../domain/time.ts';
import { ENDED_SHARDS, STACK_SHARDS } from '../domain/timer.ts';
import type { StackStore, TimerEntry, TimerIndex } from '../ports/stores.ts';
import { refusal } from './answer.ts';
import type { CommandDependencies } from './dependencies.ts';
import { fromToken, toToken } from './page-token.ts';

const DEFAULT_LIMIT = 100;

type Dependencies = Pick<CommandDependencies, 'store' | 'index' | 'clock'>;
type List = AnswerOf<'ListStacks'>;

/**
 * What the timer index names is read consistently, since the index may lag behind. So a page may
 * hold fewer stacks than asked for; only a missing nextToken means the end.
 */
export function listStacks(deps: Dependencies, request: RequestOf<'ListStacks'>): Promise<List> {
  const { status = 'IN_PROGRESS' } = request;
  return status === 'IN_PROGRESS' ? listInProgress(deps, request) : listEnded(deps, request, status);
}

const noToken = () => refusal('ValidationError', 'nextToken must be one from an earlier answer');

const stackIdSchema = z.string().check(z.maxLength(255));

/**
 * Where a listing of what is IN_PROGRESS goes on: in this shard, after this entry (from the shard's
 * start if there is none).
 */
const positionSchema = z.strictObject({
  shard: z.int().check(z.gte(0), z.lt(STACK_SHARDS.length)),
  after: z.optional(z.strictObject({ stackId: stackIdSchema, dueAt: z.int() })),
});
type Position = z.infer<typeof positionSchema>;

/** Goes over the index shard by shard. */
async function listInProgress(
  { store, index }: Dependencies,
  request: RequestOf<'ListStacks'>,
): Promise<List> {
  const { limit = DEFAULT_LIMIT, nextToken } = request;
  const start = nextToken === undefined ? { shard: 0 } : positionSchema.safeParse(fromToken(nextToken)).data;
  if (start === undefined) return noToken();

  const { entries, next } = await nextEntries(index, start, limit);
  const rows = await loadNamed(store, entries);
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

/** When a stack ended, and which: a listing of ended ones goes on below it. */
const endSchema = z.strictObject({
  // The next number is sent to DynamoDB.
  endedAt: z.int().check(z.lt(Number.MAX_SAFE_INTEGER)),
  stackId: stackIdSchema,
});
type End = z.infer<typeof endSchema>;

const endOf = ({ dueAt, stackId }: TimerEntry): End => ({ endedAt: dueAt, stackId });

/** Those of one moment by their ids, so that every page has the same order. */
const newestFirst = (a: End, b: End): number =>
  b.endedAt - a.endedAt || (a.stackId < b.stackId ? -1 : a.stackId > b.stackId ? 1 : 0);

/** The newest of all shards, below where the page before ended. */
async function listEnded(
  { store, index, clock }: Dependencies,
  request: RequestOf<'ListStacks'>,
  status: ReportableStatus,
): Promise<List> {
  const { limit = DEFAULT_LIMIT, since, nextToken } = request;
  const below = nextToken === undefined ? undefined : endSchema.safeParse(fromToken(nextToken)).data;
  if (nextToken !== undefined && below === undefined) return noToken();

  const range = { limit, ...(since !== undefined && { since: Date.parse(since) }), ...(below && { below }) };
  const shards = await Promise.all(ENDED_SHARDS[status].map((shard) => newestOf(index, shard, range)));
  const found = shards.flat().toSorted((a, b) => newestFirst(endOf(a), endOf(b)));
  const entries = found.slice(0, limit);
  const last = entries.at(-1);
  const now = clock.now();
  // One that ended again since has its place on a page before.
  const isBelow = (row: StackEnded) => below === undefined || newestFirst(below, row) < 0;
  const rows = (await loadNamed(store, entries)).filter(
    (row): row is StackEnded => row.status === status && isBelow(row) && present(row, now) !== undefined,
  );
  return {
    ok: true,
    stacks: rows.toSorted(newestFirst).map(toStack),
    ...(last && found.length > limit && { nextToken: toToken(endOf(last)) }),
  };
}

/**
 * At least the `limit` newest entries of a shard, and one more if there is one. The table has an
 * order of its own for those of one moment, so it reads until all of the last moment are there.
 */
async function newestOf(
  index: TimerIndex,
  shard: string,
  { limit, since, below }: { limit: number; since?: Instant; below?: End },
): Promise<TimerEntry[]> {
  const entries: TimerEntry[] = [];
  for (let after: TimerEntry | undefined; ; after = entries.at(-1)) {
    const page = await index.list(shard, {
      limit: limit + 1,
      latestFirst: true,
      ...(since !== undefined && { dueFrom: since }),
      ...(below && { dueBefore: below.endedAt + 1 }),
      ...(after && { after }),
    });
    entries.push(...page.entries);
    const wanted = entries.filter((entry) => below === undefined || newestFirst(below, endOf(entry)) < 0);
    const [least, last] = [wanted[limit - 1], entries.at(-1)];
    const isEnd = !page.more || page.entries.length === 0;
    if (isEnd || (least && last && wanted.length > limit && least.dueAt > last.dueAt)) return wanted;
  }
}

const loadNamed = (store: StackStore, entries: readonly TimerEntry[]): Promise<StackRow[]> =>
  store.loadMany([...new Set(entries.map(({ stackId }) => stackId))]);
