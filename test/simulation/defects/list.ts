/** Deliberate defects: each a small change of the code that the simulation must find. */

export interface Defect {
  readonly name: string;
  /** Of the repository. */
  readonly file: string;
  /** Occurs once in the file. */
  readonly find: string;
  readonly replace: string;
}

const COMMANDS = 'lambdas/domain/stack/commands.ts';
const RESOURCE_COMMANDS = 'lambdas/domain/resource-action/commands.ts';
const WAKE_UP = 'lambdas/domain/stack/wake-up.ts';
const RESOURCE_WAKE_UP = 'lambdas/domain/resource-action/wake-up.ts';
const CONSEQUENCES = 'lambdas/domain/consequences.ts';
const APPLY_CONSEQUENCES = 'lambdas/effects/apply-consequences.ts';

export const DEFECTS: readonly Defect[] = [
  {
    name: 'early fire: an operation times out when its wake-up comes, 20 s before its deadline',
    file: WAKE_UP,
    find: 'if (now >= row.deadline) {',
    replace: 'if (now >= row.deadline - 20_000) {',
  },
  {
    name: 'generation ignored: any wake-up of the operation counts',
    file: WAKE_UP,
    find: 'row.operationId !== wakeUp.operationId || row.timer.generation !== wakeUp.generation',
    replace: 'row.operationId !== wakeUp.operationId',
  },
  {
    name: 'generation ignored: any wake-up of the resource action counts',
    file: RESOURCE_WAKE_UP,
    find: 'row.operationId !== wakeUp.operationId || row.timer.generation !== wakeUp.generation',
    replace: 'row.operationId !== wakeUp.operationId',
  },
  {
    name: 'generation not raised when a moved deadline is armed again',
    file: WAKE_UP,
    find: 'timer: { generation: row.timer.generation + 1, dueAt: row.deadline, setAt: now },',
    replace: 'timer: { generation: row.timer.generation, dueAt: row.deadline, setAt: now },',
  },
  {
    name: 'shortening does not arm the timer anew',
    file: 'lambdas/domain/stack/state.ts',
    find: 'if (within.deadline >= row.timer.dueAt) return next;',
    replace: 'if (within.deadline > 0) return next;',
  },
  {
    name: 'a start supersedes, asked or not',
    file: COMMANDS,
    find: "current?.status === 'IN_PROGRESS' && request.supersede !== true",
    replace: "current?.status === 'IN_PROGRESS' && request.supersede === undefined && false",
  },
  {
    name: 'an operation that has ended is started again',
    file: COMMANDS,
    find: 'if (current?.endedOperationIds.includes(request.operationId)) {',
    replace: "if (current?.endedOperationIds.includes('')) {",
  },
  {
    name: 'the last writer wins: an end overwrites another end',
    file: COMMANDS,
    find: "if (row.status === 'IN_PROGRESS') return on.inProgress(row);",
    replace: 'if (row.status) return on.inProgress({ timer: { generation: 1 }, ...row } as StackInProgress);',
  },
  {
    name: "a child's deadline is not that of its parent at most",
    file: COMMANDS,
    find: 'return write(started(seen, current, request, deadlineWithin(parent, asked), now));',
    replace: 'return write(started(seen, current, request, { deadline: asked }, now));',
  },
  {
    name: "extending leaves the parent's deadline behind",
    file: COMMANDS,
    find: 'return write(withDeadline(row, asked, parent, now));',
    replace: 'return write(withDeadline(row, asked, undefined, now));',
  },
  {
    name: 'a child times out although its parent was extended',
    file: WAKE_UP,
    find: 'const extended = extendedWith(row, above, now);',
    replace: 'const extended = extendedWith(row, [], now);',
  },
  {
    name: 'a stack is started under its own descendant',
    file: COMMANDS,
    find: 'if (ancestors.some(({ stackId }) => stackId === request.stackId)) {',
    replace: "if (ancestors.some(({ stackId }) => stackId === '')) {",
  },
  {
    name: 'a lost conditional write is reported as done',
    file: 'lambdas/shared/optimistic.ts',
    find: 'if (lost === undefined) return decision;',
    replace: 'if (lost === undefined || round >= 0) return decision;',
  },
  {
    name: 'a write that met a transaction is taken for done',
    file: 'lambdas/adapters/dynamodb/resource-action-store.ts',
    find: 'if (isLostRace(error)) return false;',
    replace: "if (isLostRace(error)) return String(error).includes('TransactionConflict');",
  },
  {
    name: 'what has expired is still shown',
    file: 'lambdas/domain/row.ts',
    find: 'return row.expiresAt > now ? row : undefined;',
    replace: 'return row.expiresAt > 0 ? row : undefined;',
  },
  {
    name: 'condition dropped: the version that was seen',
    file: 'lambdas/adapters/dynamodb/conditional.ts',
    find: "ConditionExpression: '#version = :version AND operationId = :operationId',",
    replace: "ConditionExpression: '#version > :version OR operationId = :operationId',",
  },
  {
    name: 'condition dropped: a first write wants the row to be absent',
    file: 'lambdas/adapters/dynamodb/conditional.ts',
    find: "{ ConditionExpression: 'attribute_not_exists(pk)' }",
    replace: "{ ConditionExpression: 'attribute_not_exists(nothing)' }",
  },
  {
    name: 'stale read before a decision',
    file: 'lambdas/adapters/dynamodb/batch-get.ts',
    find: 'ConsistentRead: true',
    replace: 'ConsistentRead: false',
  },
  {
    name: 'a resource action is decided about by a stack from before its operation',
    file: 'lambdas/shared/update-row.ts',
    find: 'if (operationId === undefined || operationId === rows.stack?.operationId || operationId === known)',
    replace: "if (operationId !== '' || operationId === known)",
  },
  {
    name: 'a heartbeat does not raise the version',
    file: 'lambdas/adapters/dynamodb/resource-action-store.ts',
    find: '#version = #version + :one',
    replace: '#version = #version',
  },
  {
    name: 'attempt not fenced in a heartbeat',
    file: 'lambdas/adapters/dynamodb/resource-action-store.ts',
    find: 'phase = :running AND attempt = :attempt AND',
    replace: 'phase = :running AND attempt >= :attempt AND',
  },
  {
    name: 'claimId not fenced in a heartbeat',
    file: 'lambdas/adapters/dynamodb/resource-action-store.ts',
    find: 'AND claimId = :claimId AND',
    replace: 'AND claimId <= :claimId AND',
  },
  {
    name: 'the output of an earlier attempt is shown',
    file: 'lambdas/domain/resource-action/state.ts',
    find: 'outputAttempt === attempt;',
    replace: 'outputAttempt !== undefined && attempt > 0;',
  },
  {
    name: 'the resource actions of an earlier operation are listed too',
    file: 'lambdas/adapters/dynamodb/resource-action-store.ts',
    find: "FilterExpression: 'operationId = :operationId',",
    replace: "FilterExpression: 'operationId >= :operationId OR operationId < :operationId',",
  },
  {
    name: 'attempt not fenced in a report',
    file: RESOURCE_COMMANDS,
    find: 'isRunning(row) && row.attempt === request.attempt && row.claimId === request.claimId',
    replace: 'isRunning(row) && row.claimId === request.claimId',
  },
  {
    name: 'claimId not fenced in a report',
    file: RESOURCE_COMMANDS,
    find: 'isRunning(row) && row.attempt === request.attempt && row.claimId === request.claimId',
    replace: 'isRunning(row) && row.attempt === request.attempt',
  },
  {
    name: 'an attempt is claimed that somebody has',
    file: RESOURCE_COMMANDS,
    find: "if (row.status !== 'IN_PROGRESS' || row.phase !== 'QUEUED') {",
    replace: "if (row.status !== 'IN_PROGRESS' || row.phase === 'BACKOFF') {",
  },
  {
    name: 'an attempt is claimed that is not the current one',
    file: RESOURCE_COMMANDS,
    find: 'if (row.attempt !== request.attempt) return staleAttempt(row, request);',
    replace: 'if (row.attempt < request.attempt) return staleAttempt(row, request);',
  },
  {
    name: 'an attempt starts when no time is left',
    file: RESOURCE_COMMANDS,
    find: 'if (Math.min(row.finalDeadline ?? operation.deadline, operation.deadline) <= now) {',
    replace: 'if ((row.finalDeadline ?? operation.deadline) <= 0) {',
  },
  {
    name: 'a claim ignores the operation',
    file: RESOURCE_COMMANDS,
    find: "  const operation = runningOperation(stack, request, now);\n  if ('kind' in operation) return operation;\n  const row = present(seen, now);\n  if (row?.operationId",
    replace:
      '  const operation = { deadline: now + 1000 };\n  const row = present(seen, now);\n  if (row?.operationId',
  },
  {
    name: 'a claim that is asked for again is refused',
    file: RESOURCE_COMMANDS,
    find: "if ('claimId' in row && row.claimId === request.claimId) return unchanged(row);",
    replace: "if ('claimId' in row && row.claimId === '') return unchanged(row);",
  },
  {
    name: 'a resource deadline is clamped at dispatch',
    file: RESOURCE_COMMANDS,
    find: '{ finalDeadline: now + scheduleToCloseSeconds * SECOND }',
    replace: '{ finalDeadline: now + Math.min(scheduleToCloseSeconds, 60) * SECOND }',
  },
  {
    name: 'releasing an attempt consumes it',
    file: RESOURCE_COMMANDS,
    find: 'queued(inNextPhase({ ...row, releasedClaims }, now),',
    replace: 'queued(inNextPhase({ ...row, attempt: row.attempt + 1, releasedClaims }, now),',
  },
  {
    name: 'only the last release of an attempt is remembered',
    file: RESOURCE_COMMANDS,
    find: 'const REMEMBERED_RELEASES = 20;',
    replace: 'const REMEMBERED_RELEASES = 1;',
  },
  {
    name: 'a claim that was released is taken again',
    file: RESOURCE_COMMANDS,
    find: 'if (isReleased(row, request)) {',
    replace: "if (isReleased(row, { ...request, claimId: '' })) {",
  },
  {
    name: 'one attempt more than there are',
    file: 'lambdas/domain/resource-action/attempt.ts',
    find: 'row.attempt >= row.retry.maxAttempts',
    replace: 'row.attempt > row.retry.maxAttempts',
  },
  {
    name: 'a retry is waited for that can never come',
    file: 'lambdas/domain/resource-action/attempt.ts',
    find: 'Math.max(retryAt, now) < row.finalDeadline;',
    replace: 'now < Number.POSITIVE_INFINITY;',
  },
  {
    name: 'what comes after a failed attempt hides how it failed',
    file: 'lambdas/domain/resource-action/state.ts',
    find: "  'lastFailure',\n",
    replace: '',
  },
  {
    name: 'a failed attempt is not counted',
    file: 'lambdas/domain/resource-action/attempt.ts',
    find: 'attempt: row.attempt + 1',
    replace: 'attempt: row.attempt',
  },
  {
    name: 'work that nobody claimed is offered again after an hour',
    file: 'lambdas/domain/resource-action/retry.ts',
    find: 'const delay = Math.min(LONGEST_OFFER, FIRST_OFFER * 2 ** (offers - 1));',
    replace: 'const delay = LONGEST_OFFER * offers;',
  },
  {
    name: 'offers are not spread',
    file: 'lambdas/domain/resource-action/retry.ts',
    find: 'const OFFER_SPREAD = 0.5;',
    replace: 'const OFFER_SPREAD = 0;',
  },
  {
    name: 'an engine is lost although heartbeats could not be recorded',
    file: 'lambdas/domain/health.ts',
    find: 'if (failedAt > succeededAt) {',
    replace: 'if (failedAt > now + 60_000) {',
  },
  {
    name: 'a dead engine is excused for ever',
    file: 'lambdas/domain/health.ts',
    find: 'if (isProven) return undefined;',
    replace: 'if (isProven && interval < 0) return undefined;',
  },
  {
    name: 'an engine is lost in one step, though its row may not have been writable',
    file: 'lambdas/domain/health.ts',
    find: 'if (isProven) return undefined;',
    replace: 'if (interval > 0) return undefined;',
  },
  {
    name: 'the first step of a loss grants a whole interval',
    file: 'lambdas/domain/health.ts',
    find: 'const BEATS = 3;',
    replace: 'const BEATS = 1;',
  },
  {
    name: 'a gap between canaries excuses again and again',
    file: 'lambdas/domain/health.ts',
    find: '(gapEndedAt > since && !isSuspected)',
    replace: '(gapEndedAt > since)',
  },
  {
    name: 'a heartbeat leaves its engine suspected',
    file: 'lambdas/adapters/dynamodb/resource-action-store.ts',
    find: ' REMOVE suspicion',
    replace: '',
  },
  {
    name: 'cascade forgotten',
    file: CONSEQUENCES,
    find: "found.push({ kind: 'cascade', stackId, operationId: before.operationId });",
    replace: '',
  },
  {
    name: 'insert of a resource action not re-checked',
    file: CONSEQUENCES,
    find: "if (begins(change)) found.push({ kind: 'recheck', row: after });",
    replace: '',
  },
  {
    name: 'insert of a child not re-checked',
    file: APPLY_CONSEQUENCES,
    find: '  await bind(deps, child);\n  // It has',
    replace: '  // It has',
  },
  {
    name: 'an operation does not fail with its resource action',
    file: CONSEQUENCES,
    find: "if (failed && after.onFailure === 'FAIL_OPERATION') found.push({ kind: 'failOperation', row: after });",
    replace: '',
  },
  {
    name: 'inputs and outputs never expire',
    file: CONSEQUENCES,
    find: "if (!isKeptForOperation(after) && hasPayloads(after)) found.push({ kind: 'expirePayloads', row: after });",
    replace: '',
  },
  {
    name: 'a resource action expires while its operation runs',
    file: 'lambdas/domain/resource-action/state.ts',
    find: "(end.change === 'CANCEL' ? 0 : SAFETY_NET)",
    replace: "(end.change === 'CANCEL' ? 0 : 0)",
  },
  {
    name: 'a resource action that was cancelled alone expires while its operation runs',
    file: 'lambdas/domain/resource-action/state.ts',
    find: "(end.change === 'CANCEL' ? 0 : SAFETY_NET)",
    replace: "(end.cause === 'CANCELLED' ? 0 : SAFETY_NET)",
  },
  {
    name: 'cancelling a resource action fails its operation',
    file: CONSEQUENCES,
    find: "const failed = after.status === 'FAILED' && after.cause !== 'CANCELLED';",
    replace: "const failed = after.status === 'FAILED' && after.change !== 'CANCEL';",
  },
  {
    name: 'a resource action is cancelled by request after its operation has ended',
    file: RESOURCE_COMMANDS,
    find: "  if ('kind' in operation) return operation;\n  if (row === undefined)",
    replace: '  if (row === undefined)',
  },
  {
    name: 'cancelling a resource action again is refused',
    file: RESOURCE_COMMANDS,
    find: "row.cause === 'CANCELLED') return unchanged(row);",
    replace: "row.cause === 'TIMEOUT') return unchanged(row);",
  },
  {
    name: 'delayed work is queued 20 s before its time',
    file: 'lambdas/domain/resource-action/state.ts',
    find: 'return [row.queueAt];',
    replace: 'return [row.queueAt - 20_000];',
  },
  {
    name: 'a heartbeat that was missed is told with the deadline of the attempt',
    file: RESOURCE_WAKE_UP,
    find: "{ timeout: 'HEARTBEAT', deadline: heartbeatDeadline }",
    replace: "{ timeout: 'HEARTBEAT', deadline: row.attemptDeadline }",
  },
  {
    name: 'a phase begins when the one before began',
    file: 'lambdas/domain/resource-action/state.ts',
    find: 'phaseStartedAt: Math.max(now, writtenAt(row)),',
    replace: 'phaseStartedAt: row.phaseStartedAt ?? now,',
  },
  {
    name: 'the time to start of delayed work counts from when it was noticed',
    file: RESOURCE_WAKE_UP,
    find: "'QUEUE', now, row.queueAt)",
    replace: "'QUEUE', now, now)",
  },
  {
    name: 'inputs and outputs expire while their operation runs',
    file: CONSEQUENCES,
    find: 'if (!isKeptForOperation(after) && hasPayloads(after))',
    replace: 'if (hasPayloads(after))',
  },
  {
    name: 'what ended before its operation never expires',
    file: APPLY_CONSEQUENCES,
    find: 'await deps.resources.expire(expire);',
    replace: '',
  },
  {
    name: 'inputs and outputs of what ended before its operation never expire',
    file: APPLY_CONSEQUENCES,
    find: 'await deps.resources.expirePayloads(expire, expire.expiresAt);',
    replace: '',
  },
  {
    name: 'what was reported while the cascade came never expires',
    file: APPLY_CONSEQUENCES,
    find: 'if (expire === undefined) return;',
    replace: "if (expire === undefined || found.status === 'IN_PROGRESS') return;",
  },
  {
    name: 'children are never taken away',
    file: CONSEQUENCES,
    find: "if (before.parent) found.push({ kind: 'removeChild', child: childOf(before, before.parent) });",
    replace: '',
  },
  {
    name: 'that a stack is a child never expires',
    file: APPLY_CONSEQUENCES,
    find: 'wholeSecond(deadline + deps.retention)',
    replace: 'wholeSecond(deadline * 2)',
  },
  {
    name: 'effects is done although something failed',
    file: 'lambdas/effects/effects.ts',
    find: "if (result.status === 'rejected') throw result.reason;",
    replace: "if (result.status === 'rejected') continue;",
  },
  {
    name: 'the end of a superseded operation is not published',
    file: 'lambdas/domain/status-changes.ts',
    find: "changes.push(operationChanged(ended(before, end, { now: after.startedAt, retention: 0 }), 'IN_PROGRESS'));",
    replace: 'ended(before, end, { now: after.startedAt, retention: 0 });',
  },
  {
    name: 'work that is offered again is not published',
    file: 'lambdas/domain/status-changes.ts',
    find: "return phaseOf(before) !== phaseOf(after) || after.change === 'OFFER';",
    replace: 'return phaseOf(before) !== phaseOf(after);',
  },
  {
    name: 'two changes share an event id: its parts are not encoded',
    file: 'lambdas/domain/status-changes.ts',
    find: 'parts.map((part) => encodeURIComponent(part))',
    replace: 'parts',
  },
  {
    name: 'a change is published while its entry in the history is being written',
    file: 'lambdas/effects/effects.ts',
    find: 'await history.add(statusChanged.map((change) => historyEntry(change, historyRetention)));',
    replace:
      'history.add(statusChanged.map((change) => historyEntry(change, historyRetention))).catch(() => 0);',
  },
  {
    name: 'entries of the history that the table did not take are forgotten',
    file: 'lambdas/adapters/dynamodb/history-store.ts',
    find: 'return (UnprocessedItems?.[TableName] ?? [])',
    replace: "return (UnprocessedItems?.[''] ?? [])",
  },
  {
    name: 'an entry of a failure is about the attempt that follows',
    file: 'lambdas/domain/history.ts',
    find: 'failure ?? attemptOf(before, row);',
    replace: 'attemptOf(undefined, row);',
  },
  {
    name: 'a restored row that was lowered to expire tells of another change than its end',
    file: 'lambdas/domain/status-changes.ts',
    find: "row.change === 'EXPIRE' && row.status !== 'IN_PROGRESS' ? ENDED_BY[row.cause] : row.change",
    replace: "row.change === 'EXPIRE' && row.status === 'IN_PROGRESS' ? ENDED_BY.REPORTED : row.change",
  },
  {
    name: 'two resource actions share the place of an entry in the history',
    file: 'lambdas/domain/history.ts',
    find: ', resource, order + hash].join(',
    replace: ', order + hash].join(',
  },
  {
    name: 'the start of an operation may stand before the end of the one that it replaced',
    file: 'lambdas/domain/history.ts',
    find: "const order = status === 'IN_PROGRESS' ? 1 : 0;",
    replace: 'const order = status.length * 0;',
  },
  {
    name: 'a schedule is asked for when the timer is due, not ahead of it',
    file: 'lambdas/domain/timer.ts',
    find: 'const latest = timer.dueAt - settings.lead;',
    replace: 'const latest = timer.dueAt;',
  },
  {
    name: 'a wake-up that comes early does not wait again',
    file: 'lambdas/wake/wake.ts',
    find: "if (decision.outcome === 'early') {",
    replace: "if (decision.outcome === 'early' && wakeUp.hops > 0) {",
  },
  {
    name: 'a schedule that is not needed any more is not deleted',
    file: 'lambdas/arm/arm.ts',
    find: 'stopped.filter((timer) => mayHaveSchedule(timer, now, deps.settings)),',
    replace: 'stopped.filter((timer) => timer.generation < 0),',
  },
  {
    name: 'a schedule made by a function whose clock is behind is left',
    file: 'lambdas/domain/timer.ts',
    find: 'timer.dueAt - timer.setAt > settings.nearHorizon - CLOCK_DIFFERENCE',
    replace: 'timer.dueAt - timer.setAt > settings.nearHorizon',
  },
  {
    name: 'a heartbeat that was overtaken moves the deadline back',
    file: 'lambdas/adapters/dynamodb/resource-action-store.ts',
    find: ' AND (attribute_not_exists(lastHeartbeat) OR lastHeartbeat <= :now)',
    replace: '',
  },
  {
    name: 'the sweep skips a shard',
    file: 'lambdas/sweep/sweep.ts',
    find: 'oldestFirst(deps.index, SHARDS, ',
    replace: 'oldestFirst(deps.index, SHARDS.slice(1), ',
  },
  {
    name: 'the sweep skips the stacks',
    file: 'lambdas/sweep/sweep.ts',
    find: 'oldestFirst(deps.index, SHARDS, ',
    replace: 'oldestFirst(deps.index, SHARDS.slice(32), ',
  },
  {
    name: 'the lease of a sweep that died is never over',
    file: 'lambdas/adapters/dynamodb/sweep-lease.ts',
    find: 'OR #until <= :now OR',
    replace: 'OR #until > :now AND #until <= :now OR',
  },
  {
    name: 'an engine sends no heartbeats',
    file: 'client/engine/attempt.ts',
    find: 'void this.#sendHeartbeats();',
    replace: 'void this.#heartbeatIntervalMs();',
  },
  {
    name: 'an engine makes up a new claimId each time it asks again',
    file: 'client/engine/claim.ts',
    find: 'const answer = await client.claimResource({ ...key, engineId, claimId });',
    replace: 'const answer = await client.claimResource({ ...key, engineId, claimId: context.newId() });',
  },
];
