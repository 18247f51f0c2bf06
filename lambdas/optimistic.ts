import type { StackRow } from './domain/stack.ts';
import type { StackStore } from './ports.ts';

/** More lost races in a row than this mean that something is wrong; the caller's retry starts afresh. */
const MAX_ROUNDS = 20;

/**
 * Load, decide, save if nobody wrote in between; else decide again on the row that won. One read, and one write for
 * each round; none if the decision has nothing to save. What comes back is a decision that has taken effect.
 *
 * @throws Error after too many lost races, or when the store fails; whether a write took effect is then unknown, and
 * deciding again finds out.
 */
export async function decideAndSave<D extends { readonly save?: StackRow }>(
  store: StackStore,
  stackId: string,
  decide: (seen: StackRow | undefined) => D,
): Promise<D> {
  let seen = await store.load(stackId);
  for (let round = 0; round < MAX_ROUNDS; round++) {
    const decision = decide(seen);
    if (decision.save === undefined) return decision;
    const result = await store.save(decision.save, seen);
    if (result.saved) return decision;
    seen = result.current;
  }
  throw new Error(`stack ${stackId}: lost ${MAX_ROUNDS} conditional writes in a row`);
}
