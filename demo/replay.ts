/** Replays operations from a file: starts all at once, completes those that are to be completed, watches all to their end. */
import pMap from 'p-map';
import type { StackTimeoutsClient } from '../client/client.ts';
import type { ReplayOperation } from './input.ts';
import { type Expected, ended, type Operation, settled, started } from './operation.ts';
import { LATENESS_BOUNDS } from './verdict.ts';
import type { View } from './view.ts';
import type { Watcher } from './watcher.ts';

const SECOND = 1000;
/** Enough to start some hundred at about the same time, and not to flood a machine with two processors. */
const CONCURRENCY = 4;

export async function replay(
  input: readonly ReplayOperation[],
  client: StackTimeoutsClient,
  watcher: Watcher,
  view: View,
  signal: AbortSignal,
): Promise<readonly Operation[]> {
  const longest = Math.max(...input.map(lastsSeconds));
  view.event(`starting ${input.length} operations; the last one ends in about ${Math.ceil(longest)} s`);
  const replayed = input.map((one) => ({ ...one, operation: toOperation(one) }));
  const operations = replayed.map(({ operation }) => operation);
  watcher.operations.push(...operations);

  const completions = replayed.filter(({ completeAfterSeconds }) => completeAfterSeconds !== undefined);
  const sent = new Set<Operation>();
  async function completeDue(): Promise<void> {
    const due = completions.filter(
      ({ operation, completeAfterSeconds = 0 }) =>
        operation.stack !== undefined &&
        !sent.has(operation) &&
        Date.parse(operation.stack.startedAt) + completeAfterSeconds * SECOND <= Date.now(),
    );
    for (const { operation } of due) sent.add(operation);
    await pMap(due, ({ operation }) => complete(client, watcher, view, operation), {
      concurrency: CONCURRENCY,
      signal,
    });
  }

  let starting = true;
  const starts = pMap(
    replayed,
    async ({ request, operation }) => {
      const answer = await client.startOperation(request);
      if (!answer.ok) operation.refusal = `was not started: ${answer.error.message}`;
      else accept(watcher, operation, answer.stack);
    },
    { concurrency: CONCURRENCY, signal },
  ).finally(() => {
    starting = false;
  });
  // The first may end before the last has started.
  await Promise.all([starts, watcher.until(() => !starting, Number.POSITIVE_INFINITY, completeDue)]);
  view.event('all are started');

  const giveUpAt = Date.now() + (longest + LATENESS_BOUNDS.sweep + 30) * SECOND;
  const over = () => operations.every((one) => settled(one, Date.now()));
  await watcher.until(over, giveUpAt, completeDue);
  await pMap(operations.filter(started), (operation) => watcher.look(operation), {
    concurrency: CONCURRENCY,
    signal,
  });
  return operations;
}

async function complete(
  client: StackTimeoutsClient,
  watcher: Watcher,
  view: View,
  operation: Operation,
): Promise<void> {
  const { stackId, operationId, expected } = operation;
  if (ended(operation)) return;
  const answer = await client.completeOperation({ stackId, operationId, status: 'COMPLETE' });
  if (answer.ok) {
    accept(watcher, operation, answer.stack);
    view.event(`${stackId}: completed`);
  } else if (expected.end === 'completed') {
    operation.refusal = `could not be completed: ${answer.error.message}`;
  }
}

function accept(watcher: Watcher, operation: Operation, stack: Operation['stack'] & {}): void {
  operation.accepted = stack;
  watcher.update(operation, stack);
}

/** When it ends, if all goes well. */
const lastsSeconds = ({
  request,
  completeAfterSeconds = Number.POSITIVE_INFINITY,
}: ReplayOperation): number => Math.min(request.timeoutSeconds, completeAfterSeconds);

function toOperation({ request, completeAfterSeconds }: ReplayOperation): Operation {
  const { stackId, operationId, action, timeoutSeconds } = request;
  const note = completeAfterSeconds === undefined ? '' : `to be completed after ${completeAfterSeconds} s`;
  return {
    stackId,
    operationId,
    action,
    note,
    expected: expectedEnd(timeoutSeconds, completeAfterSeconds),
    evidence: [],
  };
}

/** Until the timeout is written, a completion still wins: which one is first cannot be foretold when it comes late. */
export function expectedEnd(timeoutSeconds: number, completeAfterSeconds: number | undefined): Expected {
  if (completeAfterSeconds === undefined) return { end: 'timeout' };
  return { end: completeAfterSeconds < timeoutSeconds ? 'completed' : 'either' };
}
