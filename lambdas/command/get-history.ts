import * as z from 'zod/mini';
import type { AnswerOf, RequestOf } from '../../contract/index.ts';
import { present } from '../domain/row.ts';
import { stackNotFound } from '../domain/stack/current-operation.ts';
import { refusal, refused, subjectOf } from './answer.ts';
import type { CommandDependencies } from './dependencies.ts';
import { fromToken, toToken } from './page-token.ts';

const DEFAULT_LIMIT = 100;

/** Where a page begins: what the keys of entries are made of. */
const positionSchema = z.string().check(z.regex(/^[A-Za-z0-9._:/@#-]{1,400}$/));

/** A page of a stack's history. It outlives the stack's row, and the operations that the row knows. */
export async function getHistory(
  deps: CommandDependencies,
  request: RequestOf<'GetHistory'>,
): Promise<AnswerOf<'GetHistory'>> {
  const after = positionSchema.safeParse(request.nextToken && fromToken(request.nextToken)).data;
  if (request.nextToken !== undefined && after === undefined) {
    return refusal('ValidationError', 'nextToken must be one from an earlier answer');
  }
  const { entries, next } = await deps.history.list(request, {
    limit: request.limit ?? DEFAULT_LIMIT,
    now: deps.clock.now(),
    ...(after !== undefined && { after }),
  });
  const isWhole = after === undefined && next === undefined;
  if (isWhole && entries.length === 0 && !(await isKnown(deps, request))) {
    return refused(deps.telemetry, request, stackNotFound(request.stackId));
  }
  deps.telemetry.record({ kind: 'historyRead', subject: subjectOf(request), entries: entries.length });
  return {
    ok: true,
    history: [...entries],
    ...(next !== undefined && { nextToken: toToken(next) }),
  };
}

/** Whether a stack whose history holds nothing that was asked for has a row, or any entry at all. */
async function isKnown(
  { store, history, clock }: CommandDependencies,
  { stackId, operationId, resource }: RequestOf<'GetHistory'>,
): Promise<boolean> {
  const now = clock.now();
  if (present(await store.load(stackId), now) !== undefined) return true;
  if (operationId === undefined && resource === undefined) return false;
  return (await history.list({ stackId }, { limit: 1, now })).entries.length > 0;
}
