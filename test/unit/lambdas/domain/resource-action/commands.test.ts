import { describe, expect, test } from 'vitest';
import { parseRequest, type RequestOf } from '../../../../../contract/index.ts';
import {
  decideCancelResource,
  decideClaim,
  decideCompleteResource,
  decideDispatch,
  decideRelease,
  remainingSeconds,
  requireCurrentClaim,
} from '../../../../../lambdas/domain/resource-action/commands.ts';
import type {
  ResourceActionRow,
  ResourceActionWithStack,
} from '../../../../../lambdas/domain/resource-action/state.ts';
import type { StackRow } from '../../../../../lambdas/domain/stack/state.ts';
import { outcomeTable } from '../../../../support/outcome-table.ts';
import {
  backoff,
  delayed,
  endedResource,
  KEPT,
  offeredAfter,
  queued,
  running,
} from '../../../../support/resource-rows.ts';
import { endedRow, inProgress, NOW, RETENTION } from '../../../../support/rows.ts';

const target = { stackId: 'stack-1', operationId: 'op-1', resource: 'server' };
const claim = { ...target, attempt: 1, claimId: 'claim-1' };

type ResourceRequest = RequestOf<
  | 'DispatchResource'
  | 'ClaimResource'
  | 'Heartbeat'
  | 'CompleteResource'
  | 'ReleaseResource'
  | 'CancelResource'
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
  cancel: { command: 'CancelResource', ...target },
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
    case 'CancelResource':
      return decideCancelResource(rows, request, { now: NOW, retention: RETENTION });
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

/** Rows remember releases by it: it must never change. */
const hashOfClaim1 = 'RIREN5QE';

const states = {
  none: undefined,
  delayed: delayed({ fingerprint }),
  delayPassed: delayed({ fingerprint, queueAt: NOW }),
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
  released: queued({ fingerprint, releasedClaims: ['other', hashOfClaim1] }),
  releasedByV2: queued(reported('RELEASED')),
  releasedThenClaimed: running({ fingerprint, claimId: 'claim-2', releasedClaims: [hashOfClaim1] }),
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
  cancelledReleased: endedResource('cancelled', { fingerprint, releasedClaims: [hashOfClaim1] }),
  cancelledAlone: endedResource('cancelledAlone', { fingerprint }),
  cancelledExpires: endedResource('cancelledAlone', { fingerprint, expiresAt: NOW + 1, change: 'EXPIRE' }),
  expired: endedResource('completed', { ...reported('COMPLETE'), expiresAt: NOW }),
  otherOperation: running({ fingerprint, operationId: 'op-0' }),
  otherEnded: endedResource('completed', { ...reported('COMPLETE'), operationId: 'op-0' }),
} satisfies Record<string, ResourceActionRow | undefined>;

/**
 * What each request does in each state, while the operation runs: the phase or status that is
 * written, `ok` if nothing is, or the error code. Every request but claimNew and claimNext is that
 * of claim-1 on attempt 1. P4: between a deadline and the write of its timeout a command still
 * wins; but a claim of what has no time left is refused. P6: who lost its claim, or has given it
 * back, cannot change anything.
 */
const table = outcomeTable(`
state             dispatch dispatchOther      claim            claimNew         claimNext        heartbeat        complete         fail             giveUp           release          cancel
none              QUEUED   QUEUED             ResourceNotFound ResourceNotFound ResourceNotFound ResourceNotFound ResourceNotFound ResourceNotFound ResourceNotFound ResourceNotFound ResourceNotFound
delayed           ok       ResourceInProgress NotClaimable     NotClaimable     StaleAttempt     StaleAttempt     StaleAttempt     StaleAttempt     StaleAttempt     StaleAttempt     FAILED
delayPassed       ok       ResourceInProgress NotClaimable     NotClaimable     StaleAttempt     StaleAttempt     StaleAttempt     StaleAttempt     StaleAttempt     StaleAttempt     FAILED
queued            ok       ResourceInProgress RUNNING          RUNNING          StaleAttempt     StaleAttempt     StaleAttempt     StaleAttempt     StaleAttempt     StaleAttempt     FAILED
offeredAgain      ok       ResourceInProgress RUNNING          RUNNING          StaleAttempt     StaleAttempt     StaleAttempt     StaleAttempt     StaleAttempt     StaleAttempt     FAILED
startPassed       ok       ResourceInProgress RUNNING          RUNNING          StaleAttempt     StaleAttempt     StaleAttempt     StaleAttempt     StaleAttempt     StaleAttempt     FAILED
finalPassed       ok       ResourceInProgress NotClaimable     NotClaimable     StaleAttempt     StaleAttempt     StaleAttempt     StaleAttempt     StaleAttempt     StaleAttempt     FAILED
own               ok       ResourceInProgress ok               NotClaimable     StaleAttempt     own              COMPLETE         BACKOFF          FAILED           QUEUED           FAILED
ownLast           ok       ResourceInProgress ok               NotClaimable     StaleAttempt     own              COMPLETE         FAILED           FAILED           QUEUED           FAILED
otherClaim        ok       ResourceInProgress NotClaimable     NotClaimable     StaleAttempt     StaleAttempt     StaleAttempt     StaleAttempt     StaleAttempt     StaleAttempt     FAILED
otherAttempt      ok       ResourceInProgress StaleAttempt     StaleAttempt     NotClaimable     StaleAttempt     StaleAttempt     StaleAttempt     StaleAttempt     StaleAttempt     FAILED
heartbeatMissed   ok       ResourceInProgress ok               NotClaimable     StaleAttempt     own              COMPLETE         BACKOFF          FAILED           QUEUED           FAILED
attemptPassed     ok       ResourceInProgress ok               NotClaimable     StaleAttempt     own              COMPLETE         BACKOFF          FAILED           QUEUED           FAILED
backoff           ok       ResourceInProgress NotClaimable     NotClaimable     StaleAttempt     StaleAttempt     StaleAttempt     ok               ok               StaleAttempt     FAILED
backoffLost       ok       ResourceInProgress NotClaimable     NotClaimable     StaleAttempt     StaleAttempt     StaleAttempt     StaleAttempt     StaleAttempt     StaleAttempt     FAILED
retried           ok       ResourceInProgress StaleAttempt     StaleAttempt     RUNNING          StaleAttempt     StaleAttempt     ok               ok               StaleAttempt     FAILED
released          ok       ResourceInProgress NotClaimable     RUNNING          StaleAttempt     StaleAttempt     StaleAttempt     StaleAttempt     StaleAttempt     ok               FAILED
releasedByV2      ok       ResourceInProgress NotClaimable     RUNNING          StaleAttempt     StaleAttempt     StaleAttempt     StaleAttempt     StaleAttempt     ok               FAILED
releasedThenClaimed ok     ResourceInProgress NotClaimable     NotClaimable     StaleAttempt     StaleAttempt     StaleAttempt     StaleAttempt     StaleAttempt     ok               FAILED
completed         ok       ResourceInProgress NotClaimable     NotClaimable     StaleAttempt     StaleAttempt     ok               StaleAttempt     StaleAttempt     StaleAttempt     StaleAttempt
completedNext     ok       ResourceInProgress StaleAttempt     StaleAttempt     NotClaimable     StaleAttempt     StaleAttempt     StaleAttempt     StaleAttempt     StaleAttempt     StaleAttempt
failed            ok       ResourceInProgress NotClaimable     NotClaimable     StaleAttempt     StaleAttempt     StaleAttempt     ok               ok               StaleAttempt     StaleAttempt
timedOut          ok       ResourceInProgress NotClaimable     NotClaimable     StaleAttempt     StaleAttempt     StaleAttempt     StaleAttempt     StaleAttempt     StaleAttempt     StaleAttempt
lost              ok       ResourceInProgress NotClaimable     NotClaimable     StaleAttempt     StaleAttempt     StaleAttempt     StaleAttempt     StaleAttempt     StaleAttempt     StaleAttempt
unclaimed         ok       ResourceInProgress NotClaimable     NotClaimable     StaleAttempt     StaleAttempt     StaleAttempt     StaleAttempt     StaleAttempt     StaleAttempt     StaleAttempt
cancelled         ok       ResourceInProgress NotClaimable     NotClaimable     StaleAttempt     OperationEnded   OperationEnded   OperationEnded   OperationEnded   OperationEnded   ok
cancelledReleased ok       ResourceInProgress NotClaimable     NotClaimable     StaleAttempt     OperationEnded   OperationEnded   OperationEnded   OperationEnded   ok               ok
cancelledAlone    ok       ResourceInProgress NotClaimable     NotClaimable     StaleAttempt     StaleAttempt     StaleAttempt     StaleAttempt     StaleAttempt     StaleAttempt     ok
cancelledExpires  ok       ResourceInProgress NotClaimable     NotClaimable     StaleAttempt     OperationEnded   OperationEnded   OperationEnded   OperationEnded   OperationEnded   ok
expired           QUEUED   QUEUED             ResourceNotFound ResourceNotFound ResourceNotFound ResourceNotFound ResourceNotFound ResourceNotFound ResourceNotFound ResourceNotFound ResourceNotFound
otherOperation    QUEUED   QUEUED             ResourceNotFound ResourceNotFound ResourceNotFound StaleOperation   StaleOperation   StaleOperation   StaleOperation   StaleOperation   ResourceNotFound
otherEnded        QUEUED   QUEUED             ResourceNotFound ResourceNotFound ResourceNotFound StaleOperation   StaleOperation   StaleOperation   StaleOperation   StaleOperation   ResourceNotFound
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
  cancel: [states.queued, requests.cancel],
  cancelAgain: [states.cancelledAlone, requests.cancel],
  cancelDone: [states.completed, requests.cancel],
} satisfies Record<string, [ResourceActionRow | undefined, ResourceRequest]>;

/**
 * A dispatch, claim or cancel needs its operation to run; the repetition of a dispatch or cancel is
 * answered whatever became of it.
 */
const stackTable = outcomeTable(`
stack          dispatch       dispatchAgain dispatchOther      claim          claimAgain     claimStale     cancel         cancelAgain cancelDone
running        QUEUED         ok            ResourceInProgress RUNNING        ok             StaleAttempt   FAILED         ok          StaleAttempt
deadlinePassed QUEUED         ok            ResourceInProgress NotClaimable   ok             StaleAttempt   FAILED         ok          StaleAttempt
ended          OperationEnded ok            OperationEnded     OperationEnded OperationEnded OperationEnded OperationEnded ok          OperationEnded
expired        StackNotFound  ok            StackNotFound      StackNotFound  StackNotFound  StackNotFound  StackNotFound  ok          StackNotFound
otherOperation StaleOperation ok            StaleOperation     StaleOperation StaleOperation StaleOperation StaleOperation ok          StaleOperation
missing        StackNotFound  ok            StackNotFound      StackNotFound  StackNotFound  StackNotFound  StackNotFound  ok          StackNotFound
`);

test.each(stackTable.cases)('under a stack that is %s, %s: %s', (state, name, outcome) => {
  const [resource, request] = onStack[name as keyof typeof onStack];
  expect(outcomeOf({ stack: stacks[state as keyof typeof stacks], resource }, request)).toBe(outcome);
});

describe('a refusal says why, and shows the row that it met', () => {
  test.each([
    ['claim', 'delayed', 'server is DELAYED until 2026-01-31T12:01:00.000Z'],
    ['cancel', 'completed', 'server has ended as CREATE_COMPLETE, cause REPORTED, in attempt 1'],
    [
      'heartbeat',
      'cancelledAlone',
      'attempt 1 of server is over: server has ended as CREATE_FAILED, cause CANCELLED',
    ],
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

const dispatch = (
  seen: ResourceActionRow | undefined,
  fields: Partial<RequestOf<'DispatchResource'>> = {},
  now = NOW,
) =>
  decideDispatch(
    { stack, resource: seen },
    { command: 'DispatchResource', ...target, action: 'CREATE', startToCloseSeconds: 300, ...fields },
    now,
  );

describe('a dispatch', () => {
  test('of little: one attempt, that fails the operation; offered again after a minute', () => {
    expect(dispatch(undefined)).toEqual({
      kind: 'write',
      save: {
        ...target,
        action: 'CREATE',
        fingerprint: expect.stringMatching(/^[\w-]{43}$/),
        startToClose: 300_000,
        retry: { maxAttempts: 1, interval: 1000, backoffRate: 2, maxDelay: 100_000, jitter: 'FULL' },
        onFailure: 'FAIL_OPERATION',
        hasInput: false,
        status: 'IN_PROGRESS',
        phase: 'QUEUED',
        offers: 1,
        offerAt: NOW + offeredAfter(1),
        phaseStartedAt: NOW,
        timer: { generation: 1, dueAt: NOW + offeredAfter(1), setAt: NOW },
        attempt: 1,
        statusReason: 'Resource CREATE waits for an engine',
        change: 'DISPATCH',
        version: 1,
      },
    });
  });

  test('of everything: deadlines, and its input beside the row', () => {
    const all = {
      resourceType: 'OS::Nova::Server',
      input: { size: ['m1'] },
      scheduleToStartSeconds: 45,
      scheduleToCloseSeconds: 900,
      heartbeatSeconds: 30,
      retry: { maxAttempts: 5, intervalSeconds: 3, backoffRate: 1.5, maxDelaySeconds: 7, jitter: 'NONE' },
      onFailure: 'CONTINUE',
    } as const;
    expect(dispatch(undefined, all)).toMatchObject({
      save: {
        resourceType: 'OS::Nova::Server',
        startToClose: 300_000,
        scheduleToStart: 45_000,
        startDeadline: NOW + 45_000,
        heartbeat: 30_000,
        finalDeadline: NOW + 900_000,
        retry: { maxAttempts: 5, interval: 3000, backoffRate: 1.5, maxDelay: 7000, jitter: 'NONE' },
        onFailure: 'CONTINUE',
        hasInput: true,
        // The first of its deadlines.
        timer: { generation: 1, dueAt: NOW + 45_000, setAt: NOW },
      },
      payload: { kind: 'input', json: '{"size":["m1"]}' },
    });
  });

  test('with a delay: DELAYED until it is over; the time to start counts from then, all attempts from now', () => {
    const fields = { delaySeconds: 40, scheduleToStartSeconds: 45, scheduleToCloseSeconds: 900 };
    const { save, payload } = dispatch(undefined, { ...fields, input: 1 }) as Extract<
      ReturnType<typeof dispatch>,
      { kind: 'write' }
    >;
    expect(save).toEqual({
      ...target,
      action: 'CREATE',
      fingerprint: expect.any(String),
      startToClose: 300_000,
      scheduleToStart: 45_000,
      finalDeadline: NOW + 900_000,
      retry: { maxAttempts: 1, interval: 1000, backoffRate: 2, maxDelay: 100_000, jitter: 'FULL' },
      onFailure: 'FAIL_OPERATION',
      hasInput: true,
      status: 'IN_PROGRESS',
      phase: 'DELAYED',
      queueAt: NOW + 40_000,
      phaseStartedAt: NOW,
      timer: { generation: 1, dueAt: NOW + 40_000, setAt: NOW },
      attempt: 1,
      statusReason: 'Resource CREATE is delayed until 2026-01-31T12:00:40.000Z',
      change: 'DISPATCH',
      version: 1,
    });
    expect(payload).toEqual({ kind: 'input', json: '1' });
  });

  test('the delay is one of its fields; without one the request is what it was', () => {
    const seen = dispatch(undefined, { delaySeconds: 40 }).save;
    expect(dispatch(seen, { delaySeconds: 40 }, NOW + 50_000)).toEqual({ kind: 'unchanged', row: seen });
    for (const other of [{}, { delaySeconds: 41 }])
      expect(dispatch(seen, other)).toMatchObject({ code: 'ResourceInProgress', current: seen });
    expect(dispatch(undefined, { delaySeconds: 0 }).save).toMatchObject({ phase: 'QUEUED' });
  });

  test.each([null, false, 0, ''])('an input that is %j is one', (input) => {
    expect(dispatch(undefined, { input })).toMatchObject({
      save: { hasInput: true },
      payload: { kind: 'input', json: JSON.stringify(input) },
    });
  });

  test('the longest delay between attempts is a hundred intervals unless told otherwise', () => {
    expect(dispatch(undefined, { retry: { intervalSeconds: 5 } }).save?.retry).toMatchObject({
      interval: 5000,
      maxDelay: 500_000,
    });
  });

  test.each([
    ['running', running({ operationId: 'op-0', version: 7, timer: { generation: 4, dueAt: NOW, setAt: 0 } })],
    ['ended', endedResource('completed', { operationId: 'op-0', version: 7, lastGeneration: 4 })],
    ['expired', endedResource('completed', { version: 7, lastGeneration: 4, expiresAt: NOW })],
  ])('over an earlier row that is %s: version and generation go on, nothing else', (_, seen) => {
    const first = dispatch(undefined).save;
    expect(dispatch(seen).save).toEqual({
      ...first,
      version: 8,
      timer: { generation: 5, dueAt: NOW + offeredAfter(1), setAt: NOW },
    });
  });

  test('the same fields in another order are the same request; any other field is another one', () => {
    const fields = { input: { a: 1, b: { c: [1, 2], d: 2 } }, retry: { maxAttempts: 2, intervalSeconds: 3 } };
    const seen = dispatch(undefined, fields).save;
    const reordered = {
      retry: { intervalSeconds: 3, maxAttempts: 2 },
      input: { b: { d: 2, c: [1, 2] }, a: 1 },
    };
    expect(dispatch(seen, reordered)).toEqual({ kind: 'unchanged', row: seen });
    for (const other of [
      { ...fields, input: { a: 1, b: { c: [2, 1], d: 2 } } },
      { ...fields, retry: { maxAttempts: 3, intervalSeconds: 3 } },
      { ...fields, onFailure: 'FAIL_OPERATION' as const },
      { ...fields, action: 'UPDATE' as const },
    ]) {
      expect(dispatch(seen, other)).toMatchObject({
        kind: 'refuse',
        code: 'ResourceInProgress',
        current: seen,
      });
    }
  });
});

/** Some time after the row's fixture was made. */
const LATER = NOW + 20_000;

const complete = (
  seen: ResourceActionRow,
  fields: Partial<RequestOf<'CompleteResource'>> = {},
  now = LATER,
) =>
  decideCompleteResource(
    seen,
    { command: 'CompleteResource', ...claim, status: 'COMPLETE', ...fields },
    { now, retention: RETENTION },
  );
const claimRow = (seen: ResourceActionRow, now = LATER) =>
  decideClaim({ stack, resource: seen }, { command: 'ClaimResource', ...claim, engineId: 'engine-1' }, now)
    .save;
const release = (seen: ResourceActionRow, now = LATER) =>
  decideRelease(seen, { command: 'ReleaseResource', ...claim }, now).save;

describe('a claim', () => {
  test('gives the attempt to the engine; a timer that comes in time is left alone', () => {
    const seen = queued({
      scheduleToStart: 90_000,
      startDeadline: NOW + 90_000,
      finalDeadline: NOW + 900_000,
      heartbeat: 50_000,
      resourceType: 'OS::Nova::Server',
      hasInput: true,
      outputAttempt: 1,
      version: 4,
    });
    const { offers: _, offerAt: __, startDeadline: ___, ...kept } = seen;
    expect(claimRow(seen)).toEqual({
      ...kept,
      phase: 'RUNNING',
      phaseStartedAt: LATER,
      engineId: 'engine-1',
      claimId: 'claim-1',
      attemptDeadline: LATER + 300_000,
      heartbeatDeadline: LATER + 50_000,
      statusReason: 'Resource CREATE started by engine engine-1',
      change: 'CLAIM',
      version: 5,
    });
  });

  test('of a later attempt: why the one before failed is of the past', () => {
    const missed = { timeout: 'HEARTBEAT', deadline: NOW - 5 } as const;
    const seen = queued({ attempt: 2, cause: 'ENGINE_LOST', missed, statusReason: 'went down' });
    const { save } = decideClaim(
      { stack, resource: seen },
      { command: 'ClaimResource', ...claim, attempt: 2, engineId: 'engine-1' },
      NOW,
    );
    expect(save).toMatchObject({ attempt: 2, statusReason: 'Resource CREATE started by engine engine-1' });
    expect(save).not.toHaveProperty('cause');
    expect(save).not.toHaveProperty('missed');
  });

  test.each([
    ['the attempt is due first', { startToClose: 10_000 }, LATER + 10_000],
    ['a heartbeat is due first', { heartbeat: 5000 }, LATER + 5000],
  ])('%s: the timer is set anew', (_, fields, dueAt) => {
    expect(claimRow(queued(fields))).toMatchObject({ timer: { generation: 2, dueAt, setAt: LATER } });
  });

  test('the attempt is due exactly when the timer is: it is left alone', () => {
    const { timer } = queued();
    expect(claimRow(queued({ startToClose: timer.dueAt - LATER }))).toMatchObject({ timer });
  });

  test('the timer has come due: its wake-up may have been used up, so it is set anew', () => {
    expect(claimRow(queued(), NOW + 60_000)).toMatchObject({
      timer: { generation: 2, dueAt: NOW + 360_000, setAt: NOW + 60_000 },
    });
    expect(claimRow(queued(), NOW + 59_999)).toMatchObject({ timer: queued().timer });
  });

  test('by a clock that is behind: its phase does not begin before the one before', () => {
    const seen = { ...queued(), phaseStartedAt: LATER + 3 };
    expect(claimRow(seen)).toMatchObject({ phaseStartedAt: LATER + 3, attemptDeadline: LATER + 300_000 });
    const { phaseStartedAt: _, ...ofEarlierVersion } = queued();
    expect(claimRow(ofEarlierVersion, NOW - 7)).toMatchObject({ phaseStartedAt: NOW });
    expect(claimRow(ofEarlierVersion)).toMatchObject({ phaseStartedAt: LATER });
  });

  test('without heartbeats there is no deadline for them', () => {
    expect(claimRow(queued())).not.toHaveProperty('heartbeatDeadline');
  });
});

/** What the end of a running one keeps of it. */
const {
  timer: _,
  phase: __,
  claimId: ___,
  attemptDeadline: ____,
  phaseStartedAt: _____,
  ...kept
} = running();

describe('a report', () => {
  test('of success ends it, and has its output beside the row', () => {
    expect(complete(running(), { output: [1], reason: 'made it' })).toEqual({
      kind: 'write',
      save: {
        ...kept,
        status: 'COMPLETE',
        cause: 'REPORTED',
        statusReason: 'made it',
        lastReport: { attempt: 1, claimId: 'claim-1', outcome: 'COMPLETE' },
        outputAttempt: 1,
        endedAt: LATER,
        expiresAt: LATER + RETENTION + KEPT,
        lastGeneration: 1,
        change: 'COMPLETE',
        version: 3,
      },
      payload: { kind: 'output', json: '[1]' },
    });
  });

  test('of failure, with an attempt left: BACKOFF', () => {
    const { engineId: _engine, ...rest } = kept;
    expect(complete(running(), { status: 'FAILED', output: null })).toEqual({
      kind: 'write',
      save: {
        ...rest,
        phase: 'BACKOFF',
        phaseStartedAt: LATER,
        retryAt: LATER + 1000,
        cause: 'REPORTED',
        statusReason: 'Resource CREATE failed',
        lastFailure: {
          attempt: 1,
          engineId: 'engine-1',
          cause: 'REPORTED',
          reason: 'Resource CREATE failed',
          at: LATER,
        },
        lastReport: { attempt: 1, claimId: 'claim-1', outcome: 'FAILED' },
        outputAttempt: 1,
        timer: { generation: 2, dueAt: LATER + 1000, setAt: LATER },
        change: 'COMPLETE',
        version: 3,
      },
      payload: { kind: 'output', json: 'null' },
    });
  });

  test('with jitter, the delays of other resource actions are others', () => {
    const retry = { ...running().retry, interval: 90_000, jitter: 'FULL' } as const;
    const retryAt = (fields: object): number => {
      const { save } = complete(running({ retry, ...fields }), { status: 'FAILED', ...fields });
      if (save?.status !== 'IN_PROGRESS' || save.phase !== 'BACKOFF') throw new Error('expected BACKOFF');
      return save.retryAt;
    };
    const others = [{}, { resource: 'volume' }, { stackId: 'stack-2' }, { operationId: 'op-2' }].map(retryAt);
    expect(new Set(others).size).toBe(4);
  });

  test('a delay longer than the timer leaves the timer alone', () => {
    const retry = { ...running().retry, interval: 90_000 };
    expect(complete(running({ retry }), { status: 'FAILED' }).save).toMatchObject({
      retryAt: LATER + 90_000,
      timer: running().timer,
    });
  });

  test('of failure, with a reason that is long: the first 200 characters of it are kept', () => {
    const reason = `${'x'.repeat(199)}😀 and more`;
    expect(complete(running(), { status: 'FAILED', reason }).save).toMatchObject({
      statusReason: reason,
      lastFailure: { reason: `${'x'.repeat(199)}😀` },
    });
  });

  test('of failure of a second attempt, which ends it: how the first one failed stays to be seen', () => {
    const lastFailure = {
      attempt: 1,
      engineId: 'e',
      cause: 'TIMEOUT',
      reason: 'Timed out',
      at: NOW,
    } as const;
    const seen = running({ attempt: 2, lastFailure, retry: { ...running().retry, maxAttempts: 2 } });
    const { save } = complete(seen, { status: 'FAILED', attempt: 2, reason: 'no such flavor' });
    expect(save).toMatchObject({ status: 'FAILED', statusReason: 'no such flavor', lastFailure });
  });

  test.each([
    ['of the last attempt', { attempt: 3 }, {}],
    ['that no attempt would mend', {}, { retryable: false }],
    ['whose next attempt could not begin before the end of all', { finalDeadline: LATER + 1000 }, {}],
    ['after the end of all, which nobody has noticed', { finalDeadline: LATER - 1 }, {}],
  ])('of failure %s: the end', (_, row, fields) => {
    const { attempt = 1 } = row as { attempt?: number };
    const decision = complete(running(row), { status: 'FAILED', attempt, ...fields });
    expect(decision.save).toMatchObject({
      status: 'FAILED',
      cause: 'REPORTED',
      attempt,
      engineId: 'engine-1',
    });
    expect(decision.save).not.toHaveProperty('timer');
  });

  test('of failure, with time for another attempt before the end of all: BACKOFF', () => {
    const { save } = complete(running({ finalDeadline: LATER + 1001 }), { status: 'FAILED' });
    expect(save).toMatchObject({ phase: 'BACKOFF', retryAt: LATER + 1000 });
  });

  test('without output, that of an earlier attempt stays', () => {
    expect(complete(running({ attempt: 2, outputAttempt: 1 }), { attempt: 2 })).toMatchObject({
      save: { outputAttempt: 1, lastReport: { attempt: 2 } },
    });
    expect(complete(running())).not.toHaveProperty('payload');
    expect(complete(running()).save).not.toHaveProperty('outputAttempt');
  });

  test('without a reason, the statusReason is a sentence', () => {
    expect(complete(running()).save?.statusReason).toBe('Resource CREATE completed successfully');
  });
});

describe('a release', () => {
  test('gives the attempt back: QUEUED, no attempt consumed, its start deadline anew', () => {
    const seen = running({ scheduleToStart: 45_000, finalDeadline: NOW + 900_000 });
    const { engineId: _, claimId: __, attemptDeadline: ___, ...kept } = seen;
    expect(release(seen, NOW + 5000)).toEqual({
      ...kept,
      phase: 'QUEUED',
      phaseStartedAt: NOW + 5000,
      offers: 1,
      offerAt: NOW + 5000 + offeredAfter(1),
      startDeadline: NOW + 50_000,
      statusReason: 'Released by engine engine-1; waits for another one',
      releasedClaims: [hashOfClaim1],
      timer: { generation: 2, dueAt: NOW + 50_000, setAt: NOW + 5000 },
      change: 'RELEASE',
      version: 3,
    });
  });

  test('is remembered with the 20 last ones of the attempt, and with those of no other attempt', () => {
    const others = Array.from({ length: 20 }, (_, n) => `claim-${n}`);
    expect(release(running({ releasedClaims: others }))).toMatchObject({
      releasedClaims: [hashOfClaim1, ...others.slice(0, 19)],
    });
    expect(complete(running({ releasedClaims: others }), { status: 'FAILED' }).save).toMatchObject({
      phase: 'BACKOFF',
      releasedClaims: others,
    });
    const offeredAtOnce = running({ releasedClaims: others, retry: { ...running().retry, interval: 0 } });
    const next = complete(offeredAtOnce, { status: 'FAILED' }).save;
    expect(next).toMatchObject({ phase: 'QUEUED', attempt: 2 });
    expect(next).not.toHaveProperty('releasedClaims');
  });

  test('is no report: what was reported of an earlier attempt stays', () => {
    const lastReport = { attempt: 1, claimId: 'claim-0', outcome: 'FAILED' } as const;
    expect(release(running({ lastReport }))).toMatchObject({ lastReport });
  });

  test('a timer that comes in time is left alone', () => {
    expect(release(running())).toMatchObject({ offerAt: LATER + offeredAfter(1), timer: running().timer });
  });
});

describe('the seconds that an attempt has left', () => {
  const row = running({ attemptDeadline: NOW + 10_999 });
  test.each([
    ['whole ones', row, undefined, NOW, 10],
    ['one while there is any time', row, undefined, NOW + 10_998, 1],
    ['none when it is over', row, undefined, NOW + 20_000, 0],
    ['none at its very end', row, undefined, NOW + 10_999, 0],
    ['all attempts together may have less', { ...row, finalDeadline: NOW + 5000 }, undefined, NOW, 5],
    ['so may the operation', row, inProgress({ deadline: NOW + 3000 }), NOW, 3],
    ['or more', row, inProgress(), NOW, 10],
  ])('%s', (_, attempt, operation, now, seconds) => {
    expect(remainingSeconds(attempt, operation, now)).toBe(seconds);
  });
});

describe('cancelling one', () => {
  const cancel = (resource: ResourceActionRow, fields: { reason?: string } = {}, now = LATER) =>
    decideCancelResource(
      { stack, resource },
      { command: 'CancelResource', ...target, ...fields },
      { now, retention: RETENTION },
    ).save;

  test('ends it, and keeps it for its operation, which goes on', () => {
    expect(cancel(running(), { reason: 'not needed' })).toEqual({
      ...kept,
      status: 'FAILED',
      cause: 'CANCELLED',
      statusReason: 'not needed',
      endedAt: LATER,
      expiresAt: LATER + RETENTION + KEPT,
      lastGeneration: 1,
      change: 'CANCEL_RESOURCE',
      version: 3,
    });
  });

  test.each([
    ['delayed', delayed()],
    ['queued', queued()],
    ['in backoff', backoff()],
  ])('that is %s: nobody will do it', (_, row) => {
    const save = cancel(row);
    expect(save).toMatchObject({ status: 'FAILED', cause: 'CANCELLED', version: row.version + 1 });
    expect(save).not.toHaveProperty('engineId');
    expect(save?.statusReason).toBe('Resource CREATE cancelled');
  });
});
