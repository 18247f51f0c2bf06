/** Reads the history of a stack, page by page. */
import type { StackTimeoutsClient } from '../../client/client.ts';
import type { HistoryEntry, RequestOf } from '../../contract/index.ts';
import { first } from '../first.ts';

/**
 * At most so many entries, newest first.
 * @throws RefusedError if the service refuses a page.
 */
export function readHistory(
  client: StackTimeoutsClient,
  filter: Omit<RequestOf<'GetHistory'>, 'command'>,
  limit = Infinity,
): Promise<HistoryEntry[]> {
  return first(client.history({ ...filter, limit: Math.min(100, limit) }), limit);
}
