/** Walkers that die, and walkers that do not know that the service declared them lost. */
import { expect, test } from 'vitest';
import { rollbackName } from '../../../../examples/hot-engine/plan.ts';
import type { Walk } from '../../../../examples/hot-engine/walk.ts';
import { FakeService } from './fake-service.ts';
import { failing, runWalker, type StepOutcomes, walk } from './walks.ts';

test.each([
  ['to the end', [], { rollback: false }],
  ['through a rollback', ['web'], { rollback: true }],
])('walkers that die at every request bring it %s', async (_, failures, overrides) => {
  const expected = new FakeService();
  await runWalker(expected, walk(overrides), failing(...failures));
  for (const effect of ['before', 'after'] as const) {
    // If every walker dies before its first change, nothing ever changes.
    for (let lifetime = effect === 'before' ? 2 : 1; lifetime <= 12; lifetime++) {
      const service = await walkWithDeaths(lifetime, effect, walk(overrides), failing(...failures));
      expect(service.stack.statusReason, `${lifetime} ${effect}`).toBe(expected.stack.statusReason);
      const started = service.dispatches().filter((name) => !name.endsWith('/rollback'));
      // While no walker was alive, a step may have failed before the walk had started the others.
      const all =
        failures.length > 0 ? started.flatMap((name) => [name, rollbackName(name)]) : expected.dispatches();
      expect(service.dispatches().sort()).toEqual(all.sort());
      expect(service.log.filter((line) => line === 'extend')).toHaveLength(failures.length);
      assertOrder(service);
    }
  }
});

/**
 * Each walker dies at its n-th command, before or after that takes effect, or at its 5n-th
 * GetStack.
 */
async function walkWithDeaths(
  lifetime: number,
  effect: 'before' | 'after',
  given: Walk,
  outcomes: StepOutcomes,
): Promise<FakeService> {
  const service = new FakeService();
  for (let walkers = 1; service.stack.status === 'IN_PROGRESS'; walkers++) {
    if (walkers > 200) throw new Error('the operation never ends');
    let changes = lifetime;
    let reads = 5 * lifetime;
    let dead = false;
    service.onRequest = ({ command }) => {
      if (dead) throw new Error('dead');
      if (command === 'GetStack') reads--;
      else changes--;
      if (changes > 0 && reads > 0) return;
      dead = true;
      if (effect === 'before') throw new Error('dead');
    };
    await runWalker(service, given, outcomes).catch((error: Error) => {
      if (!/dead/.test(error.message)) throw error;
    });
    // Steps end while no walker is alive.
    service.endSteps(outcomes);
  }
  return service;
}

/**
 * Each step was dispatched after those it requires, each rollback step after those of what requires
 * it.
 */
function assertOrder(service: FakeService): void {
  const order = service.dispatches();
  const before = (one: string, other: string) => {
    if (order.includes(other))
      expect(order.indexOf(one), `${one} before ${other}`).toBeLessThan(order.indexOf(other));
  };
  for (const [one, other] of [
    ['net', 'web'],
    ['net', 'db'],
    ['web', 'lb'],
    ['db', 'lb'],
    ['web/rollback', 'net/rollback'],
    ['db/rollback', 'net/rollback'],
  ] as const)
    before(one, other);
}

test('two walkers at once do no harm', async () => {
  for (const failures of [[], ['web']]) {
    const service = new FakeService();
    const one = walk({ rollback: true });
    await Promise.all([
      runWalker(service, one, failing(...failures)),
      runWalker(service, one, failing(...failures)),
    ]);
    assertOrder(service);
    expect(service.log.filter((line) => line.startsWith('end'))).toHaveLength(1);
  }
});
