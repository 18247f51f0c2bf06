import { beforeEach, describe, expect, test } from 'vitest';
import type { Child } from '../../lambdas/domain/consequences.ts';
import type { ChildStore, HealthStore } from '../../lambdas/ports/stores.ts';

const parent = { stackId: 'parent', operationId: 'op-p' };
const EXPIRES_AT = 1_800_000_000_000;
const child = (stackId: string, operationId = 'op-1'): Child => ({ parent, stackId, operationId });

/** What the use cases rely on of the store of children. `make` gives an empty table. */
export function childStoreSuite(make: () => Promise<ChildStore>): void {
  let children: ChildStore;
  beforeEach(async () => {
    children = await make();
  });

  const listed = async (operation = parent): Promise<Child[]> => {
    const found: Child[] = [];
    for await (const page of children.list(operation)) found.push(...page);
    return found.sort((a, b) => (a.stackId + a.operationId < b.stackId + b.operationId ? -1 : 1));
  };

  describe('the children of an operation', () => {
    test('are none at first', async () => {
      expect(await listed()).toEqual([]);
    });

    test('are those that were added, each once', async () => {
      for (const stackId of ['a', 'b/c:d.e@f-g_h', 'a']) await children.add(child(stackId), EXPIRES_AT);
      expect(await listed()).toEqual([child('a'), child('b/c:d.e@f-g_h')]);
    });

    test('are its own: not those of another stack, nor of another operation of the same', async () => {
      await children.add(child('a'), EXPIRES_AT);
      const others = [
        { ...child('a', 'op-2'), parent: { stackId: 'parent', operationId: 'op-q' } },
        { ...child('c'), parent: { stackId: 'other', operationId: 'op-p' } },
      ];
      for (const other of others) await children.add(other, EXPIRES_AT);
      expect(await listed()).toEqual([child('a')]);
      for (const other of others) expect(await listed(other.parent)).toEqual([other]);
    });

    test('are there until they are removed; removing what is not there does nothing', async () => {
      await children.add(child('a'), EXPIRES_AT);
      await children.add(child('b'), EXPIRES_AT);
      await children.remove(child('a'));
      await children.remove(child('a'));
      await children.remove(child('c'));
      expect(await listed()).toEqual([child('b')]);
    });

    test('are there once, whether one is added again to expire later or earlier', async () => {
      for (const later of [0, 60_000, 30_000, -60_000]) await children.add(child('a'), EXPIRES_AT + later);
      expect(await listed()).toEqual([child('a')]);
      await children.remove(child('a'));
      expect(await listed()).toEqual([]);
    });

    test('an earlier operation of the same child neither takes its place nor takes it away', async () => {
      await children.add(child('a', 'op-2'), EXPIRES_AT);
      await children.add(child('a', 'op-1'), EXPIRES_AT);
      expect(await listed()).toEqual([child('a', 'op-1'), child('a', 'op-2')]);
      await children.remove(child('a', 'op-1'));
      expect(await listed()).toEqual([child('a', 'op-2')]);
    });
  });
}

/** What the use cases rely on of the record of the canary. `make` gives an empty table. */
export function healthStoreSuite(make: () => Promise<HealthStore>): void {
  test('what is known of the canary is nothing at first; what is recorded replaces only itself', async () => {
    const health = await make();
    expect(await health.load()).toEqual({});
    await health.record({ failedAt: 5 });
    expect(await health.load()).toEqual({ failedAt: 5 });
    await health.record({ succeededAt: 6 });
    expect(await health.load()).toEqual({ failedAt: 5, succeededAt: 6 });
    await health.record({ succeededAt: 8, failedAt: 7 });
    expect(await health.load()).toEqual({ failedAt: 7, succeededAt: 8 });
  });
}
