/** Follows operations by polling the service. */
import pMap from 'p-map';
import type { StackTimeoutsClient } from '../../client/client.ts';
import { accepted, InvocationError } from '../../client/errors.ts';
import type { Stack } from '../../contract/index.ts';
import type { CliEnvironment } from '../environment.ts';
import { EXIT, type ExitCode } from '../exit-codes.ts';
import { printable } from './printable.ts';

interface PollResult {
  readonly stacks: readonly Stack[];
  /** Present when there is nothing left to watch. */
  readonly exitCode?: ExitCode;
  /** Why there is nothing left to watch, if the stacks do not show it. */
  readonly note?: string;
}
export type Poll = () => Promise<PollResult>;

export interface View {
  /** How often to redraw the view between two polls. Undefined: not at all. */
  readonly redrawMs?: number;
  show(stacks: readonly Stack[]): void;
  /** The service does not answer at the moment. Undefined: it answers again. */
  setError(message: string | undefined): void;
}

/** How long an ended operation stays visible. */
const ENDED_VISIBLE_MS = 60_000;
const READ_CONCURRENCY = 10;

export async function watch(
  poll: Poll,
  view: View,
  environment: CliEnvironment,
  intervalMs: number,
): Promise<ExitCode> {
  // An error of the first poll is thrown: a wrong name or a missing permission does not pass.
  let result = await poll();
  for (;;) {
    view.show(result.stacks);
    if (result.note !== undefined) environment.terminal.err(printable(result.note));
    if (result.exitCode !== undefined) return result.exitCode;
    await waitAndRedraw(view, result.stacks, environment, intervalMs);
    try {
      result = await poll();
      view.setError(undefined);
    } catch (error) {
      if (!(error instanceof InvocationError && error.retryable)) throw error;
      view.setError(printable(error.message));
    }
  }
}

async function waitAndRedraw(
  view: View,
  stacks: readonly Stack[],
  environment: CliEnvironment,
  intervalMs: number,
): Promise<void> {
  const until = environment.now() + intervalMs;
  for (;;) {
    const left = until - environment.now();
    await environment.sleep(Math.min(left, view.redrawMs ?? left));
    if (environment.now() >= until) return;
    view.show(stacks);
  }
}

/** Follows one operation: the given one, or the stack's current one at the first poll. */
export function pollOne(client: StackTimeoutsClient, stackId: string, operationId?: string): Poll {
  let watched = operationId;
  return async () => {
    const { stack } = accepted(await client.getStack({ stackId }));
    watched ??= stack.operationId;
    if (stack.operationId !== watched) {
      const note = `operation ${watched} has ended: ${stack.operationId} replaced it between two polls`;
      return { stacks: [stack], exitCode: EXIT.failed, note };
    }
    if (stack.status === 'IN_PROGRESS') return { stacks: [stack] };
    return { stacks: [stack], exitCode: stack.status === 'COMPLETE' ? EXIT.ok : EXIT.failed };
  };
}

/**
 * Follows all operations. The service lists only those in progress, so a stack that is no longer
 * listed is read on its own, to show how its operation ended.
 */
export function pollAll(client: StackTimeoutsClient, now: () => number): Poll {
  let known = new Map<string, Stack>();
  return async () => {
    const next = new Map<string, Stack>();
    for await (const stack of client.stacks()) next.set(stack.stackId, stack);
    const gone = [...known.values()].filter((stack) => !next.has(stack.stackId));
    const ended = await pMap(gone, (stack) => readEnded(client, stack), { concurrency: READ_CONCURRENCY });
    for (const stack of ended) if (stack && !isOld(stack, now())) next.set(stack.stackId, stack);
    known = next;
    return { stacks: [...next.values()] };
  };
}

const isOld = (stack: Stack, now: number): boolean =>
  stack.endedAt !== undefined && now - Date.parse(stack.endedAt) > ENDED_VISIBLE_MS;

async function readEnded(client: StackTimeoutsClient, stack: Stack): Promise<Stack | undefined> {
  if (stack.status !== 'IN_PROGRESS') return stack;
  const answer = await client.getStack({ stackId: stack.stackId });
  // A refusal: the stack's retention time is over.
  return answer.ok ? answer.stack : undefined;
}
