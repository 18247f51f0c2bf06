/** Follows operations by asking again and again. What is shown of them is the view's. */
import pMap from 'p-map';
import type { StackTimeoutsClient } from '../../client/client.ts';
import { accepted, InvocationError } from '../../client/errors.ts';
import type { Stack } from '../../contract/index.ts';
import type { CliEnvironment } from '../environment.ts';
import { EXIT, type ExitCode } from '../exit-codes.ts';
import { printable } from './output.ts';

interface Seen {
  readonly stacks: readonly Stack[];
  /** There is nothing more to come. */
  readonly end?: ExitCode;
  /** Why there is nothing more to come, if the stacks do not show it. */
  readonly note?: string;
}
export type Poll = () => Promise<Seen>;

export interface View {
  /** How often the view wants to be shown again between two polls; undefined: not at all. */
  readonly tickMs?: number;
  show(stacks: readonly Stack[]): void;
  /** The service cannot be reached, which may pass. Undefined: it can be reached again. */
  trouble(message: string | undefined): void;
}

/** How long the end of an operation stays in the view of all. */
const ENDED_STAYS_MS = 60_000;
const LOOKUPS_AT_ONCE = 10;

export async function watch(
  poll: Poll,
  view: View,
  environment: CliEnvironment,
  intervalMs: number,
): Promise<ExitCode> {
  // The first poll must succeed: a wrong name or a missing permission is not a passing trouble.
  let seen = await poll();
  for (;;) {
    view.show(seen.stacks);
    if (seen.note !== undefined) environment.terminal.err(seen.note);
    if (seen.end !== undefined) return seen.end;
    await ticking(view, seen.stacks, environment, intervalMs);
    try {
      seen = await poll();
      view.trouble(undefined);
    } catch (error) {
      if (!(error instanceof InvocationError && error.retryable)) throw error;
      view.trouble(printable(error.message));
    }
  }
}

async function ticking(
  view: View,
  stacks: readonly Stack[],
  environment: CliEnvironment,
  intervalMs: number,
): Promise<void> {
  const until = environment.now() + intervalMs;
  for (;;) {
    const left = until - environment.now();
    await environment.sleep(Math.min(left, view.tickMs ?? left));
    if (environment.now() >= until) return;
    view.show(stacks);
  }
}

/** Follows one operation: the one given, or the one that the stack has at the first look. */
export function pollOne(client: StackTimeoutsClient, stackId: string, operationId?: string): Poll {
  let watched = operationId;
  return async () => {
    const { stack } = accepted(await client.getStack({ stackId }));
    watched ??= stack.operationId;
    if (stack.operationId !== watched) {
      const note = `operation ${watched} has ended: ${stack.operationId} took its place before its end was seen`;
      return { stacks: [stack], end: EXIT.failed, note };
    }
    if (stack.status === 'IN_PROGRESS') return { stacks: [stack] };
    return { stacks: [stack], end: stack.status === 'COMPLETE' ? EXIT.ok : EXIT.failed };
  };
}

/**
 * Follows all operations. The service lists only those in progress: one that is listed no longer is looked up, to see
 * how it ended.
 */
export function pollAll(client: StackTimeoutsClient, now: () => number): Poll {
  let known = new Map<string, Stack>();
  return async () => {
    const next = new Map<string, Stack>();
    for await (const stack of client.stacks()) next.set(stack.stackId, stack);
    const gone = [...known.values()].filter((stack) => !next.has(stack.stackId));
    const looked = await pMap(gone, (stack) => lookUp(client, stack), { concurrency: LOOKUPS_AT_ONCE });
    for (const stack of looked) if (stack && !isOld(stack, now())) next.set(stack.stackId, stack);
    known = next;
    return { stacks: [...next.values()] };
  };
}

const isOld = (stack: Stack, now: number): boolean =>
  stack.endedAt !== undefined && now - Date.parse(stack.endedAt) > ENDED_STAYS_MS;

async function lookUp(client: StackTimeoutsClient, stack: Stack): Promise<Stack | undefined> {
  if (stack.status !== 'IN_PROGRESS') return stack;
  const answer = await client.getStack({ stackId: stack.stackId });
  // Gone altogether: its retention time is over.
  return answer.ok ? answer.stack : undefined;
}
