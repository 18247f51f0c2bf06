/** Follows operations by polling the service. */
import pMap from 'p-map';
import type { StackTimeoutsClient } from '../../client/client.ts';
import { InvocationError } from '../../client/errors.ts';
import type { ResourceAction, Stack } from '../../contract/index.ts';
import type { CliEnvironment } from '../environment.ts';
import { EXIT, type ExitCode } from '../exit-codes.ts';
import { readStack } from '../read-stack.ts';
import { printable } from './printable.ts';

/** What there is to see. */
export interface Seen {
  readonly stacks: readonly Stack[];
  /** Of the stack, if one is watched. */
  readonly resources?: readonly ResourceAction[];
}

interface PollResult extends Seen {
  /** Present when there is nothing left to watch. */
  readonly exitCode?: ExitCode;
  /** Why there is nothing left to watch, if the stacks do not show it. */
  readonly note?: string;
}
export type Poll = () => Promise<PollResult>;

export interface View {
  /** Whether it has room for what failed before. */
  readonly showsEarlier: boolean;
  /** How often to redraw the view between two polls. Undefined: not at all. */
  readonly redrawMs?: number;
  show(seen: Seen): void;
  /** The service does not answer at the moment. Undefined: it answers again. */
  setError(message: string | undefined): void;
}

/** How long an operation that ended stays visible, unless its stack starts again. */
const VISIBLE_MS = { COMPLETE: 60_000, FAILED: 3_600_000 };
/** Failures are asked for from this long before the last poll: clocks differ, the index lags. */
const OVERLAP_MS = 10_000;
/** The most earlier failures that a watch begins with. */
const MAX_EARLIER = 1000;
const READ_CONCURRENCY = 10;

export async function watch(
  poll: Poll,
  view: View,
  environment: CliEnvironment,
  intervalMs: number,
): Promise<ExitCode> {
  environment.endWithReader();
  // An error of the first poll is thrown: a wrong name or a missing permission does not pass.
  let result = await poll();
  for (;;) {
    view.show(result);
    if (result.note !== undefined) environment.terminal.err(printable(result.note));
    if (result.exitCode !== undefined) return result.exitCode;
    await waitAndRedraw(view, result, environment, intervalMs);
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
  seen: Seen,
  environment: CliEnvironment,
  intervalMs: number,
): Promise<void> {
  const until = environment.now() + intervalMs;
  for (;;) {
    const left = until - environment.now();
    await environment.sleep(Math.min(left, view.redrawMs ?? left));
    if (environment.now() >= until) return;
    view.show(seen);
  }
}

/** Follows one operation: the given one, or the stack's current one at the first poll. */
export function pollOne(client: StackTimeoutsClient, stackId: string, operationId?: string): Poll {
  let watched = operationId;
  return async () => {
    const { stack, resources } = await readStack(client, stackId);
    watched ??= stack.operationId;
    const seen = { stacks: [stack], resources };
    if (stack.operationId !== watched) {
      const note = `operation ${watched} has ended: ${stack.operationId} replaced it between two polls`;
      return { ...seen, exitCode: EXIT.failed, note };
    }
    if (stack.status === 'IN_PROGRESS') return seen;
    return { ...seen, exitCode: stack.status === 'COMPLETE' ? EXIT.ok : EXIT.failed };
  };
}

/**
 * Follows all operations: those in progress, and those that failed since the last poll, or in the
 * last hour at first if `withEarlier`. A stack that is in neither list any more is read on its own,
 * to show how its operation ended.
 */
export function pollAll(client: StackTimeoutsClient, now: () => number, withEarlier: boolean): Poll {
  let known = new Map<string, Stack>();
  const earliest = now() - (withEarlier ? VISIBLE_MS.FAILED : 0);
  let since = earliest;
  return async () => {
    const asked = now();
    const next = new Map<string, Stack>();
    // Failures first: what starts again meanwhile is in progress.
    for await (const stack of client.stacks({ status: 'FAILED', since: new Date(since).toISOString() })) {
      next.set(stack.stackId, stack);
      if (next.size >= MAX_EARLIER) break;
    }
    for await (const stack of client.stacks()) next.set(stack.stackId, stack);
    const gone = [...known.values()].filter((stack) => !next.has(stack.stackId));
    const ended = await pMap(gone, (stack) => readEnded(client, stack), { concurrency: READ_CONCURRENCY });
    for (const stack of ended) if (stack && !isOld(stack, now())) next.set(stack.stackId, stack);
    known = next;
    since = Math.max(earliest, asked - OVERLAP_MS);
    return { stacks: [...next.values()] };
  };
}

const isOld = ({ status, endedAt }: Stack, now: number): boolean =>
  status !== 'IN_PROGRESS' && endedAt !== undefined && now - Date.parse(endedAt) > VISIBLE_MS[status];

async function readEnded(client: StackTimeoutsClient, stack: Stack): Promise<Stack | undefined> {
  if (stack.status !== 'IN_PROGRESS') return stack;
  const answer = await client.getStack({ stackId: stack.stackId });
  // A refusal: the stack's retention time is over.
  return answer.ok ? answer.stack : undefined;
}
