import { expect, test } from 'vitest';
import type { HeatResource, HeatStack, HeatView } from '../../../../heat-bridge/domain/heat.ts';
import { decideResume, fingerprint } from '../../../../heat-bridge/domain/resume.ts';
import { CONTEXT, node, POKE, resource, view } from './rows.ts';

const context = { ...CONTEXT, now: 30_000, engineGraceSeconds: 20 };
const resume = (more: Partial<HeatView> = {}, fields: Partial<HeatStack> = {}, unchangedSince = 30_000) =>
  decideResume(view(fields, more), context, unchangedSince).map(({ resourceId }) => resourceId);
const heldBy = (engineId: string | null) => ({ resources: [{ ...resource, engineId }] });

test('a step of a dead engine goes on, with what was reported to it', () => {
  expect(decideResume(view(), context, 30_000)).toEqual([{ ...POKE, data: node.data }]);
  expect(resume(heldBy('stopped'))).toEqual([7]);
});

test.each([
  ['held by a living engine', heldBy('alive'), {}],
  ['with no living engine at all', { engines: [] }, {}],
  ['of a stack that is due', {}, { timeoutMinutes: 1, updatedAt: -40_000 }],
  ['of a CHECK', {}, { action: 'CHECK' }],
  ['of a stack that has ended', {}, { status: 'FAILED' }],
  ['whose resource is gone', { resources: [] }, {}],
  ['that has reported', { reportedToStack: ['7 update'] }, {}],
  ['that waits for another', { edges: [['7 update', '6 update']] }, {}],
  [
    'that has reported to the one that waits for it',
    {
      nodes: [node, { ...node, resourceId: 8, reported: ['7 update'] }],
      edges: [['8 update', '7 update']],
    },
    {},
  ],
] as const)('not a step %s', (_, more, fields) => {
  expect(resume(more as Partial<HeatView>, fields, 0)).toEqual([]);
});

test('a step that nobody holds, or an unknown engine, only when nothing has changed for long', () => {
  for (const engineId of [null, 'unknown']) {
    expect(resume(heldBy(engineId), {}, 10_000)).toEqual([]);
    expect(resume(heldBy(engineId), {}, 9_999)).toEqual([7]);
  }
});

test('what was made in place of a resource: it goes on if it can, else another one is made', () => {
  const failed = { ...resource, status: 'FAILED', engineId: null };
  const other = (fields: Partial<HeatResource>) => ({
    resources: [failed, { ...resource, id: 9, replaces: 7, ...fields }],
  });
  expect(resume(other({ engineId: 'alive' }), {}, 0)).toEqual([]);
  expect(resume(other({ engineId: 'dead' }))).toEqual([7]);
  expect(resume(other({ engineId: null, status: 'COMPLETE' }), {}, 0)).toEqual([9]);
});

test('nothing waits any more for a step whose followers are gone', () => {
  expect(resume({ edges: [['8 update', '7 update']] }, {}, 0)).toEqual([]);
});

test('the clean-up of a resource is its own, whatever took its place', () => {
  const resources = [
    { ...resource, status: 'COMPLETE', engineId: null },
    { ...resource, id: 9, replaces: 7, status: 'COMPLETE', engineId: 'alive' },
  ];
  expect(resume({ resources, nodes: [{ ...node, isUpdate: false }] }, {}, 0)).toEqual([7]);
});

test('any step of the operation changes the fingerprint, a heartbeat does not', () => {
  const before = fingerprint(view());
  expect(fingerprint(view({}, { engines: [] }))).toBe(before);
  for (const changed of [
    view({ traversal: 'tr-2' }),
    view({}, { resources: [{ ...resource, atomicKey: 2 }] }),
    view({}, { nodes: [{ ...node, reported: ['6 update'] }] }),
    view({}, { reportedToStack: ['7 update'] }),
  ])
    expect(fingerprint(changed)).not.toBe(before);
});
