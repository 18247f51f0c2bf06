/**
 * A walk over a stack's graph: everything a walker needs to know, as the input of a resource
 * action.
 */
import { deflateSync, inflateSync } from 'node:zlib';
import { type Action, accepted, type Fields, type Parent, type StackTimeoutsClient } from 'stack-timeouts';
import type { Plan, Step } from './plan.ts';
import { type Simulation, workOf } from './worker.ts';

export interface Walk {
  readonly plan: Plan;
  /** Revert all steps if one fails. Otherwise the operation fails and leaves them as they are. */
  readonly rollback: boolean;
  /** Of the operation. A rollback gets the same time again, as in Heat. */
  readonly timeoutSeconds: number;
  readonly heartbeatSeconds: number;
  /** Of each step. */
  readonly maxAttempts: number;
  readonly simulation: Simulation;
}

/** No resource of a HOT file has a slash in its name. */
export const WALK_RESOURCE = '/walk';
export const WALK_TYPE = 'hot/walk';

// The service's limits.
const MAX_INPUT_BYTES = 65_536;
const MAX_SECONDS = 31_536_000;
const MAX_ATTEMPTS = 1000;

/** The plan is compressed, so that the 1,000 resources that Heat allows fit into an input. */
type EncodedWalk = Omit<Walk, 'plan'> & { readonly plan: string };

/** @throws RangeError if the walk is too large for an input. */
export function encodeWalk({ plan, ...rest }: Walk): EncodedWalk {
  const steps = [...plan].map(([name, step]) => [name, { ...step, requires: [...step.requires] }]);
  const encoded = { ...rest, plan: deflateSync(JSON.stringify(steps)).toString('base64') };
  const bytes = Buffer.byteLength(JSON.stringify(encoded));
  if (bytes <= MAX_INPUT_BYTES) return encoded;
  throw new RangeError(
    `a plan of ${plan.size} steps needs ${bytes} bytes; a resource action's input holds ${MAX_INPUT_BYTES}`,
  );
}

/** @throws if `encodeWalk` did not make this input. */
export function decodeWalk(input: unknown): Walk {
  const { plan, ...rest } = input as EncodedWalk;
  const steps: [string, Step & { requires: string[] }][] = JSON.parse(
    inflateSync(Buffer.from(plan, 'base64')).toString(),
  );
  const decoded = steps.map(([name, step]) => [name, { ...step, requires: new Set(step.requires) }] as const);
  return { ...rest, plan: new Map(decoded) };
}

/**
 * Starts an operation and dispatches its walk. If this process dies in between, the operation has
 * no walk and times out, unless you start it again with the same operationId.
 *
 * @throws RangeError if the plan is too large, RefusedError if the service refuses. Nothing was
 * started then.
 */
export async function startWalk(
  client: StackTimeoutsClient,
  operation: Parent,
  { action, supersede = false, ...walk }: Walk & { readonly action: Action; readonly supersede?: boolean },
): Promise<void> {
  const dispatch = walkDispatch(operation, action, walk);
  const { timeoutSeconds } = walk;
  accepted(await client.startOperation({ ...operation, action, timeoutSeconds, supersede }));
  accepted(await client.dispatchResource(dispatch));
}

/** Dispatches the walk. */
export function walkDispatch(operation: Parent, action: Action, walk: Walk): Fields<'DispatchResource'> {
  return {
    ...operation,
    resource: WALK_RESOURCE,
    action,
    resourceType: WALK_TYPE,
    input: encodeWalk(walk),
    // Long enough for a rollback as well. The operation's own deadline ends the walk in any case.
    startToCloseSeconds: Math.min(MAX_SECONDS, 2 * walk.timeoutSeconds),
    heartbeatSeconds: Math.min(walk.heartbeatSeconds, walk.timeoutSeconds),
    // Any number of walkers may die.
    retry: { maxAttempts: MAX_ATTEMPTS, intervalSeconds: 1, backoffRate: 1, jitter: 'NONE' },
  };
}

/**
 * Dispatches one step. The fields never depend on who dispatches it or when, so repeating it
 * changes nothing.
 */
export function stepDispatch(
  operation: Parent,
  [name, { action, type }]: readonly [string, Step],
  walk: Walk,
): Fields<'DispatchResource'> {
  return {
    ...operation,
    resource: name,
    action,
    // A type may be a URL or a path, with characters that a resourceType cannot have.
    resourceType: type.replace(/[^A-Za-z0-9._:/@-]/g, '-').slice(0, 255),
    input: workOf(name, walk.simulation),
    startToCloseSeconds: walk.timeoutSeconds,
    heartbeatSeconds: Math.min(walk.heartbeatSeconds, walk.timeoutSeconds),
    retry: { maxAttempts: walk.maxAttempts, intervalSeconds: 1, jitter: 'NONE' },
    // An operation that is to be rolled back must go on after a failure.
    onFailure: walk.rollback ? 'CONTINUE' : 'FAIL_OPERATION',
  };
}
