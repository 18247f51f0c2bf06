/** What holds after every race, whoever won. */
import assert from 'node:assert/strict';
import type { OperationStatusChange, ResourceActionStatusChange } from '../../contract/index.ts';
import type { RowChange } from '../../lambdas/domain/consequences.ts';
import {
  dueOf,
  isKeptForOperation,
  type ResourceActionRow,
  toResourceAction,
} from '../../lambdas/domain/resource-action/state.ts';
import { generationOf } from '../../lambdas/domain/row.ts';
import { inProgress, type StackRow, toStack } from '../../lambdas/domain/stack/state.ts';

type Row = StackRow | ResourceActionRow;

export interface Raced {
  readonly start: readonly Row[];
  readonly written: readonly RowChange[];
  /** The rows when everything that follows was done. */
  readonly finalRows: readonly Row[];
  readonly answers: readonly unknown[];
  readonly published: readonly (OperationStatusChange | ResourceActionStatusChange)[];
}

export function expectPromisesKept(raced: Raced): void {
  const written = Map.groupBy(raced.written, ({ after }) => keyOf(after));
  for (const [key, changes] of written) {
    changes.sort((a, b) => a.after.version - b.after.version);
    expectOneWriteAfterTheOther(
      raced.start.find((row) => keyOf(row) === key),
      changes,
    );
    expectOneEnd(changes);
    expectFences(changes);
    for (const change of changes) expectTimer(change);
  }
  expectOnlyWritten(raced);
  expectNothingLeft(raced.finalRows);
}

const keyOf = (row: Row): string => ('resource' in row ? `${row.stackId} ${row.resource}` : row.stackId);

/**
 * The version counts the writes, and none was lost; only what lets a row expire makes no new
 * version.
 */
function expectOneWriteAfterTheOther(start: Row | undefined, changes: readonly RowChange[]): void {
  let row: Row | undefined = start;
  for (const { before, after } of changes) {
    const expired = before?.change === 'EXPIRE' &&
      'expiresAt' in before && { change: before.change, expiresAt: before.expiresAt };
    assert.deepEqual(before, row && { ...row, ...expired });
    assert.equal(after.version, (before?.version ?? 0) + 1);
    row = after;
  }
}

/** P3: what has ended stays as it is, until another operation takes its place. */
function expectOneEnd(changes: readonly RowChange[]): void {
  for (const { before, after } of changes) {
    if (before === undefined || before.status === 'IN_PROGRESS') continue;
    assert.notEqual(after.operationId, before.operationId);
  }
}

/** P1, P6 and P8. */
function expectFences(changes: readonly RowChange[]): void {
  const of = (name: string) => changes.filter(({ after }) => after.change === name);
  const attempts = Map.groupBy(of('CLAIM'), ({ after }) => `${after.operationId} ${attemptOf(after)}`);
  for (const claims of attempts.values()) assert(claims.length <= 1 + of('RELEASE').length);
  for (const { before, after } of changes) {
    if (!('resource' in after)) {
      const due = before && 'deadline' in before ? before.deadline : 0;
      if (after.change === 'TIMEOUT') assert('endedAt' in after && after.endedAt >= due);
      continue;
    }
    assert(after.attempt <= after.retry.maxAttempts);
    if (['HEARTBEAT', 'RELEASE', 'COMPLETE', 'ENGINE_LOST'].includes(after.change)) {
      assert(before && 'phase' in before && before.phase === 'RUNNING');
    }
  }
}

const attemptOf = (row: Row): number | undefined => ('attempt' in row ? row.attempt : undefined);

/**
 * A live row has a timer that is not later than what it watches; a new timer has a new generation.
 */
function expectTimer({ before, after }: RowChange): void {
  const [old, now] = [before ? generationOf(before) : 0, generationOf(after)];
  assert(now >= old);
  if (after.status !== 'IN_PROGRESS') return;
  assert(after.timer.dueAt <= ('resource' in after ? dueOf(after) : after.deadline));
  if (before?.status === 'IN_PROGRESS' && now === old) assert.deepEqual(after.timer, before.timer);
  else assert(now > old);
}

const viewOf = (row: Row): string => JSON.stringify('resource' in row ? toResourceAction(row) : toStack(row));

/** P4: what an answer or an event shows of a row was written. */
function expectOnlyWritten({ start, written, answers, published }: Raced): void {
  const versions = new Set([...start, ...written.map(({ after }) => after)].map(viewOf));
  for (const answer of answers) {
    const { stack, resource, error } = (answer ?? {}) as Record<string, { current?: object } | undefined>;
    for (const shown of [stack, resource, error?.current]) {
      if (shown) assert(versions.has(JSON.stringify(shown)));
    }
  }
  const events = new Map<string, string>();
  for (const event of published) {
    const { id, previousStatus: _, ...rest } = event;
    const { previousPhase: __, ...shown } = rest as typeof rest & { previousPhase?: string };
    // The end of what another operation took the place of is written with that one.
    const replaced = shown.cause === 'SUPERSEDED' || (shown.cause === 'CANCELLED' && id.endsWith('/CANCEL'));
    if (!replaced) assert(versions.has(JSON.stringify(shown)));
    assert.equal(events.get(id) ?? JSON.stringify(event), JSON.stringify(event));
    events.set(id, JSON.stringify(event));
  }
}

/**
 * P13: what belongs to an operation has ended with it, and expires; a child's deadline is not later
 * than its parent's.
 */
function expectNothingLeft(rows: readonly Row[]): void {
  const stackOf = (stackId: string) =>
    rows.find((row): row is StackRow => !('resource' in row) && row.stackId === stackId);
  for (const row of rows) {
    if (row.status !== 'IN_PROGRESS' && !('resource' in row && isKeptForOperation(row))) continue;
    const above = 'resource' in row ? row : row.parent;
    if (above === undefined) continue;
    const operation = inProgress(stackOf(above.stackId), above);
    assert(operation, `the operation of ${keyOf(row)} has ended`);
    if (row.status === 'IN_PROGRESS' && 'deadline' in row) assert(row.deadline <= operation.deadline);
  }
}
