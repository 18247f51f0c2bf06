/** The plan of an operation: its steps, each of which is one resource action. */
import type { Action } from 'stack-timeouts';
import { type Graph, reversed, subgraph } from './graph.ts';
import type { Template } from './hot.ts';

export interface Step {
  readonly action: Action;
  /** The resource's type: `OS::Nova::Server`. */
  readonly type: string;
  /** The steps that must be COMPLETE before this one starts. */
  readonly requires: ReadonlySet<string>;
}

/** The steps by the names of their resource actions. */
export type Plan = ReadonlyMap<string, Step>;

export const graphOf = (plan: Plan): Graph =>
  new Map([...plan].map(([name, { requires }]) => [name, requires]));

export const createPlan = (template: Template): Plan => planOf(template, template.requires, () => 'CREATE');

/** Deletes each resource after those that require it. */
export const deletePlan = (template: Template): Plan =>
  planOf(template, reversed(template.requires), () => 'DELETE');

function planOf({ types }: Template, graph: Graph, action: (name: string) => Action): Plan {
  const step = (name: string, requires: ReadonlySet<string>): Step => ({
    action: action(name),
    type: types.get(name) ?? '',
    requires,
  });
  return new Map([...graph].map(([name, requires]) => [name, step(name, requires)]));
}

/**
 * Creates the new resources, updates those in both templates, then deletes the rest. A resource
 * whose type changed is replaced: the new one is created under its name, the old one is deleted as
 * `NAME/replaced`.
 */
export function updatePlan(before: Template, after: Template): Plan {
  const stays = (name: string) => before.types.get(name) === after.types.get(name);
  const plan = new Map(planOf(after, after.requires, (name) => (stays(name) ? 'UPDATE' : 'CREATE')));
  const gone = new Set([...before.types.keys()].filter((name) => !stays(name)));
  const goneName = (name: string) => (after.types.has(name) ? `${name}/replaced` : name);
  // When the steps that no other requires are COMPLETE, all of them are.
  const last = [...reversed(after.requires)].filter(([, dependants]) => dependants.size === 0);
  for (const [name, dependants] of reversed(subgraph(before.requires, gone))) {
    const requires = dependants.size > 0 ? [...dependants].map(goneName) : last.map(([one]) => one);
    const type = before.types.get(name) ?? '';
    plan.set(goneName(name), { action: 'DELETE', type, requires: new Set(requires) });
  }
  return plan;
}

const INVERSE: Partial<Record<Action, Action>> = { CREATE: 'DELETE', DELETE: 'CREATE' };

export const rollbackName = (name: string): string => `${name}/rollback`;

/**
 * Reverts the steps that were started, last first. A failed step may have done a part of its work.
 */
export function rollbackPlan(plan: Plan, started: ReadonlySet<string>): Plan {
  const rollback = new Map<string, Step>();
  for (const [name, dependants] of reversed(subgraph(graphOf(plan), started))) {
    const { action, type } = plan.get(name) as Step;
    const requires = new Set([...dependants].map(rollbackName));
    rollback.set(rollbackName(name), { action: INVERSE[action] ?? action, type, requires });
  }
  return rollback;
}
