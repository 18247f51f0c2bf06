/** Stacks below others: what moves and ends with what. */
import { describe, expect, test } from 'vitest';
import { TestHarness } from '../../../support/harness.ts';

const under = (stackId: string, operationId = 'op-1') => ({ parent: { stackId, operationId } });
const rowOf = (harness: TestHarness, stackId: string) => harness.table.rows.get(stackId);
const secondsLeft = (harness: TestHarness, stackId: string): number => {
  const row = rowOf(harness, stackId);
  return row?.status === 'IN_PROGRESS' ? (row.deadline - harness.clock.now()) / 1000 : 0;
};

describe('a parent is extended', () => {
  test('and its child, which asked for as much, goes on; so does the child of that', async () => {
    const harness = new TestHarness();
    await harness.start('parent', 3600);
    await harness.run(60);
    await harness.start('child', 3600, under('parent'));
    await harness.start('grandchild', 7200, under('child'));
    expect(secondsLeft(harness, 'child')).toBe(3540);
    await harness.run(2940);
    await harness.extend('parent', 3600);
    await harness.run(2);
    // The child gets the hour that it asked for, and no more; the grandchild what the child has.
    expect(secondsLeft(harness, 'child')).toBe(658);
    expect(secondsLeft(harness, 'grandchild')).toBe(658);
    await harness.run(657);
    expect(rowOf(harness, 'child')?.status).toBe('IN_PROGRESS');
    await harness.run(1);
    expect(rowOf(harness, 'child')).toMatchObject({ status: 'FAILED', cause: 'TIMEOUT' });
    expect(rowOf(harness, 'parent')?.status).toBe('IN_PROGRESS');
  });

  test('after it was shortened: the child has again what it asked for', async () => {
    const harness = new TestHarness();
    await harness.start('parent', 3600);
    await harness.start('child', 1800, under('parent'));
    await harness.run(2);
    await harness.extend('parent', 600);
    await harness.run(2);
    expect(secondsLeft(harness, 'child')).toBe(598);
    await harness.extend('parent', 3600);
    await harness.run(2);
    expect(secondsLeft(harness, 'child')).toBe(1800 - 6);
  });

  test('while nobody can tell the child: its wake-up looks at the parent, and gets another one', async () => {
    const harness = new TestHarness();
    harness.alive.sweep = false;
    await harness.start('parent', 300);
    await harness.start('child', 900, under('parent'));
    await harness.run(2);
    harness.alive.effects = false;
    await harness.extend('parent', 2000);
    await harness.run(310);
    expect(secondsLeft(harness, 'child')).toBe(900 - 312);
    harness.alive.effects = true;
    await harness.run(900);
    expect(rowOf(harness, 'child')).toMatchObject({ status: 'FAILED', cause: 'TIMEOUT' });
    const [fired] = harness.telemetry.of('wakeUp').filter(({ outcome }) => outcome === 'fired');
    expect(fired).toMatchObject({ by: 'wake', subject: { stackId: 'child' } });
    expect(fired?.lateness).toBeLessThanOrEqual(1000);
  });

  test('while nobody can tell those below: the one at the bottom looks all the way up', async () => {
    const harness = new TestHarness();
    await harness.start('top', 300);
    await harness.start('mid', 900, under('top'));
    await harness.start('leaf', 900, under('mid'));
    await harness.run(2);
    harness.alive.effects = false;
    await harness.extend('top', 2000);
    await harness.run(310);
    for (const stackId of ['mid', 'leaf']) expect(secondsLeft(harness, stackId)).toBe(900 - 312);
  });
});

describe('a stack is no descendant of itself', () => {
  test('superseding it under its own child is refused, and nothing is written', async () => {
    const harness = new TestHarness();
    await harness.start('a', 3600);
    await harness.start('b', 3600, under('a'));
    await harness.start('c', 3600, under('b'));
    await harness.run(2);
    const writes = harness.table.stream.length;
    for (const below of ['b', 'c']) {
      const answer = await harness.start('a', 3600, {
        operationId: 'op-2',
        supersede: true,
        ...under(below),
      });
      expect(answer).toMatchObject({
        ok: false,
        error: {
          code: 'ValidationError',
          message: `parent must not be a descendant of the stack: a is above ${below}`,
        },
      });
    }
    expect(harness.table.stream).toHaveLength(writes);
  });

  test('nor is it started under its own child when its operation has just ended: the child ends too', async () => {
    const harness = new TestHarness();
    await harness.start('a', 3600);
    await harness.start('b', 3600, under('a'));
    await harness.run(2);
    harness.alive.effects = false;
    await harness.command({ command: 'CancelOperation', stackId: 'a', operationId: 'op-1' });
    expect(await harness.start('a', 3600, { operationId: 'op-2', ...under('b') })).toMatchObject({
      ok: false,
      error: { code: 'ValidationError' },
    });
  });

  test('under what was its child before it may start', async () => {
    const harness = new TestHarness();
    await harness.start('a', 3600);
    await harness.start('b', 3600, under('a'));
    await harness.run(2);
    await harness.start('b', 3600, { operationId: 'op-2', supersede: true });
    await harness.run(2);
    const answer = await harness.start('a', 3600, {
      operationId: 'op-2',
      supersede: true,
      ...under('b', 'op-2'),
    });
    expect(answer).toMatchObject({ ok: true });
  });

  test('stacks are nested 17 deep, and no deeper', async () => {
    const harness = new TestHarness();
    await harness.start('level-0', 3600);
    for (let level = 1; level <= 16; level++) {
      const answer = await harness.start(`level-${level}`, 3600, under(`level-${level - 1}`));
      expect(answer, `level ${level}`).toMatchObject({ ok: true });
    }
    expect(await harness.start('level-17', 3600, under('level-16'))).toMatchObject({
      ok: false,
      error: { code: 'ValidationError' },
    });
  });
});
