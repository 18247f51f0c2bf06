/** What a walker does next. It depends on nothing but what the service says: so any walker can go on where another died. */
import type { ResourceAction, Stack } from '../../client/index.ts';
import { ready } from './graph.ts';
import { graphOf, type Plan, type Step, undoPlan } from './plan.ts';
import type { Walk } from './walk.ts';

type Resources = ReadonlyMap<string, Pick<ResourceAction, 'status' | 'statusReason'>>;

/** An operation in progress. */
export interface Standing {
  readonly stack: Pick<Stack, 'startedAt' | 'deadline'>;
  readonly resources: Resources;
}

export type Move =
  /** Nothing to do until something changes. */
  | { readonly do: 'wait' }
  | {
      readonly do: 'dispatch';
      readonly steps: readonly (readonly [string, Step])[];
      readonly extend: boolean;
    }
  | { readonly do: 'end'; readonly status: 'COMPLETE' | 'FAILED'; readonly reason: string };

export function nextMove(walk: Walk, { stack, resources }: Standing): Move {
  const { plan, rollback } = walk;
  const failed = [...plan].find(([name]) => resources.get(name)?.status === 'FAILED');
  if (failed === undefined) {
    if (isDone(plan, resources)) return end('COMPLETE', `All ${plan.size} resource actions are COMPLETE`);
    return dispatch(plan, resources);
  }
  // The service fails the operation by itself: these were dispatched with FAIL_OPERATION.
  if (!rollback) return { do: 'wait' };
  const [name, { action }] = failed;
  const why = `Resource ${action} failed: ${name}: ${resources.get(name)?.statusReason}`;
  const move = nextUndo(plan, resources, why);
  return move.do === 'dispatch' ? { ...move, extend: !wasExtended(walk, stack) } : move;
}

/**
 * The rollback is part of the operation that failed, under resource names of its own. With an operation of its own, a
 * walker could die after that was started and before it had a walk; and nobody would be there to give it one.
 *
 * A walker that has lost its attempt and does not know yet may still dispatch a step. Such a step is seen here like all
 * others: it is waited for, and undone.
 */
function nextUndo(plan: Plan, resources: Resources, why: string): Move {
  const started = new Set([...plan.keys()].filter((name) => resources.has(name)));
  if ([...started].some((name) => resources.get(name)?.status === 'IN_PROGRESS')) return { do: 'wait' };
  const undo = undoPlan(plan, started);
  const failed = [...undo.keys()].find((name) => resources.get(name)?.status === 'FAILED');
  if (failed !== undefined)
    return end('FAILED', `${why}; rollback failed: ${failed}: ${resources.get(failed)?.statusReason}`);
  if (isDone(undo, resources)) return end('FAILED', `${why}; rolled back`);
  return dispatch(undo, resources);
}

const complete = (plan: Plan, resources: Resources): Set<string> =>
  new Set([...plan.keys()].filter((name) => resources.get(name)?.status === 'COMPLETE'));

const isDone = (plan: Plan, resources: Resources): boolean => complete(plan, resources).size === plan.size;

/** As in Heat a rollback has the whole time again. Asked of the deadline, so that it is given once, whoever walks. */
const wasExtended = ({ timeoutSeconds }: Walk, { startedAt, deadline }: Standing['stack']): boolean =>
  Date.parse(deadline) - Date.parse(startedAt) > timeoutSeconds * 1000;

function dispatch(plan: Plan, resources: Resources): Move {
  const names = ready(graphOf(plan), complete(plan, resources)).filter((name) => !resources.has(name));
  if (names.length === 0) return { do: 'wait' };
  return { do: 'dispatch', steps: names.map((name) => [name, plan.get(name) as Step]), extend: false };
}

/** Of UTF-16 units, each of which is at most 3 of the 1024 bytes that a reason may have. */
const MAX_REASON = 340;

const end = (status: 'COMPLETE' | 'FAILED', reason: string): Move => ({
  do: 'end',
  status,
  reason: reason.slice(0, MAX_REASON).toWellFormed(),
});
