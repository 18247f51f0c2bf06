import { describe, expect, test } from 'vitest';
import { parseRequest, type RequestOf } from '../../../../../contract/index.ts';
import {
  decideClaim,
  decideCompleteResource,
  decideDispatch,
  decideRelease,
  requireCurrentClaim,
} from '../../../../../lambdas/domain/resource-action/commands.ts';
import type {
  ResourceActionRow,
  ResourceActionWithStack,
} from '../../../../../lambdas/domain/resource-action/state.ts';
import type { StackRow } from '../../../../../lambdas/domain/stack/state.ts';
import { outcomeTable } from '../../../../support/outcome-table.ts';
import { backoff, endedResource, queued, running } from '../../../../support/resource-rows.ts';
import { endedRow, inProgress, NOW, RETENTION } from '../../../../support/rows.ts';

const target = { stackId: 'stack-1', operationId: 'op-1', resource: 'server' };
const claim = { ...target, attempt: 1, claimId: 'claim-1' };

type ResourceRequest = RequestOf<
  'DispatchResource' | 'ClaimResource' | 'Heartbeat' | 'CompleteResource' | 'ReleaseResource'
>;
const requests = {
  dispatch: { command: 'DispatchResource', ...target, action: 'CREATE', startToCloseSeconds: 300 },
  dispatchOther: { command: 'DispatchResource', ...target, action: 'CREATE', startToCloseSeconds: 301 },
  claim: { command: 'ClaimResource', ...claim, engineId: 'engine-1' },
  claimNew: { command: 'ClaimResource', ...claim, claimId: 'claim-9', engineId: 'engine-9' },
  claimNext: { command: 'ClaimResource', ...claim, attempt: 2, claimId: 'claim-9', engineId: 'engine-9' },
  heartbeat: { command: 'Heartbeat', ...claim },
  complete: { command: 'CompleteResource', ...claim, status: 'COMPLETE' },
  fail: { command: 'CompleteResource', ...claim, status: 'FAILED' },
  giveUp: { command: 'CompleteResource', ...claim, status: 'FAILED', retryable: false },
  release: { command: 'ReleaseResource', ...claim },
} satisfies Record<string, ResourceRequest>;

const stack = inProgress({ deadline: NOW + 3_600_000 });

function decide(rows: ResourceActionWithStack, request: Exclude<ResourceRequest, { command: 'Heartbeat' }>) {
  switch (request.command) {
    case 'DispatchResource':
      return decideDispatch(rows, request, NOW);
    case 'ClaimResource':
      return decideClaim(rows, request, NOW);
    case 'CompleteResource':
      return decideCompleteResource(rows.resource, request, { now: NOW, retention: RETENTION });
    case 'ReleaseResource':
      return decideRelease(rows.resource, request, NOW);
  }
}

function outcomeOf(rows: ResourceActionWithStack, request: ResourceRequest): string {
  if (request.command === 'Heartbeat') {
    const own = requireCurrentClaim(rows.resource, request, NOW);
    return 'kind' in own ? own.code : 'own';
  }
  const decision = decide(rows, request);
  if (decision.kind === 'refuse') return decision.code;
  if (decision.kind === 'unchanged') return 'ok';
  return decision.save.status === 'IN_PROGRESS' ? decision.save.phase : decision.save.status;
}

/** What the first dispatch leaves in every later version of its row. */
const fingerprint = decide({ stack, resource: undefined }, requests.dispatch).save?.fingerprint ?? '';
const reported = (outcome: 'COMPLETE' | 'FAILED' | 'RELEASED') => ({
  fingerprint,
  lastReport: { attempt: 1, claimId: 'claim-1', outcome },
});

const states = {
  none: undefined,
  queued: queued({ fingerprint }),
  offeredAgain: queued({ fingerprint, offers: 3, offerAt: NOW + 240_000, change: 'OFFER', version: 3 }),
  startPassed: queued({ fingerprint, scheduleToStart: 60_000, startDeadline: NOW - 1 }),
  finalPassed: queued({ fingerprint, finalDeadline: NOW }),
  own: running({ fingerprint }),
  ownLast: running({ fingerprint, retry: { ...running().retry, maxAttempts: 1 } }),
  otherClaim: running({ fingerprint, claimId: 'claim-2' }),
  otherAttempt: running({ fingerprint, attempt: 2 }),
  heartbeatMissed: running({ fingerprint, heartbeat: 30_000, heartbeatDeadline: NOW - 1 }),
  attemptPassed: running({ fingerprint, attemptDeadline: NOW - 1 }),
  backoff: backoff(reported('FAILED')),
  backoffLost: backoff({ fingerprint, cause: 'ENGINE_LOST' }),
  retried: queued({ ...reported('FAILED'), attempt: 2, cause: 'REPORTED' }),
  released: queued(reported('RELEASED')),
  completed: endedResource('completed', reported('COMPLETE')),
  completedNext: endedResource('completed', {
    fingerprint,
    attempt: 2,
    lastReport: { attempt: 2, claimId: 'claim-1', outcome: 'COMPLETE' },
  }),
  failed: endedResource('failed', reported('FAILED')),
  timedOut: endedResource('timedOut', { fingerprint }),
  lost: endedResource('lost', { fingerprint }),
  unclaimed: endedResource('unclaimed', { fingerprint }),
  cancelled: endedResource('cancelled', { fingerprint }),
  cancelledReleased: endedResource('cancelled', reported('RELEASED')),
  expired: endedResource('completed', { ...reported('COMPLETE'), expiresAt: NOW }),
  otherOperation: running({ fingerprint, operationId: 'op-0' }),
  otherEnded: endedResource('completed', { ...reported('COMPLETE'), operationId: 'op-0' }),
} satisfies Record<string, ResourceActionRow | undefined>;

/**
 * What each request does in each state, while the operation runs: the phase or status that is written, `ok` if nothing
 * is, or the error code. Every request but claimNew and claimNext is that of claim-1 on attempt 1.
 * P4: between a deadline and the write of its timeout a command still wins; but a claim of what has no time left is
 * refused. P6: who lost its claim, or has given it back, cannot change anything.
 */
const table = outcomeTable(`
state             dispatch dispatchOther      claim            claimNew         claimNext        heartbeat        complete         fail             giveUp           release
none              QUEUED   QUEUED             ResourceNotFound ResourceNotFound ResourceNotFound ResourceNotFound ResourceNotFound ResourceNotFound ResourceNotFound ResourceNotFound
queued            ok       ResourceInProgress RUNNING          RUNNING          StaleAttempt     StaleAttempt     StaleAttempt     StaleAttempt     StaleAttempt     StaleAttempt
offeredAgain      ok       ResourceInProgress RUNNING          RUNNING          StaleAttempt     StaleAttempt     StaleAttempt     StaleAttempt     StaleAttempt     StaleAttempt
startPassed       ok       ResourceInProgress RUNNING          RUNNING          StaleAttempt     StaleAttempt     StaleAttempt     StaleAttempt     StaleAttempt     StaleAttempt
finalPassed       ok       ResourceInProgress NotClaimable     NotClaimable     StaleAttempt     StaleAttempt     StaleAttempt     StaleAttempt     StaleAttempt     StaleAttempt
own               ok       ResourceInProgress ok               NotClaimable     StaleAttempt     own              COMPLETE         BACKOFF          FAILED           QUEUED
ownLast           ok       ResourceInProgress ok               NotClaimable     StaleAttempt     own              COMPLETE         FAILED           FAILED           QUEUED
otherClaim        ok       ResourceInProgress NotClaimable     NotClaimable     StaleAttempt     StaleAttempt     StaleAttempt     StaleAttempt     StaleAttempt     StaleAttempt
otherAttempt      ok       ResourceInProgress StaleAttempt     StaleAttempt     NotClaimable     StaleAttempt     StaleAttempt     StaleAttempt     StaleAttempt     StaleAttempt
heartbeatMissed   ok       ResourceInProgress ok               NotClaimable     StaleAttempt     own              COMPLETE         BACKOFF          FAILED           QUEUED
attemptPassed     ok       ResourceInProgress ok               NotClaimable     StaleAttempt     own              COMPLETE         BACKOFF          FAILED           QUEUED
backoff           ok       ResourceInProgress NotClaimable     NotClaimable     StaleAttempt     StaleAttempt     StaleAttempt     ok               ok               StaleAttempt
backoffLost       ok       ResourceInProgress NotClaimable     NotClaimable     StaleAttempt     StaleAttempt     StaleAttempt     StaleAttempt     StaleAttempt     StaleAttempt
retried           ok       ResourceInProgress StaleAttempt     StaleAttempt     RUNNING          StaleAttempt     StaleAttempt     ok               ok               StaleAttempt
released          ok       ResourceInProgress NotClaimable     RUNNING          StaleAttempt     StaleAttempt     StaleAttempt     StaleAttempt     StaleAttempt     ok
completed         ok       ResourceInProgress NotClaimable     NotClaimable     StaleAttempt     StaleAttempt     ok               StaleAttempt     StaleAttempt     StaleAttempt
completedNext     ok       ResourceInProgress StaleAttempt     StaleAttempt     NotClaimable     StaleAttempt     StaleAttempt     StaleAttempt     StaleAttempt     StaleAttempt
failed            ok       ResourceInProgress NotClaimable     NotClaimable     StaleAttempt     StaleAttempt     StaleAttempt     ok               ok               StaleAttempt
timedOut          ok       ResourceInProgress NotClaimable     NotClaimable     StaleAttempt     StaleAttempt     StaleAttempt     StaleAttempt     StaleAttempt     StaleAttempt
lost              ok       ResourceInProgress NotClaimable     NotClaimable     StaleAttempt     StaleAttempt     StaleAttempt     StaleAttempt     StaleAttempt     StaleAttempt
unclaimed         ok       ResourceInProgress NotClaimable     NotClaimable     StaleAttempt     StaleAttempt     StaleAttempt     StaleAttempt     StaleAttempt     StaleAttempt
cancelled         ok       ResourceInProgress NotClaimable     NotClaimable     StaleAttempt     OperationEnded   OperationEnded   OperationEnded   OperationEnded   OperationEnded
cancelledReleased ok       ResourceInProgress NotClaimable     NotClaimable     StaleAttempt     OperationEnded   OperationEnded   OperationEnded   OperationEnded   ok
expired           QUEUED   QUEUED             ResourceNotFound ResourceNotFound ResourceNotFound ResourceNotFound ResourceNotFound ResourceNotFound ResourceNotFound ResourceNotFound
otherOperation    QUEUED   QUEUED             ResourceNotFound ResourceNotFound ResourceNotFound StaleOperation   StaleOperation   StaleOperation   StaleOperation   StaleOperation
otherEnded        QUEUED   QUEUED             ResourceNotFound ResourceNotFound ResourceNotFound StaleOperation   StaleOperation   StaleOperation   StaleOperation   StaleOperation
`);

test.each(table.cases)('a resource action that is %s is asked to %s: %s', (state, name, outcome) => {
  const request = requests[name as keyof typeof requests];
  expect(outcomeOf({ stack, resource: states[state as keyof typeof states] }, request)).toBe(outcome);
});

test('the table has a line for every state and a column for every request; the requests are valid', () => {
  expect(table.columns).toEqual(Object.keys(requests));
  expect(table.states).toEqual(Object.keys(states));
  for (const request of Object.values(requests)) expect(parseRequest(request)).toMatchObject({ ok: true });
});

const stacks = {
  running: stack,
  deadlinePassed: inProgress({ deadline: NOW }),
  ended: endedRow('timedOut'),
  expired: endedRow('timedOut', { expiresAt: NOW }),
  otherOperation: inProgress({ operationId: 'op-2' }),
  missing: undefined,
} satisfies Record<string, StackRow | undefined>;
const onStack = {
  dispatch: [undefined, requests.dispatch],
  dispatchAgain: [states.queued, requests.dispatch],
  dispatchOther: [states.queued, requests.dispatchOther],
  claim: [states.queued, requests.claim],
  claimAgain: [states.own, requests.claim],
  claimStale: [states.retried, requests.claim],
} satisfies Record<string, [ResourceActionRow | undefined, ResourceRequest]>;

/** A dispatch or claim needs its operation to run; the repetition of a dispatch is answered whatever became of it. */
const stackTable = outcomeTable(`
stack          dispatch       dispatchAgain dispatchOther      claim          claimAgain     claimStale
running        QUEUED         ok            ResourceInProgress RUNNING        ok             StaleAttempt
deadlinePassed QUEUED         ok            ResourceInProgress NotClaimable   ok             StaleAttempt
ended          OperationEnded ok            OperationEnded     OperationEnded OperationEnded OperationEnded
expired        StackNotFound  ok            StackNotFound      StackNotFound  StackNotFound  StackNotFound
otherOperation StaleOperation ok            StaleOperation     StaleOperation StaleOperation StaleOperation
missing        StackNotFound  ok            StackNotFound      StackNotFound  StackNotFound  StackNotFound
`);

test.each(stackTable.cases)('under a stack that is %s, %s: %s', (state, name, outcome) => {
  const [resource, request] = onStack[name as keyof typeof onStack];
  expect(outcomeOf({ stack: stacks[state as keyof typeof stacks], resource }, request)).toBe(outcome);
});

describe('a refusal says why, and shows the row that it met', () => {
  test.each([
    ['claim', 'otherClaim', 'server is RUNNING by engine engine-1 in attempt 1'],
    ['claim', 'backoff', 'server is BACKOFF in attempt 1'],
    ['claim', 'lost', 'server has ended as CREATE_FAILED, cause ENGINE_LOST, in attempt 1'],
    ['claim', 'finalPassed', 'no time is left for server'],
    ['claim', 'retried', 'attempt 1 of server is over: server is QUEUED in attempt 2'],
    ['heartbeat', 'otherClaim', 'attempt 1 of server is over: server is RUNNING by engine engine-1'],
    ['complete', 'cancelled', 'cause CANCELLED, in attempt 1: op-1 has ended'],
    ['complete', 'otherOperation', 'server of stack stack-1 is worked on by operation op-0 now'],
  ] as const)('%s of one that is %s: %s', (name, state, message) => {
    const resource = states[state];
    const request = requests[name];
    const refusal =
      request.command === 'Heartbeat'
        ? requireCurrentClaim(resource, request, NOW)
        : decide({ stack, resource }, request);
    expect(refusal).toMatchObject({ kind: 'refuse', current: resource });
    expect('message' in refusal && refusal.message).toContain(message);
  });
});
