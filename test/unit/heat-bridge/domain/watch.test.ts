import { expect, test } from 'vitest';
import { decideWatch } from '../../../../heat-bridge/domain/watch.ts';
import { CONTEXT, ours, stack } from './rows.ts';

test('an operation of Heat starts with the time that is left and the grace', () => {
  expect(decideWatch(stack(), undefined, { ...CONTEXT, now: 20_500 })).toMatchObject({
    kind: 'start',
    fields: { operationId: 'tr-1', timeoutSeconds: 50 },
  });
  expect(decideWatch(stack(), undefined, { ...CONTEXT, now: 1e9 })).toMatchObject({
    fields: { timeoutSeconds: 1 },
  });
  expect(decideWatch(stack({ timeoutMinutes: null }), undefined, CONTEXT)).toMatchObject({
    fields: { timeoutSeconds: 3610 },
  });
});

test('a nested stack names its owner, and does not end with it', () => {
  const { fields } = decideWatch(stack({ ownerId: 'owner' }), undefined, CONTEXT) as { fields: object };
  expect(fields).toMatchObject({ metadata: { owner: 'owner' } });
  expect(fields).not.toHaveProperty('parent');
});

test('the operation that the service has is not started again, a newer one begins once it has ended', () => {
  expect(decideWatch(stack(), ours(), CONTEXT)).toEqual({ kind: 'nothing' });
  expect(decideWatch(stack(), ours({ status: 'FAILED' }), CONTEXT)).toEqual({ kind: 'nothing' });
  const newer = stack({ traversal: 'tr-2' });
  expect(decideWatch(newer, ours(), CONTEXT)).toMatchObject({
    kind: 'complete',
    fields: { operationId: 'tr-1', status: 'FAILED' },
  });
  expect(decideWatch(newer, ours({ status: 'FAILED' }), CONTEXT)).toMatchObject({ kind: 'start' });
});

test.each([
  ['completed', stack({ status: 'COMPLETE' }), ours(), 'COMPLETE'],
  ['failed', stack({ status: 'FAILED' }), ours(), 'FAILED'],
  ['ended by SQL', stack({ status: 'FAILED', traversal: '' }), ours(), 'FAILED'],
  ['replaced and completed', stack({ status: 'COMPLETE', traversal: 'tr-2' }), ours(), 'FAILED'],
  ['deleted as asked', stack({ deletedAt: 1 }), ours({ action: 'DELETE' }), 'COMPLETE'],
  ['purged', undefined, ours(), 'FAILED'],
])('an operation that has %s in Heat ends here', (_, heat, seen, status) => {
  expect(decideWatch(heat, seen, CONTEXT)).toMatchObject({ fields: { operationId: 'tr-1', status } });
  expect(decideWatch(heat, { ...seen, status: 'FAILED' }, CONTEXT)).toEqual({ kind: 'nothing' });
});

test('an operation of somebody else is left alone', () => {
  const { metadata: _, ...theirs } = ours();
  for (const heat of [undefined, stack({ traversal: 'tr-2' })])
    expect(decideWatch(heat, theirs, CONTEXT)).toEqual({ kind: 'nothing' });
});

test('an end by SQL keeps its reason', () => {
  const heat = stack({ status: 'FAILED', statusReason: 'Timed out', traversal: '' });
  expect(decideWatch(heat, ours(), CONTEXT)).toMatchObject({ fields: { reason: 'Timed out' } });
});
