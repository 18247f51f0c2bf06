import { expect, test } from 'vitest';
import { heatDeadline, isAlive, isInProgress } from '../../../../heat-bridge/domain/heat.ts';
import { stack } from './rows.ts';

test('the deadline counts from the beginning of the operation; no timeout means the default', () => {
  expect(heatDeadline(stack(), 3600)).toBe(60_000);
  expect(heatDeadline(stack({ updatedAt: 5000 }), 3600)).toBe(65_000);
  for (const timeoutMinutes of [null, 0])
    expect(heatDeadline(stack({ timeoutMinutes }), 3600)).toBe(3_600_000);
});

test.each([
  ['with a traversal', stack(), true],
  ['without a traversal', stack({ traversal: '' }), false],
  ['that has ended', stack({ status: 'FAILED' }), false],
  ['that is deleted', stack({ deletedAt: 1 }), false],
  ['that is gone', undefined, false],
])('an operation %s', (_, heat, expected) => {
  expect(isInProgress(heat)).toBe(expected);
});

test('an engine is alive while it reports, until it stops', () => {
  const engine = { engineId: 'e', updatedAt: 0, stopped: false };
  expect(isAlive(engine, { now: 20_000, engineGraceSeconds: 20 })).toBe(true);
  expect(isAlive(engine, { now: 20_001, engineGraceSeconds: 20 })).toBe(false);
  expect(isAlive({ ...engine, stopped: true }, { now: 0, engineGraceSeconds: 20 })).toBe(false);
});
