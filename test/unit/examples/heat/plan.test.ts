import { expect, test } from 'vitest';
import { findCycle, type Graph, ready, restricted, reversed } from '../../../../examples/heat/graph.ts';
import { loadTemplate, type Template } from '../../../../examples/heat/hot.ts';
import { createPlan, deletePlan, type Plan, undoPlan, updatePlan } from '../../../../examples/heat/plan.ts';

const graph = (edges: Record<string, string[]>): Graph =>
  new Map(Object.entries(edges).map(([name, requires]) => [name, new Set(requires)]));

const plain = (graph: Graph) => Object.fromEntries([...graph].map(([name, all]) => [name, [...all].sort()]));

/** A template from `name: [what it depends on]`, or from `name: {type, needs}`. */
function template(resources: Record<string, string[] | { type: string; needs: string[] }>): Template {
  const lines = Object.entries(resources).map(([name, given]) => {
    const { type, needs } = Array.isArray(given) ? { type: 'T', needs: given } : given;
    return `  ${name}: {type: ${type}, depends_on: [${needs.join(', ')}]}`;
  });
  const loaded = loadTemplate(`heat_template_version: rocky\nresources:\n${lines.join('\n')}\n`);
  if (!loaded.ok) throw new Error(loaded.message);
  return loaded.template;
}

/** `ACTION after, after` by the name of the step. */
const shown = (plan: Plan) =>
  Object.fromEntries(
    [...plan].map(([name, { action, requires }]) => [name, [action, ...[...requires].sort()].join(' ')]),
  );

const DIAMOND = { net: [], web: ['net'], db: ['net'], lb: ['web', 'db'] };

test('ready: what is not done and needs only what is done', () => {
  expect(ready(graph(DIAMOND), new Set())).toEqual(['net']);
  expect(ready(graph(DIAMOND), new Set(['net']))).toEqual(['web', 'db']);
  expect(ready(graph(DIAMOND), new Set(['net', 'web']))).toEqual(['db']);
  expect(ready(graph(DIAMOND), new Set(['net', 'web', 'db', 'lb']))).toEqual([]);
});

test('reversed and restricted', () => {
  expect(plain(reversed(graph(DIAMOND)))).toEqual({ net: ['db', 'web'], web: ['lb'], db: ['lb'], lb: [] });
  expect(plain(restricted(graph(DIAMOND), new Set(['net', 'lb', 'web'])))).toEqual({
    net: [],
    lb: ['web'],
    web: ['net'],
  });
});

test.each<[string, Record<string, string[]>, string[] | undefined]>([
  ['nothing', {}, undefined],
  ['a diamond', DIAMOND, undefined],
  ['itself', { a: ['a'] }, ['a', 'a']],
  ['two', { a: ['b'], b: ['a'] }, ['a', 'b', 'a']],
  ['a way into it', { z: ['y'], y: ['a'], a: ['b'], b: ['c'], c: ['a'] }, ['a', 'b', 'c', 'a']],
  ['a way out of it', { a: ['x', 'b'], b: ['x', 'a'], x: [] }, ['a', 'b', 'a']],
])('cycle: %s', (_, edges, cycle) => {
  expect(findCycle(graph(edges))).toEqual(cycle);
});

test('create goes with the dependencies, delete against them', () => {
  expect(shown(createPlan(template(DIAMOND)))).toEqual({
    net: 'CREATE',
    web: 'CREATE net',
    db: 'CREATE net',
    lb: 'CREATE db web',
  });
  expect(shown(deletePlan(template(DIAMOND)))).toEqual({
    net: 'DELETE db web',
    web: 'DELETE lb',
    db: 'DELETE lb',
    lb: 'DELETE',
  });
});

test('update creates what is new, updates what stays, then deletes what is gone, against its dependencies', () => {
  const before = template({ net: [], db: ['net'], cache: ['db'] });
  const after = template({ net: [], web: ['net'], lb: ['web'] });
  expect(shown(updatePlan(before, after))).toEqual({
    net: 'UPDATE',
    web: 'CREATE net',
    lb: 'CREATE web',
    cache: 'DELETE lb',
    db: 'DELETE cache',
  });
});

test('update replaces a resource whose type has changed', () => {
  const before = template({ net: [], web: { type: 'Old', needs: ['net'] } });
  const after = template({ net: [], web: { type: 'New', needs: ['net'] } });
  const plan = updatePlan(before, after);
  expect(shown(plan)).toEqual({ net: 'UPDATE', web: 'CREATE net', 'web/replaced': 'DELETE web' });
  expect([plan.get('web')?.type, plan.get('web/replaced')?.type]).toEqual(['New', 'Old']);
});

test('update to nothing, and from nothing', () => {
  const some = template({ net: [], db: ['net'] });
  expect(shown(updatePlan(some, template({})))).toEqual({ db: 'DELETE', net: 'DELETE db' });
  expect(shown(updatePlan(template({}), some))).toEqual({ net: 'CREATE', db: 'CREATE net' });
});

test('undo goes back over what was started, and nothing else', () => {
  expect(shown(undoPlan(createPlan(template(DIAMOND)), new Set(['net', 'web', 'db'])))).toEqual({
    'net/rollback': 'DELETE db/rollback web/rollback',
    'web/rollback': 'DELETE',
    'db/rollback': 'DELETE',
  });
  const update = updatePlan(template({ net: [], db: ['net'] }), template({ net: [], web: ['net'] }));
  expect(shown(undoPlan(update, new Set(update.keys())))).toEqual({
    'net/rollback': 'UPDATE web/rollback',
    'web/rollback': 'DELETE db/rollback',
    'db/rollback': 'CREATE',
  });
});
