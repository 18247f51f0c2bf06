/**
 * The walker: dispatches each step of a plan when those that it requires are COMPLETE, and ends the operation. It is the
 * handler of a resource action with a heartbeat, so when it dies another engine is given the walk. All that it knows is
 * in the walk's input and in what the service answers, and every move may be repeated.
 */
import pMap from 'p-map';
import {
  accepted,
  type ErrorCode,
  type Handler,
  type Parent,
  RefusedError,
  type ResourceAction,
  type StackTimeoutsClient,
  type Work,
  WorkFailed,
} from '../../client/index.ts';
import { type Move, nextMove, type Standing } from './moves.ts';
import { decodeWalk, stepDispatch, type Walk } from './walk.ts';

export interface WalkerOptions {
  /** Rejects when the signal aborts. */
  readonly sleep: (milliseconds: number, signal: AbortSignal) => Promise<unknown>;
  /**
   * How often the service is asked how things stand.
   * @default 500
   */
  readonly pollMs?: number;
}

const DISPATCHES_AT_ONCE = 10;
/** The operation is over, or another one is in its place: there is nothing left to walk. */
const OVER: readonly ErrorCode[] = ['OperationEnded', 'StaleOperation', 'StackNotFound'];

export function createWalker({ sleep, pollMs = 500 }: WalkerOptions): Handler {
  return async (work) => {
    const walk = readWalk(work.input);
    const { stackId, operationId } = work.resource;
    const operation = { stackId, operationId };
    try {
      for (;;) {
        work.signal.throwIfAborted();
        const standing = await look(work.client, operation);
        if (standing === undefined) return;
        const move = nextMove(walk, standing);
        if (await make(move, walk, operation, work)) return;
        await sleep(pollMs, work.signal);
      }
    } catch (error) {
      if (!(error instanceof RefusedError)) throw error;
      if (OVER.includes(error.refusal.error.code)) return;
      // Another walker would be refused just the same.
      throw new WorkFailed(error.message, { retryable: false, cause: error });
    }
  };
}

function readWalk(input: unknown): Walk {
  try {
    return decodeWalk(input);
  } catch (cause) {
    throw new WorkFailed('the input is not that of a walk', { retryable: false, cause });
  }
}

/** The operation with all its resource actions; undefined if it is over. */
async function look(
  client: StackTimeoutsClient,
  { stackId, operationId }: Parent,
): Promise<Standing | undefined> {
  const resources = new Map<string, ResourceAction>();
  let nextToken: string | undefined;
  for (;;) {
    const page = accepted(await client.getStack({ stackId, ...(nextToken !== undefined && { nextToken }) }));
    // Looked at on every page: another operation may have taken its place between two.
    if (page.stack.operationId !== operationId || page.stack.status !== 'IN_PROGRESS') return undefined;
    for (const resource of page.resources) resources.set(resource.resource, resource);
    if (page.nextToken === undefined) return { stack: page.stack, resources };
    nextToken = page.nextToken;
  }
}

/** Whether it was the last move. */
async function make(move: Move, walk: Walk, operation: Parent, { client, signal }: Work): Promise<boolean> {
  switch (move.do) {
    case 'wait':
      return false;
    case 'end': {
      // First the operation, then the walk: a walker that dies between the two leaves nothing undone.
      const { status, reason } = move;
      accepted(await client.completeOperation({ ...operation, status, reason }));
      return true;
    }
    case 'dispatch': {
      const { timeoutSeconds } = walk;
      if (move.extend) accepted(await client.extendOperation({ ...operation, timeoutSeconds }));
      await pMap(
        move.steps,
        async (step) => {
          // Whoever has lost the attempt should not go on. Where it does, no harm is done.
          signal.throwIfAborted();
          const answer = await client.dispatchResource(stepDispatch(operation, step, walk));
          // Dispatched meanwhile by an engine that knows other fields: it is under way all the same.
          if (answer.ok || answer.error.code !== 'ResourceInProgress') accepted(answer);
        },
        { concurrency: DISPATCHES_AT_ONCE },
      );
      return false;
    }
  }
}
