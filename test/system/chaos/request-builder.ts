/** Builds the requests of a script. */
import type { Fields } from '../../../client/index.ts';
import type { RequestOf } from '../../../contract/index.ts';
import type { Random } from '../../simulation/random.ts';
import type { Simulated } from '../e2e/support/engine-process.ts';

type Start = RequestOf<'StartOperation'>;
type Dispatch = RequestOf<'DispatchResource'>;
type DispatchOptions = Partial<Omit<Fields<'DispatchResource'>, 'input'>> & { readonly input?: Simulated };
/**
 * How far away a deadline is: `near` has a delayed message on the local cloud, `far` a schedule.
 */
const DISTANCES = ['soon', 'near', 'far'] as const;
type Distance = (typeof DISTANCES)[number] | 'any';

const SECONDS: Record<(typeof DISTANCES)[number], readonly [least: number, most: number]> = {
  soon: [2, 8],
  near: [4, 40],
  far: [46, 80],
};

export interface RequestBuilder {
  readonly random: Random;
  timeout(distance: Distance): number;
  /** A moment within a timeout, in milliseconds. */
  within(seconds: number): number;
  start(operationId: string, timeoutSeconds: number, more?: Partial<Start>): Start;
  complete(operationId: string, status: 'COMPLETE' | 'FAILED'): RequestOf<'CompleteOperation'>;
  cancel(operationId: string): RequestOf<'CancelOperation'>;
  extend(operationId: string, timeoutSeconds: number): RequestOf<'ExtendOperation'>;
  dispatch(operationId: string, resource: string, options?: DispatchOptions, child?: string): Dispatch;
  child(
    name: string,
    timeoutSeconds: number,
  ): { readonly start: Start; readonly grandchild: (name: string) => Start };
}

export function requestBuilder(stackId: string, random: Random): RequestBuilder {
  const operation = (operationId: string) => ({ stackId, operationId });
  const timeout = (distance: Distance): number => {
    const [least, most] = SECONDS[distance === 'any' ? random.pick(DISTANCES) : distance];
    return random.between(least, most);
  };
  const start: RequestBuilder['start'] = (operationId, timeoutSeconds, more = {}) => ({
    command: 'StartOperation',
    ...operation(operationId),
    action: random.pick(['CREATE', 'UPDATE', 'DELETE']),
    timeoutSeconds,
    ...more,
  });
  return {
    random,
    timeout,
    within: (seconds) => Math.round(seconds * 1000 * (0.1 + 0.8 * random.next())),
    start,
    complete: (operationId, status) => ({ command: 'CompleteOperation', ...operation(operationId), status }),
    cancel: (operationId) => ({ command: 'CancelOperation', ...operation(operationId) }),
    extend: (operationId, timeoutSeconds) => ({
      command: 'ExtendOperation',
      ...operation(operationId),
      timeoutSeconds,
    }),
    dispatch(operationId, resource, options = {}, child) {
      const heartbeat = random.chance(0.7) ? { heartbeatSeconds: random.between(3, 6) } : {};
      return {
        command: 'DispatchResource',
        ...operation(operationId),
        ...(child !== undefined && { stackId: `${stackId}/${child}` }),
        resource,
        action: 'CREATE',
        input: { seconds: random.between(0, 50) / 10, failures: random.pick([0, 0, 0, 1]) },
        startToCloseSeconds: random.between(6, 12),
        ...heartbeat,
        retry: {
          maxAttempts: random.between(1, 5),
          intervalSeconds: 1,
          jitter: random.pick(['FULL', 'NONE']),
        },
        onFailure: random.pick(['FAIL_OPERATION', 'CONTINUE']),
        ...options,
      };
    },
    child(name, timeoutSeconds) {
      const parent = operation('op-1');
      const ids = { stackId: `${stackId}/${name}`, operationId: 'op-1' };
      return {
        start: start('op-1', timeoutSeconds, { stackId: ids.stackId, parent }),
        grandchild: (of) => start('op-1', timeoutSeconds, { stackId: `${ids.stackId}/${of}`, parent: ids }),
      };
    },
  };
}
