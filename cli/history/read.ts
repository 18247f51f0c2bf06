/** Reads the history of a stack, page by page. */
import type { StackTimeoutsClient } from '../../client/client.ts';
import { accepted } from '../../client/errors.ts';
import type { HistoryEntry, RequestOf } from '../../contract/index.ts';

/**
 * At most so many entries, newest first.
 * @throws RefusedError if the service refuses a page.
 */
export async function readHistory(
  client: StackTimeoutsClient,
  filter: Omit<RequestOf<'GetHistory'>, 'command'>,
  limit = Infinity,
): Promise<HistoryEntry[]> {
  const entries: HistoryEntry[] = [];
  let nextToken: string | undefined;
  do {
    const page = accepted(
      await client.getHistory({
        ...filter,
        limit: Math.min(100, limit - entries.length),
        ...(nextToken !== undefined && { nextToken }),
      }),
    );
    entries.push(...page.history);
    nextToken = page.nextToken;
  } while (nextToken !== undefined && entries.length < limit);
  return entries;
}
