/**
 * P10: schedule, delayed message, duplicate and sweep may interleave in any order with the same
 * end. Random histories over services in memory: commands, lost and duplicated wake-ups, functions
 * that are down for a while.
 */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { SECOND } from '../../../../lambdas/domain/time.ts';
import { TestHarness } from '../../../support/harness.ts';

const stackId = fc.constantFrom('a', 'b');
const operationId = fc.constantFrom('op-1', 'op-2', 'op-3');
const timeoutSeconds = fc.oneof(fc.integer({ min: 1, max: 20 }), fc.integer({ min: 100, max: 400 }));

const step = fc.oneof(
  fc.record({
    command: fc.constant('StartOperation'),
    stackId,
    operationId,
    action: fc.constant('CREATE'),
    timeoutSeconds,
    supersede: fc.boolean(),
  }),
  fc.record({ command: fc.constant('ExtendOperation'), stackId, operationId, timeoutSeconds }),
  fc.record({
    command: fc.constant('CompleteOperation'),
    stackId,
    operationId,
    status: fc.constantFrom('COMPLETE', 'FAILED'),
  }),
  fc.record({ command: fc.constant('CancelOperation'), stackId, operationId }),
  fc.record({ let: fc.constant('pass'), seconds: fc.integer({ min: 1, max: 150 }) }),
  fc.record({ let: fc.constant('lose'), what: fc.constantFrom('schedules', 'messages') }),
  fc.record({ let: fc.constant('duplicate') }),
  fc.record({ let: fc.constantFrom('fail', 'recover'), what: fc.constantFrom('arm', 'wake', 'scheduler') }),
);
type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;

async function take(harness: TestHarness, one: Step): Promise<void> {
  if ('command' in one) {
    const before = harness.table.rows.get(one.stackId);
    const answer = await harness.command(one);
    // P4: only what was written is reported, and a refusal has written nothing.
    const after = harness.table.rows.get(one.stackId);
    if (answer.ok && 'stack' in answer) expect(answer.stack.version).toBe(after?.version);
    if (!answer.ok) expect(after).toBe(before);
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

test('whatever happens to wake-ups, each operation ends once, not early, and within the bound', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 25 }), async (steps) => {
      const harness = new TestHarness();
      for (const one of steps) await take(harness, one);

      // Everything but the scheduler, arm and wake as they are: the sweep alone must end what is
      // left.
      await harness.run(400 + 30 + 2 * 60);

      const ends = new Map<string, number>();
      for (const { before, after } of harness.table.stream) {
        if (after.change === 'TIMEOUT' && before && 'deadline' in before) {
          const endedAt = after.status === 'IN_PROGRESS' ? 0 : after.endedAt;
          expect(endedAt, 'P1 never early').toBeGreaterThanOrEqual(before.deadline);
          expect(endedAt - before.deadline, 'P7 bounded lateness').toBeLessThanOrEqual(
            (30 + 60 + 1) * SECOND,
          );
        }
        if (before) expect(after.version, 'every write raises the version').toBe(before.version + 1);
        if (before?.status === 'IN_PROGRESS') {
          const ended = after.status !== 'IN_PROGRESS' || after.operationId !== before.operationId;
          const operation = `${before.stackId} ${before.operationId}`;
          if (ended) ends.set(operation, (ends.get(operation) ?? 0) + 1);
        } else if (before) {
          expect(after.status, 'P3: an ended row changes only by the start of another operation').toBe(
            'IN_PROGRESS',
          );
          expect(after.operationId).not.toBe(before.operationId);
        }
      }
      const started = new Set(
        harness.table.stream.map(({ after }) => `${after.stackId} ${after.operationId}`),
      );
      expect([...ends.keys()].sort(), 'P2: each operation that was started has ended').toEqual(
        [...started].sort(),
      );
      expect(new Set(ends.values()).size, 'and once').toBeLessThanOrEqual(1);

      const published = new Set(harness.bus.published.map(({ id }) => id));
      expect(published.size, 'P14: a start and an end of each').toBe(2 * started.size);

      // A schedule whose time has passed is left to fire: it changes nothing, and deletes itself.
      Object.assign(harness.alive, { arm: true, scheduler: true });
      await harness.tick();
      expect(harness.schedules.schedules.size, 'P13: no schedule is left').toBe(0);
    }),
    { numRuns: 200 },
  );
});
