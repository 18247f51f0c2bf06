/** A scenario from a seed. */

import type { Scenario } from './history.ts';
import { makePlan } from './plan.ts';
import { Random } from './random.ts';
import { makeScript } from './script.ts';

const MINUTE = 60_000;

export function scenarioOf(seed: number): Scenario {
  const random = new Random(seed);
  const script = makeScript(random.fork('script'));
  const end = Math.max(...script.map(({ at }) => at));
  const plan = makePlan(random.fork('plan'), end);
  const retention = random.fork('retention').pick([20 * MINUTE, 30 * 24 * 60 * MINUTE]);
  return { seed, script, plan, retention };
}
