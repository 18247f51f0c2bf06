import { type AnswerOf, type RequestOf, resourceName } from '../../contract/index.ts';
import { toResourceAction } from '../domain/resource-action/state.ts';
import { present } from '../domain/row.ts';
import { stackNotFound } from '../domain/stack/current-operation.ts';
import { accepted, refusal, refused, stackAnswer } from './answer.ts';
import type { CommandDependencies } from './dependencies.ts';
import { fromToken, toToken } from './page-token.ts';

/** Rows of at most 1 KB each: a page stays far below the 6 MB that a Lambda may answer. */
const PAGE_SIZE = 500;

/** A stack, and a page of the resource actions of its current or last operation. */
export async function getStack(
  { store, resources, clock, telemetry }: CommandDependencies,
  request: RequestOf<'GetStack'>,
): Promise<AnswerOf<'GetStack'>> {
  const after = resourceName.safeParse(request.nextToken && fromToken(request.nextToken)).data;
  if (request.nextToken !== undefined && after === undefined) {
    return refusal('ValidationError', 'nextToken must be one from an earlier answer');
  }
  const now = clock.now();
  const stack = present(await store.load(request.stackId), now);
  if (stack === undefined) return refused(telemetry, request, stackNotFound(request.stackId));
  const page = await resources.list(stack, {
    limit: PAGE_SIZE,
    ...(after !== undefined && { after }),
  });
  accepted(telemetry, request, stack, false);
  return {
    ...stackAnswer(stack),
    resources: page.rows.filter((row) => present(row, now)).map(toResourceAction),
    ...(page.next !== undefined && { nextToken: toToken(page.next) }),
  };
}
