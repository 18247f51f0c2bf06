/**
 * P7: what was dispatched together is not offered together: no engine would be there for all of it
 * at once.
 */
import type { ResourceActionRow } from '../../../lambdas/domain/resource-action/state.ts';
import { described, type Write } from '../row.ts';
import { nameOf } from './consequences.ts';
import { holds } from './violation.ts';

/** By chance, two may have the same delay to the millisecond, but hardly so many. */
const AT_ONCE = 4;

export class Offers {
  /** Who was given a delay. */
  readonly #delays = new Map<number, Set<string>>();

  wrote({ before, after, writer }: Write<ResourceActionRow>): void {
    if (after.status !== 'IN_PROGRESS' || after.phase !== 'QUEUED') return;
    if (before && 'offerAt' in before && before.offerAt === after.offerAt) return;
    const delay = after.offerAt - writer.decidedAt;
    const same = this.#delays.get(delay) ?? new Set();
    this.#delays.set(delay, same.add(nameOf(after)));
    holds('P7', same.size < AT_ONCE, () => `so many are offered after ${delay} ms: ${described(after)}`);
  }
}
