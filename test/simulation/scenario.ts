/** A scenario from a seed. */
import type { Scenario } from './history.ts';
import { makePlan } from './plan.ts';
import { Random } from './random.ts';
import { makeCrowd, makeScript } from './script.ts';

const MINUTE = 60_000;
const MONTH = 30 * 24 * 60 * MINUTE;

/** More stacks than these in one history are too many to remember all of them. */
export const LARGE_CROWD = 10_000;

/**
 * What a large crowd can bear: functions that die or stand still more often would not keep up with
 * it, and what has ended would not fit into memory if it stayed.
 */
const bearable = (scenario: Scenario): Scenario => ({
  ...scenario,
  plan: { ...scenario.plan, rate: Math.min(scenario.plan.rate, 0.001) },
  retention: 20 * MINUTE,
});

const stackIdsOf = (request: object): string[] =>
  'stackId' in request && typeof request.stackId === 'string' ? [request.stackId] : [];

/** @param stacks how many; else a few, or now and then a crowd. */
export function scenarioOf(seed: number, stacks?: number): Scenario {
  const random = new Random(seed);
  const shape = random.fork('shape');
  const crowd = stacks ?? (shape.chance(0.05) ? shape.between(20, 150) : undefined);
  const scripts = random.fork('script');
  const script = crowd === undefined ? makeScript(scripts) : makeCrowd(scripts, crowd);
  let end = 0;
  for (const { at } of script) end = Math.max(end, at);
  const stackIds = new Set(script.flatMap((entry) => ('request' in entry ? stackIdsOf(entry.request) : [])));
  const plan = makePlan(random.fork('plan'), end, [...stackIds].sort());
  const retention = crowd === undefined ? random.fork('retention').pick([20 * MINUTE, MONTH]) : MONTH;
  const scenario = { seed, script, plan, retention, adapters: shape.chance(0.3) };
  return (crowd ?? 0) > LARGE_CROWD ? bearable(scenario) : scenario;
}
