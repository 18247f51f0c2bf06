/** Random lives of one resource action: whatever comes in whatever order, these hold. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { RequestOf } from '../../../../contract/index.ts';
import type { Health } from '../../../../lambdas/domain/health.ts';
import {
  decideCancelResource,
  decideClaim,
  decideCompleteResource,
  decideDispatch,
  decideRelease,
  requireCurrentClaim,
} from '../../../../lambdas/domain/resource-action/commands.ts';
import {
  dueOf,
  type ResourceActionRow,
  toResourceAction,
} from '../../../../lambdas/domain/resource-action/state.ts';
import { decideResourceActionWakeUp } from '../../../../lambdas/domain/resource-action/wake-up.ts';
import { generationOf, present } from '../../../../lambdas/domain/row.ts';
import { ended, type StackRow } from '../../../../lambdas/domain/stack/state.ts';
import { KEPT } from '../../../support/resource-rows.ts';
import { ENDS, inProgress, NOW } from '../../../support/rows.ts';

const RETENTION = 400_000;
const operationId = fc.constantFrom('op-1', 'op-1', 'op-1', 'op-2');
/** That of the row as it is, or any. */
const claim = {
  current: fc.constantFrom(true, true, true, false),
  operationId,
  attempt: fc.integer({ min: 1, max: 3 }),
  claimId: fc.constantFrom('claim-a', 'claim-b'),
};
const step = fc.oneof(
  fc.record({
    do: fc.constant('dispatch'),
    operationId,
    delaySeconds: fc.option(fc.constantFrom(0, 1, 70), { nil: undefined }),
    startToCloseSeconds: fc.constantFrom(50, 200),
    scheduleToStartSeconds: fc.option(fc.constantFrom(20, 70), { nil: undefined }),
    scheduleToCloseSeconds: fc.option(fc.constantFrom(200, 900), { nil: undefined }),
    heartbeatSeconds: fc.option(fc.constantFrom(10, 40), { nil: undefined }),
    maxAttempts: fc.integer({ min: 1, max: 3 }),
  }),
  fc.record({ do: fc.constant('claim'), ...claim }),
  fc.record({ do: fc.constant('heartbeat'), ...claim }),
  fc.record({
    do: fc.constant('complete'),
    ...claim,
    status: fc.constantFrom('COMPLETE', 'FAILED', 'FAILED'),
    retryable: fc.boolean(),
  }),
  fc.record({ do: fc.constant('release'), ...claim }),
  // What the wake-up was for: the timer of so many generations ago; most are the current one's.
  fc.record({ do: fc.constant('wake'), operationId, ago: fc.constantFrom(0, 0, 0, 1, 2, -1) }),
  fc.record({ do: fc.constant('cancel'), operationId }),
  fc.record({ do: fc.constantFrom('end', 'fail', 'recover') }),
  fc.record({ do: fc.constant('start'), operationId }),
  fc.record({ do: fc.constant('pass'), milliseconds: fc.constantFrom(1, 999, 10_000, 61_000, 250_000) }),
  // Exactly up to the next deadline, and the wake-up for it.
  fc.record({ do: fc.constant('wait') }),
  fc.record({ do: fc.constant('wait') }),
);
type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;

interface Life {
  now: number;
  stack: StackRow;
  row: ResourceActionRow | undefined;
  health: Health;
  /** The claim that the attempt was given to last, until it was given back or taken away. */
  holder: string | undefined;
}
const holderOf = (of: { operationId: string; attempt: number; claimId: string }) =>
  `${of.operationId} ${of.attempt} ${of.claimId}`;

/** The claim that a step is about: that of the row, with what it has. */
function claimOf<C extends { current: boolean; operationId: string; attempt: number; claimId: string }>(
  row: ResourceActionRow | undefined,
  one: C,
): C {
  if (!one.current || row === undefined) return one;
  const { operationId, attempt } = row;
  return { ...one, operationId, attempt, ...('claimId' in row && { claimId: row.claimId }) };
}

/** What a step writes; undefined if nothing. */
function take(life: Life, one: Step): ResourceActionRow | undefined {
  const { now, row, stack, health } = life;
  const rows = { stack, resource: row };
  const target = { stackId: 'stack-1', resource: 'server' };
  switch (one.do) {
    case 'dispatch': {
      const { do: _, maxAttempts, ...fields } = one;
      const given = Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
      const request = {
        command: 'DispatchResource',
        ...target,
        action: 'CREATE',
        retry: { maxAttempts },
        ...given,
      };
      return decideDispatch(rows, request as unknown as RequestOf<'DispatchResource'>, now).save;
    }
    case 'claim':
      return decideClaim(rows, { command: 'ClaimResource', ...target, engineId: 'engine', ...one }, now).save;
    case 'heartbeat': {
      // As the store's conditional update does it.
      const own = requireCurrentClaim(row, { command: 'Heartbeat', ...target, ...one }, now);
      if ('kind' in own || own.heartbeat === undefined) return undefined;
      const { suspicion: _, ...rest } = own;
      return {
        ...rest,
        heartbeatDeadline: now + own.heartbeat,
        version: own.version + 1,
        change: 'HEARTBEAT',
      };
    }
    case 'complete':
      return decideCompleteResource(
        row,
        { command: 'CompleteResource', ...target, ...(one as Step & { do: 'complete' }) } as never,
        { now, retention: RETENTION },
      ).save;
    case 'release':
      return decideRelease(row, { command: 'ReleaseResource', ...target, ...one }, now).save;
    case 'cancel':
      return decideCancelResource(
        rows,
        { command: 'CancelResource', ...target, operationId: one.operationId },
        { now, retention: RETENTION },
      ).save;
    case 'wake': {
      if (row === undefined) return undefined;
      const hint = { operationId: one.operationId, generation: generationOf(row) - one.ago };
      const decision = decideResourceActionWakeUp(rows, hint, { now, retention: RETENTION, health });
      if (one.ago !== 0) expect(decision, 'P5: an earlier generation').toEqual({ outcome: 'stale' });
      if (one.operationId !== row.operationId)
        expect(decision, 'P5: another operation').toEqual({ outcome: 'stale' });
      return decision.save;
    }
    case 'end':
      if (stack.status === 'IN_PROGRESS')
        life.stack = ended(stack, ENDS.completed, { now, retention: RETENTION });
      return undefined;
    case 'start':
      life.stack = inProgress({ operationId: one.operationId, deadline: now + 600_000 });
      return undefined;
    case 'fail':
      life.health = { ...health, failedAt: now };
      return undefined;
    case 'recover':
      life.health = { ...health, succeededAt: now };
      return undefined;
    case 'pass':
      life.now += one.milliseconds;
      return undefined;
    case 'wait':
      if (row?.status !== 'IN_PROGRESS') return undefined;
      life.now = Math.max(now, dueOf(row));
      return take(life, { do: 'wake', operationId: row.operationId as 'op-1', ago: 0 });
  }
}

/** What must hold of each write. */
function check({ now, row: before, stack }: Life, after: ResourceActionRow, one: Step): void {
  expect(after.version, 'every write raises the version').toBe((before?.version ?? 0) + 1);
  expect(after.attempt).toBeLessThanOrEqual(after.retry.maxAttempts);
  if (after.status === 'IN_PROGRESS') {
    expect(
      after.timer.dueAt,
      'a live row has a timer that is not later than any of its deadlines',
    ).toBeLessThanOrEqual(dueOf(after));
    const mayBeUsedUp = after.timer.dueAt <= now && after.timer.setAt < now;
    expect(mayBeUsedUp && one.do !== 'heartbeat', 'and whose wake-up can still come').toBe(false);
  } else {
    expect(after).not.toHaveProperty('timer');
    const kept = after.change === 'CANCEL' ? 0 : KEPT;
    expect(after.expiresAt).toBeGreaterThanOrEqual(now + RETENTION + kept);
    expect(after.expiresAt).toBeLessThan(now + RETENTION + kept + 1000);
  }
  checkShown(now, before, after);
  if (before === undefined) return;

  const rearmed =
    before.status === 'IN_PROGRESS' && after.status === 'IN_PROGRESS' && after.timer !== before.timer;
  const raised = generationOf(after) - generationOf(before);
  expect(raised, 'a generation for each timer').toBe(rearmed || one.do === 'dispatch' ? 1 : 0);

  if (one.do === 'dispatch') {
    expect(before.operationId !== after.operationId || present(before, now) === undefined).toBe(true);
    return;
  }
  expect(before.status, 'an ended row never changes but by a dispatch').toBe('IN_PROGRESS');
  expect(after.operationId).toBe(before.operationId);
  expect(after.attempt - before.attempt, 'an attempt never falls, and none is left out').toBeOneOf([0, 1]);
  if (after.attempt > before.attempt) {
    expect(after, 'P8: an attempt begins with waiting for an engine').toMatchObject({
      phase: 'QUEUED',
      offers: 1,
    });
  }
  if (before.status !== 'IN_PROGRESS') return;
  const deadlines = {
    NO_ENGINE: [before.phase === 'QUEUED' ? before.startDeadline : undefined],
    TIMEOUT: [before.phase === 'RUNNING' ? before.attemptDeadline : undefined, before.finalDeadline],
    ENGINE_LOST: [before.phase === 'RUNNING' ? before.heartbeatDeadline : undefined],
    QUEUE: [before.phase === 'DELAYED' ? before.queueAt : undefined],
    RETRY: [before.phase === 'BACKOFF' ? before.retryAt : undefined],
    OFFER: [before.phase === 'QUEUED' ? before.offerAt : undefined],
    GRANT: [before.phase === 'RUNNING' ? before.heartbeatDeadline : undefined],
  };
  if (after.change in deadlines) {
    const own = deadlines[after.change as keyof typeof deadlines].filter((one) => one !== undefined);
    expect(Math.min(...own), `P1: no ${after.change} before its time`).toBeLessThanOrEqual(now);
  }
  if (before.phase === 'DELAYED' && after.status === 'IN_PROGRESS')
    expect(after.change, 'P1: delayed work is queued before anything else').toBe('QUEUE');
  if (after.change === 'CANCEL') {
    expect(stack.operationId === before.operationId && stack.status === 'IN_PROGRESS').toBe(false);
  }
}

/** P15: since when, which timeout, how late. */
function checkShown(now: number, before: ResourceActionRow | undefined, after: ResourceActionRow): void {
  const shown = toResourceAction(after);
  const timeouts: Partial<Record<string, string[]>> = {
    TIMEOUT: ['START_TO_CLOSE', 'SCHEDULE_TO_CLOSE'],
    ENGINE_LOST: ['HEARTBEAT'],
    NO_ENGINE: ['SCHEDULE_TO_START'],
  };
  expect(shown.timeout).toBeOneOf(timeouts[shown.cause ?? ''] ?? [undefined]);
  expect(shown.latenessMs === undefined).toBe(shown.timeout === undefined);
  expect(shown.latenessMs ?? 0).toBeGreaterThanOrEqual(0);
  const heard = shown.lastHeartbeatAt;
  expect(heard === undefined).toBe(shown.heartbeatDeadline === undefined);
  if (heard !== undefined) expect(Date.parse(heard)).toBeLessThanOrEqual(now);
  if (after.status !== 'IN_PROGRESS') return;
  const goesOn = before?.status === 'IN_PROGRESS' && before.phase === after.phase;
  const same = goesOn && before.operationId === after.operationId && before.attempt === after.attempt;
  expect(after.phaseStartedAt).toBe(same ? before.phaseStartedAt : now);
}

test('a resource action keeps its promises whatever comes in whatever order', { timeout: 60_000 }, () => {
  const changes = new Set<string>();
  fc.assert(
    fc.property(fc.array(step, { minLength: 10, maxLength: 60 }), (steps) => {
      const stack = inProgress({ deadline: NOW + 600_000 });
      const life: Life = { now: NOW, stack, row: undefined, health: {}, holder: undefined };
      for (const one of steps) {
        const asked = 'claimId' in one ? claimOf(life.row, one) : one;
        const after = take(life, asked);
        if (after === undefined) continue;
        check(life, after, asked);
        if (one.do === 'heartbeat' || one.do === 'complete' || one.do === 'release') {
          expect(holderOf(asked as never), 'P6: only who holds the attempt changes anything').toBe(
            life.holder,
          );
        }
        if (one.do === 'claim') {
          expect(life.holder, 'P6: nobody takes what somebody holds').toBeUndefined();
          life.holder = holderOf(asked as never);
        } else if (!['HEARTBEAT', 'REARM', 'GRANT'].includes(after.change)) {
          life.holder = undefined;
        }
        changes.add(after.change);
        life.row = after;
      }
    }),
    { numRuns: 4000 },
  );
  // Every transition was among them.
  expect([...changes].sort()).toEqual([
    'CANCEL',
    'CANCEL_RESOURCE',
    'CLAIM',
    'COMPLETE',
    'DISPATCH',
    'ENGINE_LOST',
    'GRANT',
    'HEARTBEAT',
    'NO_ENGINE',
    'OFFER',
    'QUEUE',
    'REARM',
    'RELEASE',
    'RETRY',
    'TIMEOUT',
  ]);
});
