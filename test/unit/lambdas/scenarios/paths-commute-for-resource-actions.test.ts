/**
 * P10 for resource actions and child stacks: random histories over services in memory, with lost
 * and duplicated wake-ups, functions that are down for a while, and engines that fall silent.
 */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { isResourceActionChange, type RowChange } from '../../../../lambdas/domain/consequences.ts';
import type { ResourceActionRow } from '../../../../lambdas/domain/resource-action/state.ts';
import { TestHarness } from '../../../support/harness.ts';

const operationId = fc.constantFrom('op-1', 'op-1', 'op-1', 'op-2');
const target = { stackId: fc.constant('a'), operationId, resource: fc.constantFrom('x', 'y') };
/** With attempt 0: of the attempt as it is, by who has it. */
const claim = {
  ...target,
  attempt: fc.constantFrom(0, 0, 0, 1, 2),
  claimId: fc.constantFrom('claim-1', 'claim-1', 'claim-2'),
};
const optional = (...values: (number | undefined)[]) => fc.constantFrom(...values);

const step = fc.oneof(
  fc.record({
    command: fc.constant('StartOperation'),
    stackId: fc.constant('a'),
    operationId,
    action: fc.constant('CREATE'),
    timeoutSeconds: fc.constantFrom(100, 400),
    supersede: fc.boolean(),
  }),
  fc.record({
    command: fc.constant('StartOperation'),
    stackId: fc.constant('child'),
    operationId: fc.constantFrom('op-1', 'op-2', 'op-3'),
    action: fc.constant('CREATE'),
    timeoutSeconds: fc.constantFrom(50, 900),
    supersede: fc.boolean(),
    parent: fc.record({ stackId: fc.constant('a'), operationId }),
  }),
  fc.record({
    command: fc.constantFrom('CompleteOperation', 'ExtendOperation'),
    stackId: fc.constantFrom('a', 'a', 'child'),
    operationId,
  }),
  fc.record({
    command: fc.constant('DispatchResource'),
    ...target,
    startToCloseSeconds: fc.constantFrom(60, 200),
    heartbeatSeconds: optional(undefined, 10, 40),
    scheduleToStartSeconds: optional(undefined, undefined, 30),
    scheduleToCloseSeconds: optional(undefined, undefined, 200),
    maxAttempts: fc.integer({ min: 1, max: 3 }),
    input: fc.constantFrom(undefined, 'in'),
    onFailure: fc.constantFrom('FAIL_OPERATION', 'CONTINUE', 'CONTINUE'),
  }),
  fc.record({ command: fc.constant('ClaimResource'), ...claim }),
  fc.record({ command: fc.constant('ClaimResource'), ...claim }),
  fc.record({ command: fc.constant('Heartbeat'), ...claim }),
  fc.record({ command: fc.constant('ReleaseResource'), ...claim }),
  fc.record({
    command: fc.constant('CompleteResource'),
    ...claim,
    status: fc.constantFrom('COMPLETE', 'FAILED'),
    output: fc.constantFrom(undefined, 'out'),
  }),
  fc.record({ let: fc.constant('pass'), seconds: fc.integer({ min: 1, max: 90 }) }),
  fc.record({ let: fc.constant('pass'), seconds: fc.integer({ min: 1, max: 20 }) }),
  fc.record({ let: fc.constant('lose'), what: fc.constantFrom('schedules', 'messages') }),
  fc.record({ let: fc.constant('duplicate') }),
  fc.record({
    let: fc.constantFrom('fail', 'recover'),
    what: fc.constantFrom('arm', 'wake', 'scheduler', 'effects', 'command', 'command'),
  }),
);
type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;

/** A step as a request to the command function. */
function requestOf(harness: TestHarness, one: Extract<Step, { command: string }>): Record<string, unknown> {
  const given: Record<string, unknown> = Object.fromEntries(
    Object.entries(one).filter(([, value]) => value !== undefined),
  );
  if (one.command === 'CompleteOperation') given.status = 'COMPLETE';
  if (one.command === 'ExtendOperation') given.timeoutSeconds = 200;
  if (one.command === 'ClaimResource') given.engineId = 'engine';
  if (one.command === 'DispatchResource') {
    const { maxAttempts, ...fields } = given;
    return { ...fields, action: 'CREATE', retry: { maxAttempts, jitter: 'NONE' } };
  }
  if (given.attempt !== 0) return given;
  const row = harness.table.resourceRows.get(`a\n${given.resource}`);
  const held = row && 'claimId' in row && one.command !== 'ClaimResource' && { claimId: row.claimId };
  return { ...given, operationId: row?.operationId ?? 'op-1', attempt: row?.attempt ?? 1, ...held };
}

async function take(harness: TestHarness, one: Step): Promise<void> {
  if ('command' in one) {
    if (!harness.alive.command) return;
    const request = requestOf(harness, one);
    const key = `${request.stackId}\n${request.resource}`;
    const before = harness.table.resourceRows.get(key);
    const answer = await harness.command(request);
    const after = harness.table.resourceRows.get(key);
    if (!answer.ok) {
      expect(answer.error.code).not.toBe('ValidationError');
      expect(after, 'P4: a refusal has written nothing').toBe(before);
    } else if ('resource' in answer) {
      expect(answer.resource.version, 'P4: only what was written is reported').toBe(after?.version);
    }
    return;
  }
  if (one.let === 'pass') return harness.run(one.seconds);
  if (one.let === 'duplicate') {
    harness.queue.messages.push(...harness.queue.messages.map((message) => ({ ...message })));
  } else if (one.let === 'lose') {
    if (one.what === 'schedules') harness.schedules.schedules.clear();
    else harness.queue.messages.splice(0);
  } else {
    harness.alive[one.what] = one.let === 'recover';
  }
}

const nameOf = ({ stackId, operationId, resource }: ResourceActionRow) =>
  `${stackId} ${operationId} ${resource}`;

/** What holds of the changes of resource actions, in whatever order they came. */
function checkChanges(changes: readonly RowChange[]): void {
  const [dispatched, ended] = [new Set<string>(), new Map<string, number>()];
  for (const change of changes) {
    if (!isResourceActionChange(change)) continue;
    const { before, after } = change;
    dispatched.add(nameOf(after));
    expect(after.attempt, 'P8').toBeLessThanOrEqual(after.retry.maxAttempts);
    if (before) expect(after.version).toBe(before.version + 1);
    const replaced = before?.operationId !== after.operationId;
    if (before && !replaced) {
      expect(before.status, 'P3: what has ended does not change').toBe('IN_PROGRESS');
      expect(after.attempt - before.attempt).toBeOneOf([0, 1]);
    }
    if (before?.status === 'IN_PROGRESS' && (replaced || after.status !== 'IN_PROGRESS')) {
      ended.set(nameOf(before), (ended.get(nameOf(before)) ?? 0) + 1);
    }
    if (before?.status === 'IN_PROGRESS' && before.phase === 'RUNNING' && after.change === 'ENGINE_LOST') {
      const endedAt = after.status === 'IN_PROGRESS' ? after.timer.setAt : after.endedAt;
      expect(endedAt, 'P1').toBeGreaterThanOrEqual(before.heartbeatDeadline ?? Number.POSITIVE_INFINITY);
    }
  }
  expect([...ended.keys()].sort(), 'P2: each one that was dispatched has ended').toEqual(
    [...dispatched].sort(),
  );
  expect(
    [...ended.values()].filter((times) => times !== 1),
    'and once',
  ).toEqual([]);
}

test('whatever happens, each resource action ends once, and nothing outlives its operation', async () => {
  const changes = new Set<string>();
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 20, maxLength: 60, size: 'max' }), async (steps) => {
      const harness = new TestHarness();
      await harness.start('a', 400);
      for (const one of steps) await take(harness, one);

      // The engines are gone. Arm, wake and the scheduler stay as they are: the sweep must do
      // without them.
      const alive = { ...harness.alive };
      Object.assign(harness.alive, { effects: true, command: true });
      await harness.run(400 + 3 * (30 + 60));
      for (const row of [...harness.table.rows.values(), ...harness.table.resourceRows.values()]) {
        expect(row.status, 'P2, P13').not.toBe('IN_PROGRESS');
      }
      checkChanges(harness.table.stream);
      for (const { after } of harness.table.stream) changes.add(after.change);
      expect(harness.table.childItems.size, 'P13: no child is left').toBe(0);
      for (const [key, { expiresAt }] of harness.table.payloads)
        expect(expiresAt, `P13: ${key}`).toBeDefined();

      const ids = harness.bus.published.map(({ id }) => id);
      const news = harness.table.stream.filter(
        ({ before, after }) => after.change !== 'REARM' && after.change !== 'GRANT' && before !== after,
      );
      for (const { after } of news) {
        if (!('resource' in after)) continue;
        expect(ids, 'P14').toContain(
          [after.stackId, after.operationId, after.resource, after.version, after.change].join('/'),
        );
      }
      // A schedule whose time has passed is left to fire: it changes nothing, and deletes itself.
      Object.assign(harness.alive, alive, { arm: true, scheduler: true });
      await harness.tick();
      expect(harness.schedules.schedules.size, 'P13: no schedule is left').toBe(0);
    }),
    { numRuns: 300 },
  );
  // Most of what can happen did, in some of them.
  expect([...changes]).toEqual(
    expect.arrayContaining([
      ...['DISPATCH', 'CLAIM', 'COMPLETE', 'OFFER', 'CANCEL', 'TIMEOUT', 'ENGINE_LOST', 'NO_ENGINE'],
      ...['SUPERSEDE', 'SHORTEN', 'PARENT_ENDED', 'RESOURCE_FAILED'],
    ]),
  );
}, 60_000);
