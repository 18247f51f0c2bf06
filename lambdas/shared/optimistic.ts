/**
 * More lost races in a row than this mean that something is wrong; the caller's retry starts
 * afresh.
 */
const MAX_ROUNDS = 20;

/** How a decision gets its rows, and how what it came to is saved. */
export interface RowAccess<S, D> {
  load(): Promise<S>;
  /**
   * Saves what the decision wants to be saved, if nobody wrote since.
   * @returns undefined if it was saved; else the rows as they are now, or `reload` if they are to
   * be loaded again.
   */
  save(decision: D, seen: S): Promise<{ readonly current: S } | 'reload' | undefined>;
}

/**
 * Load, decide, save if nobody wrote in between; else decide again on what won. No write if the
 * decision has nothing to save. What comes back is a decision that has taken effect.
 *
 * @throws Error after too many lost races, or when the store fails; whether a write took effect is
 * then unknown, and deciding again finds out.
 */
export async function updateOptimistically<S, D extends { readonly save?: object | undefined }>(
  what: string,
  access: RowAccess<S, D & { readonly save: NonNullable<D['save']> }>,
  decide: (seen: S) => D,
): Promise<D> {
  let seen: S = await access.load();
  for (let round = 0; round < MAX_ROUNDS; round++) {
    const decision = decide(seen);
    if (decision.save === undefined) return decision;
    const lost = await access.save(decision as D & { readonly save: NonNullable<D['save']> }, seen);
    if (lost === undefined) return decision;
    seen = lost === 'reload' ? await access.load() : lost.current;
  }
  throw new Error(`${what}: lost ${MAX_ROUNDS} conditional writes in a row`);
}
