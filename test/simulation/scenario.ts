/** A scenario from a seed. */
import type { Scenario } from './history.ts';
import { makePlan } from './plan.ts';
import { Random } from './random.ts';
import { makeCrowd, makeScript } from './script.ts';

const MINUTE = 60_000;
const MONTH = 30 * 24 * 60 * MINUTE;

/** What has ended goes, where there is so much of it that it would not fit into memory. */
const retentionOf = (crowd: number): number => (crowd > 10_000 ? 20 * MINUTE : MONTH);

/** @param stacks how many; else a few, or now and then a crowd. */
export function scenarioOf(seed: number, stacks?: number): Scenario {
  const random = new Random(seed);
  const shape = random.fork('shape');
  const crowd = stacks ?? (shape.chance(0.05) ? shape.between(20, 150) : undefined);
  const scripts = random.fork('script');
  const script = crowd === undefined ? makeScript(scripts) : makeCrowd(scripts, crowd);
  let end = 0;
  for (const { at } of script) end = Math.max(end, at);
  const plan = makePlan(random.fork('plan'), end);
  const retention =
    crowd === undefined ? random.fork('retention').pick([20 * MINUTE, MONTH]) : retentionOf(crowd);
  return { seed, script, plan, retention, adapters: shape.chance(0.3) };
}
