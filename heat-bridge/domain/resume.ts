/** Which steps of an operation lost their engine, or the message that should start them. */
import { type EndContext, type Poke, pokeOf } from './end.ts';
import { type HeatNode, type HeatView, heatDeadline, isAlive, isInProgress, nodeKey } from './heat.ts';

/** A poke carries neither the failures of a CHECK nor the data of an ADOPT. */
const RESUMABLE = ['CREATE', 'UPDATE', 'DELETE', 'ROLLBACK', 'SUSPEND', 'RESUME'];

/**
 * The steps to poke, so that a living engine goes on with them. Heat hands each step over by a
 * message that is gone once an engine has taken it.
 *
 * @param unchangedSince since when all but the engines' heartbeats is as it is in this view
 */
export function decideResume(view: HeatView, context: EndContext, unchangedSince: number): Poke[] {
  const { stack, engines } = view;
  if (!isInProgress(stack) || !RESUMABLE.includes(stack.action)) return [];
  // What is due would be ended, not resumed: `decideEnd` decides how.
  if (context.now > heatDeadline(stack, context.defaultTimeoutSeconds)) return [];
  if (!engines.some((engine) => isAlive(engine, context))) return [];
  const unchanged = context.now - unchangedSince > context.engineGraceSeconds * 1000;
  return view.nodes
    .filter((node) => isReady(node, view) && !hasReported(node, view))
    .flatMap((node) => {
      const held = holders(node, view);
      // A poke preempts the engine that works on a resource: only safe if that engine is dead. A
      // message may be on its way to a step that nobody holds, or to an engine that has no row yet.
      const dead = held.length > 0 && held.every((id) => engines.some(({ engineId }) => engineId === id));
      if (held.some((id) => engines.some((engine) => engine.engineId === id && isAlive(engine, context))))
        return [];
      return dead || unchanged
        ? target(node, view).map((id) => pokeOf(stack, id, node.isUpdate, node.data))
        : [];
    });
}

/** What changes with every step of the operation. */
export const fingerprint = ({ stack, resources, nodes, reportedToStack }: HeatView): string =>
  JSON.stringify([stack?.traversal, resources, nodes.map(({ reported }) => reported), reportedToStack]);

const keyOf = ({ resourceId, isUpdate }: HeatNode): string => nodeKey(resourceId, isUpdate);

/** Whether all that the node waits for have reported to it. */
const isReady = (node: HeatNode, { edges }: HeatView): boolean =>
  edges.every(([waiting, on]) => waiting !== keyOf(node) || node.reported.includes(on));

/** Whether the node has told all that wait for it, or else the stack. */
function hasReported(node: HeatNode, { edges, nodes, reportedToStack }: HeatView): boolean {
  const key = keyOf(node);
  const waiting = edges.filter(([, on]) => on === key).map(([one]) => one);
  if (waiting.length === 0) return reportedToStack.includes(key);
  return waiting.every((one) => nodes.find((other) => keyOf(other) === one)?.reported.includes(key) ?? true);
}

/** The node's resource, and those that were made in its place: they report for it. */
const resourcesOf = ({ resourceId, isUpdate }: HeatNode, { resources }: HeatView) =>
  resources.filter(({ id, replaces }) => id === resourceId || (isUpdate && replaces === resourceId));

const holders = (node: HeatNode, view: HeatView): string[] =>
  resourcesOf(node, view).flatMap(({ engineId }) => (engineId === null ? [] : [engineId]));

/**
 * A replacement that is COMPLETE, or whose work has not begun, goes on itself. Another one is made
 * anew from the node's own resource: Heat does not find the node of a replacement's replacement.
 */
function target(node: HeatNode, view: HeatView): number[] {
  const own = resourcesOf(node, view);
  const complete = own.find(({ replaces, status }) => replaces === node.resourceId && status === 'COMPLETE');
  return own.some(({ id }) => id === node.resourceId) ? [complete?.id ?? node.resourceId] : [];
}
