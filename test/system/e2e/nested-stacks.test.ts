/** Nested stacks: a child's operation belongs to that of its parent. */
import pMap from 'p-map';
import { describe, expect, test } from 'vitest';
import { accepted } from '../../../client/index.ts';
import type { Stack } from '../../../contract/index.ts';
import { eventually } from '../../../local/eventually.ts';
import { unique } from './support/aws.ts';
import { becomes, dispatch } from './support/resources.ts';
import { BOUND_MS, client, ended, get, start, timedOut } from './support/stacks.ts';

const CANCELLED = { status: 'FAILED', cause: 'CANCELLED' } as const;

const startChild = ({ stackId, operationId }: Stack, timeoutSeconds = 600): Promise<Stack> =>
  start(timeoutSeconds, { parent: { stackId, operationId } });

const deadlineOf = ({ deadline }: Stack): number => Date.parse(deadline);

describe.concurrent('nested stacks', () => {
  test("4 levels deep: the top's end ends them all, with their resources", async () => {
    const top = await start(600);
    const stacks = [top];
    for (let level = 2; level <= 4; level++) stacks.push(await startChild(stacks.at(-1) as Stack));
    for (const stack of stacks) await dispatch(stack, 'server');
    const { stackId, operationId } = top;
    accepted(await client.completeOperation({ stackId, operationId, status: 'COMPLETE' }));
    for (const child of stacks.slice(1)) {
      const end = await ended(child.stackId);
      expect(end).toMatchObject(CANCELLED);
      expect(end.statusReason).toContain(child.parent?.stackId);
    }
    for (const stack of stacks) await becomes({ ...stack, resource: 'server' }, CANCELLED);
    expect(await get(stackId)).toMatchObject({ status: 'COMPLETE' });
  });

  test("a child has at most its parent's time, and the parent's timeout ends it", async () => {
    const parent = await start(600);
    const child = await startChild(parent, 900);
    expect(child.deadline).toBe(parent.deadline);
    const grandchild = await startChild(child, 2);
    expect(deadlineOf(grandchild)).toBeLessThan(deadlineOf(parent));
    expect(await timedOut(grandchild)).toMatchObject({ cause: 'TIMEOUT' });
    expect(await get(child.stackId)).toMatchObject({ status: 'IN_PROGRESS' });
    const { stackId, operationId } = parent;
    await timedOut(accepted(await client.extendOperation({ stackId, operationId, timeoutSeconds: 3 })).stack);
    const end = await ended(child.stackId);
    // Both have the same deadline: whichever comes first.
    expect(['TIMEOUT', 'CANCELLED']).toContain(end.cause);
  });

  test('a parent that is shortened shortens its children, and theirs', async () => {
    const parent = await start(600);
    const child = await startChild(parent, 500);
    const grandchild = await startChild(child, 400);
    const sooner = await startChild(parent, 20);
    const { stackId, operationId } = parent;
    const { stack } = accepted(await client.extendOperation({ stackId, operationId, timeoutSeconds: 45 }));
    for (const one of [child, grandchild]) {
      await eventually(async () => expect((await get(one.stackId)).deadline).toBe(stack.deadline));
    }
    expect((await get(sooner.stackId)).deadline, 'sooner than that: left alone').toBe(sooner.deadline);
    const end = await ended(grandchild.stackId, 45_000 + BOUND_MS);
    expect(Date.parse(end.endedAt ?? ''), 'P1 never early').toBeGreaterThanOrEqual(deadlineOf(stack));
  });

  test("extending a child stops at its parent's deadline, until the parent is extended too", async () => {
    const parent = await start(600);
    const child = await startChild(parent, 60);
    const extend = ({ stackId, operationId }: Stack, timeoutSeconds: number) =>
      client.extendOperation({ stackId, operationId, timeoutSeconds });
    const clamped = accepted(await extend(child, 3600)).stack;
    expect(clamped.deadline).toBe(parent.deadline);
    const extended = accepted(await extend(parent, 7200)).stack;
    expect(deadlineOf(extended)).toBeGreaterThan(deadlineOf(parent));
    // The child gets what it asked for, an hour, and no more.
    await eventually(async () => {
      const deadline = deadlineOf(await get(child.stackId));
      expect(deadline).toBeGreaterThan(deadlineOf(parent) + 2_900_000);
      expect(deadline).toBeLessThan(deadlineOf(extended) - 3_000_000);
    });
  });

  test("a child's end leaves its parent and its siblings alone", async () => {
    const parent = await start(600);
    const [child, sibling] = [await startChild(parent), await startChild(parent)];
    const { stackId, operationId } = child;
    accepted(await client.completeOperation({ stackId, operationId, status: 'FAILED' }));
    const late = {
      stackId: unique('late'),
      operationId: 'op-1',
      action: 'CREATE',
      timeoutSeconds: 60,
    } as const;
    const answer = await client.startOperation({ ...late, parent: { stackId, operationId } });
    expect(answer).toMatchObject({ error: { code: 'ParentEnded' } });
    // What the end could do wrong, it would have done before it did this.
    const behind = await start(600);
    const belongs = await startChild(behind);
    accepted(await client.cancelOperation({ stackId: behind.stackId, operationId: behind.operationId }));
    await ended(belongs.stackId);
    expect(await get(parent.stackId)).toEqual(parent);
    expect(await get(sibling.stackId)).toEqual(sibling);
  });

  test('a child that is superseded: its new operation belongs to the parent it names, or to none', async () => {
    const parent = await start(600);
    const [same, free] = [await startChild(parent), await startChild(parent)];
    const next = (child: Stack, more: object) =>
      client.startOperation({
        stackId: child.stackId,
        operationId: unique('op'),
        action: 'UPDATE',
        timeoutSeconds: 300,
        supersede: true,
        ...more,
      });
    const { stackId, operationId } = parent;
    accepted(await next(same, { parent: { stackId, operationId } }));
    const alone = accepted(await next(free, {})).stack;
    accepted(await client.cancelOperation({ stackId, operationId }));
    expect(await ended(same.stackId)).toMatchObject({ ...CANCELLED, action: 'UPDATE' });
    expect(await get(free.stackId)).toEqual(alone);
  });

  test("a child's start racing its parent's end: refused, or it ends too", async () => {
    let [taken, refused] = [0, 0];
    await pMap(
      Array.from({ length: 20 }),
      async () => {
        const { stackId, operationId } = await start(600);
        const starting = (n: number) =>
          client.startOperation({
            stackId: `${stackId}-${n}`,
            operationId: 'op-1',
            action: 'CREATE',
            timeoutSeconds: 600,
            parent: { stackId, operationId },
          });
        const before = [starting(0), starting(1)];
        const end = client.cancelOperation({ stackId, operationId });
        const answers = await Promise.all([...before, starting(2), starting(3)]);
        accepted(await end);
        for (const answer of answers) {
          if (!answer.ok) {
            expect(answer.error.code).toBe('ParentEnded');
            refused++;
            continue;
          }
          taken++;
          expect(await ended(answer.stack.stackId)).toMatchObject(CANCELLED);
        }
      },
      { concurrency: 2 },
    );
    expect(taken, 'some came before the end').toBeGreaterThan(0);
    expect(taken + refused).toBe(80);
  });
});
