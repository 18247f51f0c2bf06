/**
 * Finds a small scenario that breaks the same promise: fewer entries, no outages, and the few
 * faults that matter.
 */
import type { NamedFault } from './faults.ts';
import { run, type Scenario } from './history.ts';

export interface Shrunk {
  readonly scenario: Scenario;
  readonly runs: number;
}

/** Tries to leave out ever smaller parts of a list, as long as it still `fails` without them. */
async function without<T>(
  list: readonly T[],
  fails: (shorter: readonly T[]) => Promise<boolean>,
): Promise<readonly T[]> {
  let kept = list;
  for (let size = Math.max(1, kept.length >> 1); ; size >>= 1) {
    for (let at = 0; at < kept.length; ) {
      const shorter = [...kept.slice(0, at), ...kept.slice(at + size)];
      if (await fails(shorter)) kept = shorter;
      else at += size;
    }
    if (size <= 1) return kept;
  }
}

/** @param most how many histories may be run for it. */
export async function shrink(failing: Scenario, most = 600): Promise<Shrunk> {
  let runs = 0;
  const first = await run(failing, { recorded: true });
  const promise = first.violation?.promise;
  const breaks = async (scenario: Scenario): Promise<boolean> => {
    if (runs >= most) return false;
    runs++;
    return (await run(scenario)).violation?.promise === promise;
  };
  let best = failing;
  const attempt = async (changed: Scenario): Promise<boolean> => {
    if (!(await breaks(changed))) return false;
    best = changed;
    return true;
  };
  const shorten = () =>
    without(best.script, (script) =>
      script.length > 0 ? attempt({ ...best, script }) : Promise.resolve(false),
    );

  await shorten();
  await without(best.plan.outages, (outages) => attempt({ ...best, plan: { ...best.plan, outages } }));
  const { restore: _, ...unrestored } = best.plan;
  await attempt({ ...best, plan: unrestored });
  await attempt({ ...best, plan: { ...best.plan, skew: 0 } });
  await without(best.plan.carrierKinds, (carrierKinds) =>
    attempt({ ...best, plan: { ...best.plan, carrierKinds } }),
  );
  const { happened } = await run(best, { recorded: true });
  const named = (faults: readonly NamedFault[]): Scenario => ({
    ...best,
    plan: { ...best.plan, named: faults },
  });
  if (await attempt(named(happened))) {
    await without(happened, (faults) => attempt(named(faults)));
    await shorten();
  }
  return { scenario: best, runs };
}
