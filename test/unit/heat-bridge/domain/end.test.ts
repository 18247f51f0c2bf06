import { expect, test } from 'vitest';
import { decideEnd } from '../../../../heat-bridge/domain/end.ts';
import { CONTEXT, node, POKE, view } from './rows.ts';

test('nothing ends before the deadline and the grace, nor by a stale traversal', () => {
  expect(decideEnd(view(), 'tr-1', { ...CONTEXT, now: 70_000 })).toEqual({ kind: 'wait', until: 70_001 });
  expect(decideEnd(view(), 'tr-0', { ...CONTEXT, now: 1e9 })).toEqual({ kind: 'done' });
  expect(decideEnd(view({ status: 'FAILED' }), 'tr-1', { ...CONTEXT, now: 1e9 })).toEqual({ kind: 'done' });
  expect(decideEnd(view({ updatedAt: 50_000 }), 'tr-1', { ...CONTEXT, now: 80_000 }).kind).toBe('wait');
});

const WAIT = { kind: 'wait', until: 85_000 };

test.each([
  ['a poke', {}, {}, POKE],
  ['a poke of DELETE', { action: 'DELETE', disableRollback: false }, {}, POKE],
  ['a clean-up, if Heat has no step', {}, { nodes: [] }, { ...POKE, isUpdate: false }],
  [
    'no poke of a resource that is gone',
    {},
    { nodes: [{ ...node, resourceId: 6 }] },
    { ...POKE, isUpdate: false },
  ],
  [
    'a cancel of a CREATE that rolls back',
    { disableRollback: false },
    {},
    { kind: 'cancel_without_rollback' },
  ],
  [
    'a cancel of an UPDATE that rolls back',
    { action: 'UPDATE', disableRollback: false },
    {},
    { kind: 'cancel_update' },
  ],
  ['a cancel without resources', {}, { resources: [] }, { kind: 'cancel_without_rollback' }],
  ['a wait, if nothing can be poked or cancelled', { action: 'DELETE' }, { resources: [] }, WAIT],
  ['a wait for an engine', {}, { engines: [] }, { kind: 'wait_for_engine', until: 130_000 }],
] as const)('overdue: %s', (_, fields, more, expected) => {
  const context = { ...CONTEXT, now: 80_000, forceAfterSeconds: 60 };
  expect(decideEnd(view(fields, more), 'tr-1', context)).toEqual(expected);
});

test('SQL ends what no engine has ended, and only if asked to', () => {
  const context = { ...CONTEXT, now: 130_000 };
  const force = { kind: 'force', traversal: 'tr-1' };
  expect(decideEnd(view({}, { engines: [] }), 'tr-1', { ...context, forceAfterSeconds: 60 })).toEqual(force);
  expect(decideEnd(view({}, { engines: [] }), 'tr-1', context)).toEqual({
    kind: 'wait_for_engine',
    until: Number.POSITIVE_INFINITY,
  });
});

test('where engines live, SQL ends what one of them was told to end, and has not', () => {
  const context = { ...CONTEXT, now: 130_000, forceAfterSeconds: 60 };
  const living = { engines: [{ engineId: 'alive', updatedAt: 130_000, stopped: false }] };
  expect(decideEnd(view({}, living), 'tr-1', context)).toEqual(POKE);
  expect(decideEnd(view({}, living), 'tr-1', { ...context, toldAt: 70_001 })).toEqual(POKE);
  expect(decideEnd(view({}, living), 'tr-1', { ...context, toldAt: 70_000 }).kind).toBe('force');
  // A DELETE without resources: no engine can be told.
  expect(decideEnd(view({ action: 'DELETE' }, { ...living, resources: [] }), 'tr-1', context).kind).toBe(
    'force',
  );
});
