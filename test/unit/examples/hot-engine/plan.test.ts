import { expect, test } from 'vitest';
import { parseTemplate, type Template } from '../../../../examples/hot-engine/hot.ts';
import {
  createPlan,
  deletePlan,
  type Plan,
  rollbackPlan,
  updatePlan,
} from '../../../../examples/hot-engine/plan.ts';

/** A template from `name: [what it depends on]`, or from `name: {type, needs}`. */
function template(resources: Record<string, string[] | { type: string; needs: string[] }>): Template {
  const lines = Object.entries(resources).map(([name, given]) => {
    const { type, needs } = Array.isArray(given) ? { type: 'T', needs: given } : given;
    return `  ${name}: {type: ${type}, depends_on: [${needs.join(', ')}]}`;
  });
  return parseTemplate(`heat_template_version: rocky\nresources:\n${lines.join('\n')}\n`);
}

/** `ACTION after, after` by the name of the step. */
const shown = (plan: Plan) =>
  Object.fromEntries(
    [...plan].map(([name, { action, requires }]) => [name, [action, ...[...requires].sort()].join(' ')]),
  );

const DIAMOND = { net: [], web: ['net'], db: ['net'], lb: ['web', 'db'] };

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

test('rollback reverts what was started, and nothing else', () => {
  expect(shown(rollbackPlan(createPlan(template(DIAMOND)), new Set(['net', 'web', 'db'])))).toEqual({
    'net/rollback': 'DELETE db/rollback web/rollback',
    'web/rollback': 'DELETE',
    'db/rollback': 'DELETE',
  });
  const update = updatePlan(template({ net: [], db: ['net'] }), template({ net: [], web: ['net'] }));
  expect(shown(rollbackPlan(update, new Set(update.keys())))).toEqual({
    'net/rollback': 'UPDATE web/rollback',
    'web/rollback': 'DELETE db/rollback',
    'db/rollback': 'CREATE',
  });
});
