import { beforeEach, describe, expect, test } from 'vitest';
import type { ResourceActionRow, ResourceActionRunning } from '../../lambdas/domain/resource-action/state.ts';
import type { ResourceActionStore, StackStore } from '../../lambdas/ports/stores.ts';
import { backoff, endedResource, queued, running } from '../support/resource-rows.ts';
import { inProgress, NOW } from '../support/rows.ts';

export interface ResourceTable {
  readonly store: StackStore;
  readonly resources: ResourceActionStore;
}

const claim = {
  command: 'Heartbeat',
  stackId: 'stack-1',
  operationId: 'op-1',
  resource: 'server',
  attempt: 1,
  claimId: 'claim-1',
} as const;
const operation = { stackId: 'stack-1', operationId: 'op-1' };
const beating = running({ heartbeat: 30_000, heartbeatDeadline: NOW + 30_000 });

/** What the use cases rely on of the store of resource actions. `make` gives an empty table. */
export function resourceActionStoreSuite(make: () => Promise<ResourceTable>): void {
  let store: StackStore;
  let resources: ResourceActionStore;
  beforeEach(async () => {
    ({ store, resources } = await make());
  });

  const load = () => resources.load('stack-1', 'server');

  describe('the rows of resource actions', () => {
    test('one that does not exist is undefined, with or without its stack', async () => {
      expect(await load()).toBeUndefined();
      expect(await resources.loadWithStack('stack-1', 'server')).toEqual({
        stack: undefined,
        resource: undefined,
      });
      await store.save(inProgress(), undefined);
      expect(await resources.loadWithStack('stack-1', 'server')).toEqual({
        stack: inProgress(),
        resource: undefined,
      });
    });

    test.each<[string, ResourceActionRow]>([
      ['queued', queued({ scheduleToStart: 1, startDeadline: NOW + 1, resourceType: 'OS::Nova::Server' })],
      ['offered after a failure', queued({ attempt: 2, cause: 'ENGINE_LOST', offers: 7 })],
      ['running', running({ heartbeat: 1, heartbeatDeadline: NOW + 1, finalDeadline: NOW + 9 })],
      ['backing off', backoff({ lastReport: { attempt: 1, claimId: 'claim-1', outcome: 'FAILED' } })],
      ['complete', endedResource('completed', { outputAttempt: 1, hasInput: true })],
      ['cancelled', endedResource('cancelled', { onFailure: 'CONTINUE' })],
    ])('one that is %s comes back as it was saved', async (_, row) => {
      expect(await resources.save(row, undefined)).toBe(true);
      await store.save(inProgress(), undefined);
      expect(await load()).toEqual(row);
      expect(await resources.loadWithStack('stack-1', 'server')).toEqual({
        stack: inProgress(),
        resource: row,
      });
      expect(await store.load('stack-1'), 'and is not taken for a stack').toEqual(inProgress());
    });

    test('a save needs the row to be as it was seen: its version and its operation', async () => {
      expect(await resources.save(running(), queued()), 'nothing there').toBe(false);
      expect(await resources.save(queued(), undefined)).toBe(true);
      expect(await resources.save(queued({ resource: 'other' }), undefined), 'another resource').toBe(true);
      expect(await resources.save(queued({ statusReason: 'second' }), undefined), 'there is one').toBe(false);
      expect(await resources.save(running(), { ...queued(), version: 9 }), 'another version').toBe(false);
      expect(await resources.save(running(), { ...queued(), operationId: 'op-0' }), 'another operation').toBe(
        false,
      );
      expect(await load()).toEqual(queued());
      expect(await resources.save(running(), queued())).toBe(true);
      expect(await load()).toEqual(running());
    });

    test('of many racing saves one wins', async () => {
      await resources.save(queued(), undefined);
      const rivals = Array.from({ length: 20 }, (_, n) => running({ claimId: `claim-${n}` }));
      const saved = await Promise.all(rivals.map((row) => resources.save(row, queued())));
      expect(saved.filter(Boolean)).toHaveLength(1);
      expect(await load()).toEqual(rivals[saved.indexOf(true)]);
    });
  });

  describe('input and output', () => {
    const input = { kind: 'input', json: '{"size":["m1",null]}' } as const;
    const output = { kind: 'output', json: '"done"' } as const;
    const withInput = queued({ hasInput: true });

    test('a row that has none shows none', async () => {
      await resources.save(queued(), undefined);
      expect(await resources.payloads(queued())).toEqual({});
    });

    test('are saved with the row, and shown', async () => {
      expect(await resources.save(withInput, undefined, input)).toBe(true);
      expect(await resources.payloads(withInput)).toEqual({ input: input.json });
      const done = endedResource('completed', { hasInput: true, outputAttempt: 1 });
      expect(await resources.save(done, withInput, output)).toBe(true);
      expect(await resources.payloads(done)).toEqual({ input: input.json, output: output.json });
    });

    test('are not saved if the row is not', async () => {
      await resources.save(withInput, undefined, input);
      const late = queued({ hasInput: true, version: 2 });
      expect(await resources.save(late, undefined, { kind: 'input', json: '1' })).toBe(false);
      expect(await resources.save(late, { ...late, version: 7 }, { kind: 'output', json: '2' })).toBe(false);
      expect(await load()).toEqual(withInput);
      expect(await resources.payloads({ ...withInput, outputAttempt: 1 })).toEqual({ input: input.json });
    });

    test('those of another operation are not shown', async () => {
      await resources.save(withInput, undefined, input);
      const next = queued({ operationId: 'op-2', hasInput: true, outputAttempt: 1, version: 2 });
      expect(await resources.payloads(next)).toEqual({});
      await resources.save(next, withInput, { kind: 'input', json: '2' });
      expect(await resources.payloads(withInput)).toEqual({});
      expect(await resources.payloads(next)).toEqual({ input: '2' });
    });

    test('an output is that of the attempt that reported it last, whatever attempt the row is in', async () => {
      await resources.save(running(), undefined);
      const failed = backoff({ outputAttempt: 1 });
      await resources.save(failed, running(), output);
      const second = running({ attempt: 2, outputAttempt: 1, version: 5 });
      expect(await resources.payloads(second)).toEqual({ output: output.json });
      expect(await resources.payloads({ ...second, outputAttempt: 2 })).toEqual({});
      const { outputAttempt: _, ...without } = second;
      expect(await resources.payloads(without as ResourceActionRunning)).toEqual({});
    });

    test('an output of a failed attempt is shown even if the next one is offered at once', async () => {
      await resources.save(running(), undefined);
      const next = queued({ attempt: 2, outputAttempt: 1, version: 3, cause: 'REPORTED' });
      await resources.save(next, running(), output);
      expect(await resources.payloads(next)).toEqual({ output: output.json });
    });

    test('expiring them leaves them to be seen until then, and those of another operation alone', async () => {
      const done = endedResource('completed', { hasInput: true, outputAttempt: 1 });
      await resources.expirePayloads(done, NOW + 1000);
      expect(await resources.payloads(done), 'nothing was there, and nothing is').toEqual({});
      await resources.save(withInput, undefined, input);
      await resources.save(done, withInput, output);
      await resources.expirePayloads({ ...done, operationId: 'op-2' }, NOW + 1000);
      await resources.expirePayloads(done, NOW + 1000);
      await resources.expireReplacedPayloads(done, NOW + 1000);
      expect(await resources.payloads(done)).toEqual({ input: input.json, output: output.json });
    });
  });

  describe('expiring a row', () => {
    const done = endedResource('completed');
    const soon = { ...done, expiresAt: NOW + 60_000 };

    test('makes it expire earlier, and no new version', async () => {
      await resources.save(done, undefined);
      await resources.expire(soon);
      const expiring = { ...soon, change: 'EXPIRE' };
      expect(await load()).toEqual(expiring);
      await resources.expire({ ...done, expiresAt: NOW + 61_000 });
      await resources.expire(soon);
      expect(await load(), 'but not later').toEqual(expiring);
      const next = queued({ operationId: 'op-2', version: done.version + 1 });
      expect(await resources.save(next, done), 'whoever had seen it before loses no race').toBe(true);
    });

    test.each<[string, ResourceActionRow]>([
      ['of another operation', endedResource('completed', { operationId: 'op-2' })],
      ['that goes on', running()],
    ])('leaves one alone %s', async (_, row) => {
      await resources.save(row, undefined);
      await resources.expire(soon);
      expect(await load()).toEqual(row);
    });

    test('makes none', async () => {
      await resources.expire(soon);
      expect(await load()).toBeUndefined();
    });
  });

  describe('a heartbeat', () => {
    test('moves its deadline and raises the version; nothing else', async () => {
      await resources.save(beating, undefined);
      const moved = { ...beating, heartbeatDeadline: NOW + 40_000, version: 3, change: 'HEARTBEAT' };
      expect(await resources.heartbeat(claim, NOW + 10_000)).toEqual({ recorded: true, row: moved });
      expect(await load()).toEqual(moved);
    });

    test('clears its engine: it is suspected no more', async () => {
      await resources.save({ ...beating, suspicion: { lastHeartbeat: NOW } }, undefined);
      const { recorded, row } = await resources.heartbeat(claim, NOW + 10_000);
      expect(recorded).toBe(true);
      expect(row).not.toHaveProperty('suspicion');
      expect(await load()).toEqual(row);
    });

    test.each<[string, ResourceActionRow]>([
      ['another attempt', running({ ...beating, attempt: 2 })],
      ['another claim', running({ ...beating, claimId: 'claim-2' })],
      ['another operation', running({ ...beating, operationId: 'op-2' })],
      ['nobody’s', queued({ heartbeat: 30_000 })],
      ['over', endedResource('lost', { heartbeat: 30_000 })],
      ['one that wants none', running()],
    ])('is refused if the attempt is %s: the row comes with it, unchanged', async (_, row) => {
      await resources.save(row, undefined);
      expect(await resources.heartbeat(claim, NOW)).toEqual({ recorded: false, row });
      expect(await load()).toEqual(row);
    });

    test('that was overtaken by a later one does not move the deadline back', async () => {
      await resources.save(beating, undefined);
      await resources.heartbeat(claim, NOW + 10_000);
      const later = await load();
      expect(await resources.heartbeat(claim, NOW + 9_000)).toEqual({ recorded: false, row: later });
      expect(await load()).toEqual(later);
    });

    test('is refused if there is no row', async () => {
      expect(await resources.heartbeat(claim, NOW)).toEqual({ recorded: false, row: undefined });
      expect(await load()).toBeUndefined();
    });

    test('of many at once each one counts', async () => {
      await resources.save(beating, undefined);
      await Promise.all(Array.from({ length: 20 }, () => resources.heartbeat(claim, NOW)));
      expect((await load())?.version).toBe(beating.version + 20);
    });

    test('racing with a save: either it comes first and the save is refused, or it is', async () => {
      for (let round = 0; round < 10; round++) {
        const resource = `server-${round}`;
        await resources.save({ ...beating, resource }, undefined);
        const done = endedResource('completed', { resource });
        const [{ recorded }, saved] = await Promise.all([
          resources.heartbeat({ ...claim, resource }, NOW),
          resources.save(done, beating),
        ]);
        expect(recorded).toBe(!saved);
        expect((await resources.load('stack-1', resource))?.change).toBe(saved ? 'COMPLETE' : 'HEARTBEAT');
      }
    });
  });

  describe('a list', () => {
    const names = Array.from({ length: 7 }, (_, n) => `server-${n}`);

    async function fill(): Promise<void> {
      await store.save(inProgress(), undefined);
      for (const [n, resource] of names.entries()) {
        const row = queued({ resource, hasInput: true, operationId: n === 2 ? 'op-0' : 'op-1' });
        await resources.save(row, undefined, { kind: 'input', json: '1' });
      }
      await resources.save(queued({ stackId: 'stack-2' }), undefined);
    }

    test("holds an operation's rows by name, and no other item of the stack", async () => {
      await fill();
      const { rows, next } = await resources.list(operation, { limit: 100 });
      expect(rows).toEqual(
        names.filter((_, n) => n !== 2).map((resource) => queued({ resource, hasInput: true })),
      );
      expect(next).toBeUndefined();
      expect((await resources.list({ ...operation, operationId: 'op-9' }, { limit: 100 })).rows).toEqual([]);
    });

    test('comes page by page; a page may hold fewer, and only a missing next is the end', async () => {
      await fill();
      const pages: string[][] = [];
      let after: string | undefined;
      do {
        const page = await resources.list(operation, { limit: 3, ...(after !== undefined && { after }) });
        pages.push(page.rows.map(({ resource }) => resource));
        after = page.next;
      } while (after !== undefined);
      expect(pages.slice(0, 3)).toEqual([
        ['server-0', 'server-1'],
        ['server-3', 'server-4', 'server-5'],
        ['server-6'],
      ]);
      expect(pages.slice(3).flat()).toEqual([]);
    });
  });
}
