/**
 * The walker: dispatches each step of a plan when the steps that it requires are COMPLETE, and ends
 * the operation. It handles a resource action with a heartbeat, so another engine gets the walk
 * when this one dies. It knows only the walk's input and what the service says, and everything it
 * does can be repeated.
 */
import pMap from 'p-map';
import {
  accepted,
  type ErrorCode,
  type Handler,
  type Parent,
  RefusedError,
  type StackTimeoutsClient,
  type Work,
  WorkFailed,
} from 'stack-timeouts';
import { type Decision, decideNext, type OperationState } from './decision.ts';
import { decodeWalk, stepDispatch, type Walk } from './walk.ts';

export interface WalkerOptions {
  /** Rejects when the signal aborts. */
  readonly sleep: (milliseconds: number, signal: AbortSignal) => Promise<unknown>;
  /** @default 500 */
  readonly pollMs?: number;
}

const CONCURRENT_DISPATCHES = 10;
/** The operation has ended, or another one has replaced it. */
const OPERATION_OVER: readonly ErrorCode[] = ['OperationEnded', 'StaleOperation', 'StackNotFound'];

export function createWalker({ sleep, pollMs = 500 }: WalkerOptions): Handler {
  return async ({ resource: { stackId, operationId }, input, signal, client }) => {
    const walk = readWalk(input);
    const operation = { stackId, operationId };
    try {
      for (;;) {
        signal.throwIfAborted();
        const state = await readState(client, operation);
        if (state === undefined) return;
        const decision = decideNext(walk, state);
        await execute(decision, walk, operation, { client, signal });
        if (decision.type === 'END') return;
        await sleep(pollMs, signal);
      }
    } catch (error) {
      if (!(error instanceof RefusedError)) throw error;
      if (OPERATION_OVER.includes(error.refusal.error.code)) return;
      // The service would refuse another walker as well.
      throw new WorkFailed(error.message, { retryable: false, cause: error });
    }
  };
}

function readWalk(input: unknown): Walk {
  try {
    return decodeWalk(input);
  } catch (cause) {
    throw new WorkFailed('the input is not a walk', { retryable: false, cause });
  }
}

/** Undefined if the operation is over. */
async function readState(
  client: StackTimeoutsClient,
  { stackId, operationId }: Parent,
): Promise<OperationState | undefined> {
  const { stack, resources, nextToken } = accepted(await client.getStack({ stackId }));
  if (stack.operationId !== operationId || stack.status !== 'IN_PROGRESS') return undefined;
  const all = new Map(resources.map((one) => [one.resource, one]));
  if (nextToken !== undefined) for await (const one of client.resources(stackId)) all.set(one.resource, one);
  return { stack, resources: all };
}

async function execute(
  decision: Decision,
  walk: Walk,
  operation: Parent,
  { client, signal }: Pick<Work, 'client' | 'signal'>,
): Promise<void> {
  switch (decision.type) {
    case 'WAIT':
      return;
    case 'END': {
      // The operation ends before its walk does: a walker that dies in between leaves nothing
      // undone.
      const { status, reason } = decision;
      accepted(await client.completeOperation({ ...operation, status, reason }));
      return;
    }
    case 'DISPATCH': {
      const { timeoutSeconds } = walk;
      if (decision.extend) accepted(await client.extendOperation({ ...operation, timeoutSeconds }));
      const dispatch = async (step: (typeof decision.steps)[number]) => {
        signal.throwIfAborted();
        const answer = await client.dispatchResource(stepDispatch(operation, step, walk));
        // An engine of another version dispatched it with other fields. It is under way all the
        // same.
        if (answer.ok || answer.error.code !== 'ResourceInProgress') accepted(answer);
      };
      await pMap(decision.steps, dispatch, { concurrency: CONCURRENT_DISPATCHES });
    }
  }
}
