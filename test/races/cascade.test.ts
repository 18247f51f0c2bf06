/**
 * P13, insert against cascade: whatever comes while an operation ends, or is shortened, ends with
 * it, or is shortened.
 */
import { afterAll, describe, expect, test } from 'vitest';
import type { RequestOf } from '../../contract/index.ts';
import { endedResource, running } from '../support/resource-rows.ts';
import { inProgress, NOW } from '../support/rows.ts';
import { appliesEffectsOf, asks, wakesUp, withEffects } from './actors.ts';
import { expectSerializable } from './pairs.ts';
import type { Actor, Start } from './race.ts';

const stack = { stackId: 'stack-1', operationId: 'op-1' } as const;
const failed = endedResource('failed', { resource: 'network', endedAt: NOW });
const parentRow = inProgress();
const now = NOW + 60_000;

const supersede: RequestOf<'StartOperation'> = {
  command: 'StartOperation',
  stackId: 'stack-1',
  operationId: 'op-2',
  action: 'DELETE',
  timeoutSeconds: 60,
  supersede: true,
};
const ends: readonly Actor[] = [
  asks('CompleteOperation', { command: 'CompleteOperation', ...stack, status: 'COMPLETE' }),
  asks('CancelOperation', { command: 'CancelOperation', ...stack }),
  asks('StartOperation, superseding', supersede),
  appliesEffectsOf('the failure of a resource action', [
    { before: { ...running(), resource: 'network' }, after: failed },
  ]),
].map(withEffects);
const shortens = withEffects(
  asks('ExtendOperation, shorter', { command: 'ExtendOperation', ...stack, timeoutSeconds: 10 }),
);

/** Of the parent there is as much time left as a request takes. */
const parent: Start = { now, rows: [{ ...parentRow, deadline: NOW + 600_000 }, failed] };
const child = { stackId: 'child', operationId: 'op-c' } as const;
const childRow = inProgress({
  ...child,
  parent: stack,
  deadline: NOW + 65_000,
  timer: { generation: 1, dueAt: NOW + 65_000, setAt: NOW },
});
const parentAndChild: Start = {
  ...parent,
  rows: [...parent.rows, childRow],
  children: [{ ...child, parent: stack }],
};
const unknown: Start = { ...parent, rows: [...parent.rows, childRow], pending: [{ after: childRow }] };

const dispatches = asks('DispatchResource', {
  command: 'DispatchResource',
  ...stack,
  resource: 'server',
  action: 'CREATE',
  input: { flavor: 'm1.small' },
  startToCloseSeconds: 60,
});
const working: Start = { ...parent, rows: [...parent.rows, running({ hasInput: true })], input: '1' };
const reports = asks('CompleteResource', {
  command: 'CompleteResource',
  ...stack,
  resource: 'server',
  attempt: 1,
  claimId: 'claim-1',
  status: 'COMPLETE',
  output: 2,
});
const starts = asks('StartOperation of a child', {
  command: 'StartOperation',
  ...child,
  action: 'CREATE',
  timeoutSeconds: 300,
  parent: stack,
});
const extendsChild = asks('ExtendOperation of a child', {
  command: 'ExtendOperation',
  ...child,
  timeoutSeconds: 300,
});
const cancelsChild = asks('CancelOperation of a child', { command: 'CancelOperation', ...child });
const childIsKnown = appliesEffectsOf('the start of a child', unknown.pending ?? []);
const timesOut = withEffects(wakesUp('the wake-up', { ...stack, generation: 1 }));

let explored = 0;
afterAll(() => console.log(`cascades: ${explored} orders explored`));

async function explore(start: Start, ...actors: Actor[]): Promise<void> {
  const orders = await expectSerializable(start, actors);
  expect(orders).toBeGreaterThan(1);
  explored += orders;
}

describe.each(ends.map((end) => [end.name, end] as const))('%s', (_, end) => {
  test('while a resource action is dispatched', () => explore(parent, withEffects(dispatches), end));
  test('while a resource action is reported', () => explore(working, reports, end));
  test('while a child starts', () => explore(parent, withEffects(starts), end));
  test('while a child is made known', () => explore(unknown, childIsKnown, end));
  test('while a child is extended', () => explore(parentAndChild, withEffects(extendsChild), end));
  test('while a child is cancelled', () => explore(parentAndChild, withEffects(cancelsChild), end));
  test('while a child starts and is cancelled', () =>
    explore(parent, withEffects(starts), cancelsChild, end));
});

describe('a deadline that is moved earlier', () => {
  test('while a child starts', () => explore(parent, withEffects(starts), shortens));
  test('while a child is made known', () => explore(unknown, childIsKnown, shortens));
  test('while a child is extended', () => explore(parentAndChild, withEffects(extendsChild), shortens));
  test.each(ends)('while $name', (end) => explore(parentAndChild, end, shortens));
});

describe('a timeout', () => {
  const due: Start = { ...parent, rows: [parentRow, failed] };
  test('while a resource action is dispatched', () => explore(due, withEffects(dispatches), timesOut));
  test('while a child starts', () => explore(due, withEffects(starts), timesOut));
});
