/** What an operation does, step by step: each is one resource action. */
import type { Action } from '../../client/index.ts';
import { type Graph, restricted, reversed } from './graph.ts';
import type { Template } from './hot.ts';

export interface Step {
  readonly action: Action;
  /** Of the resource: `OS::Nova::Server`. */
  readonly type: string;
  /** The steps that must be COMPLETE before. */
  readonly requires: ReadonlySet<string>;
}
/** The steps by the names of their resource actions. */
export type Plan = ReadonlyMap<string, Step>;

export const graphOf = (plan: Plan): Graph =>
  new Map([...plan].map(([name, { requires }]) => [name, requires]));

export const createPlan = (template: Template): Plan => planOf(template, template.requires, () => 'CREATE');

/** Each resource after those that need it. */
export const deletePlan = (template: Template): Plan =>
  planOf(template, reversed(template.requires), () => 'DELETE');

function planOf(template: Template, graph: Graph, action: (name: string) => Action): Plan {
  return new Map(
    [...graph].map(([name, requires]) => [
      name,
      { action: action(name), type: template.types.get(name) ?? '', requires },
    ]),
  );
}

/**
 * Creates what is new, updates what is in both, and then deletes what is gone. A resource whose type has changed is
 * another one: the new one is created, the old one deleted as `NAME/replaced`.
 */
export function updatePlan(before: Template, after: Template): Plan {
  const stays = (name: string) => before.types.get(name) === after.types.get(name);
  const kept = planOf(after, after.requires, (name) => (stays(name) ? 'UPDATE' : 'CREATE'));
  const gone = new Set([...before.types.keys()].filter((name) => !stays(name)));
  const oldName = (name: string) => (after.types.has(name) ? `${name}/replaced` : name);
  // Who comes last has all others behind it, so only these must be named.
  const last = [...reversed(after.requires)].filter(([, dependants]) => dependants.size === 0);
  const plan = new Map(kept);
  for (const [name, dependants] of reversed(restricted(before.requires, gone))) {
    const requires = dependants.size > 0 ? [...dependants].map(oldName) : last.map(([one]) => one);
    plan.set(oldName(name), {
      action: 'DELETE',
      type: before.types.get(name) ?? '',
      requires: new Set(requires),
    });
  }
  return plan;
}

const UNDO: Partial<Record<Action, Action>> = { CREATE: 'DELETE', DELETE: 'CREATE' };

export const undoName = (name: string): string => `${name}/rollback`;

/** Undoes the steps that were started, the last ones first. A step that failed may have done a part of its work. */
export function undoPlan(plan: Plan, started: ReadonlySet<string>): Plan {
  const undo = new Map<string, Step>();
  for (const [name, dependants] of reversed(restricted(graphOf(plan), started))) {
    const { action, type } = plan.get(name) as Step;
    undo.set(undoName(name), {
      action: UNDO[action] ?? action,
      type,
      requires: new Set([...dependants].map(undoName)),
    });
  }
  return undo;
}
