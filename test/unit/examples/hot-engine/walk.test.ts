import { createHash } from 'node:crypto';
import { expect, test } from 'vitest';
import { parseRequest } from '../../../../contract/parse.ts';
import type { Template } from '../../../../examples/hot-engine/hot.ts';
import { createPlan, type Step } from '../../../../examples/hot-engine/plan.ts';
import {
  decodeWalk,
  encodeWalk,
  stepDispatch,
  WALK_RESOURCE,
  walkDispatch,
} from '../../../../examples/hot-engine/walk.ts';
import { OPERATION } from './fake-service.ts';
import { walk } from './walks.ts';

const throughJson = (value: unknown): unknown => JSON.parse(JSON.stringify(value));

/** A template of this many resources, each of which requires the three before it. */
function large(size: number): Template {
  const names = Array.from({ length: size }, (_, n) => createHash('sha1').update(`${n}`).digest('base64url'));
  return {
    types: new Map(names.map((name) => [name, 'OS::Heat::StructuredDeployment'])),
    requires: new Map(names.map((name, n) => [name, new Set(names.slice(Math.max(0, n - 3), n))])),
  };
}

test('decodeWalk reads what encodeWalk wrote', () => {
  const before = walk({
    simulation: { seconds: 2, secondsOf: { web: 9 }, fails: { db: 'FOR_GOOD', net: 2 } },
  });
  expect(decodeWalk(throughJson(encodeWalk(before)))).toEqual(before);
});

test('a plan of 1000 steps fits into an input; a larger one is refused with the limit', () => {
  const plan = createPlan(large(1000));
  expect(decodeWalk(encodeWalk(walk({ plan }))).plan).toEqual(plan);
  const tooLarge = walk({ plan: createPlan(large(2000)) });
  expect(() => encodeWalk(tooLarge)).toThrow(/a plan of 2000 steps needs \d+ bytes.*65536/);
});

test.each([1, 60, 31_536_000])(
  'the service accepts what is dispatched, with a timeout of %i s',
  (timeoutSeconds) => {
    const one = walk({ timeoutSeconds });
    const type = 'https://example.org/a b.yaml?c=d';
    const step: Step = { action: 'UPDATE', type, requires: new Set() };
    for (const fields of [
      walkDispatch(OPERATION, 'CREATE', one),
      stepDispatch(OPERATION, ['web/rollback', step], one),
    ]) {
      expect(parseRequest({ command: 'DispatchResource', ...fields })).toMatchObject({ ok: true });
    }
  },
);

test('a failed step fails the operation, unless it is to be rolled back', () => {
  const step: Step = { action: 'CREATE', type: 'T', requires: new Set() };
  const dispatched = (rollback: boolean) => stepDispatch(OPERATION, ['web', step], walk({ rollback }));
  expect(dispatched(false)).toMatchObject({
    resource: 'web',
    onFailure: 'FAIL_OPERATION',
    input: { seconds: 1 },
  });
  expect(dispatched(true).onFailure).toBe('CONTINUE');
  expect(walkDispatch(OPERATION, 'CREATE', walk()).resource).toBe(WALK_RESOURCE);
});
