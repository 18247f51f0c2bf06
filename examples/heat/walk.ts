/** A walk over a stack's graph: all that a walker needs to know, as the input of a resource action. */
import type { Action, Fields, Parent } from '../../client/index.ts';
import { MAX_PAYLOAD_BYTES, MAX_TIMEOUT_SECONDS } from '../../contract/fields.ts';
import type { Plan, Step } from './plan.ts';
import { type Simulation, workOf } from './simulation.ts';

export interface Walk {
  readonly plan: Plan;
  /** Undo everything when a step fails, instead of leaving it as it is. */
  readonly rollback: boolean;
  /** Of the operation; counted anew for the rollback, as in Heat. */
  readonly timeoutSeconds: number;
  readonly heartbeatSeconds: number;
  /** Of each step. */
  readonly maxAttempts: number;
  readonly simulation: Simulation;
}

/** No resource of a HOT file has a slash in its name. */
export const WALK_RESOURCE = '/walk';
export const WALK_TYPE = 'heat/walk';
/** As many as the service allows: a walker may die as often as it likes. */
const WALK_ATTEMPTS = 1000;

/** Names are written once, and then meant by their place: 1000 resources fit into an input. */
interface EncodedWalk extends Omit<Walk, 'plan'> {
  /** `CREATE OS::Nova::Server` */
  readonly kinds: readonly string[];
  /** Name, place of its kind, places of the steps that it requires. */
  readonly steps: readonly (readonly [string, number, readonly number[]])[];
}

/** @throws RangeError if it is too large for an input. */
export function encodeWalk({ plan, ...rest }: Walk): EncodedWalk {
  const kindOf = ({ action, type }: Step) => `${action} ${type}`;
  const kinds = [...new Set([...plan.values()].map(kindOf))];
  const kindAt = new Map(kinds.map((kind, at) => [kind, at]));
  const stepAt = new Map([...plan.keys()].map((name, at) => [name, at]));
  const steps = [...plan].map(
    ([name, step]) =>
      [name, kindAt.get(kindOf(step)) ?? 0, [...step.requires].map((one) => stepAt.get(one) ?? 0)] as const,
  );
  const encoded = { ...rest, kinds, steps };
  const bytes = Buffer.byteLength(JSON.stringify(encoded));
  if (bytes <= MAX_PAYLOAD_BYTES) return encoded;
  throw new RangeError(
    `the graph of ${plan.size} steps is ${bytes} bytes as JSON; the input of a resource action holds ${MAX_PAYLOAD_BYTES}`,
  );
}

/** @throws TypeError if the input was not made by `encodeWalk`. */
export function decodeWalk(input: unknown): Walk {
  const { kinds, steps, ...rest } = input as EncodedWalk;
  const plan = new Map(
    steps.map(([name, kind, requires]) => {
      const [action, type] = (kinds[kind] as string).split(/ (.*)/s) as [Action, string];
      return [name, { action, type, requires: new Set(requires.map((at) => steps[at]?.[0] as string)) }];
    }),
  );
  return { ...rest, plan };
}

/** Dispatches the walk itself. Whoever walks, repeats nothing but what is written here. */
export function walkDispatch(operation: Parent, action: Action, walk: Walk): Fields<'DispatchResource'> {
  return {
    ...operation,
    resource: WALK_RESOURCE,
    action,
    resourceType: WALK_TYPE,
    input: encodeWalk(walk),
    // It may have to see a rollback through. The operation's own deadline ends it in any case.
    startToCloseSeconds: Math.min(MAX_TIMEOUT_SECONDS, 2 * walk.timeoutSeconds),
    heartbeatSeconds: Math.min(walk.heartbeatSeconds, walk.timeoutSeconds),
    retry: { maxAttempts: WALK_ATTEMPTS, intervalSeconds: 1, backoffRate: 1, jitter: 'NONE' },
  };
}

/** Dispatches one step: the same fields whoever does it and whenever, so that repeating it is harmless. */
export function stepDispatch(
  operation: Parent,
  [name, { action, type }]: readonly [string, Step],
  walk: Walk,
): Fields<'DispatchResource'> {
  return {
    ...operation,
    resource: name,
    action,
    // A type may be an address or a path.
    resourceType: type.replace(/[^A-Za-z0-9._:/@-]/g, '-').slice(0, 255),
    input: workOf(name, walk.simulation),
    startToCloseSeconds: walk.timeoutSeconds,
    heartbeatSeconds: Math.min(walk.heartbeatSeconds, walk.timeoutSeconds),
    retry: { maxAttempts: walk.maxAttempts, intervalSeconds: 1, jitter: 'NONE' },
    // With a rollback to be made, the operation must go on after a failure.
    onFailure: walk.rollback ? 'CONTINUE' : 'FAIL_OPERATION',
  };
}
