/** What answers and events show of a row: these fields, and no others. */
import { expect, test } from 'vitest';
import { toStack } from '../../../../../lambdas/domain/stack/state.ts';
import { inProgress, NOW } from '../../../../support/rows.ts';

const at = (seconds: number): string => new Date(NOW + seconds * 1000).toISOString();

test('an operation', () => {
  expect(toStack(inProgress())).toStrictEqual({
    stackId: 'stack-1',
    operationId: 'op-1',
    action: 'CREATE',
    status: 'IN_PROGRESS',
    statusReason: inProgress().statusReason,
    startedAt: at((inProgress().startedAt - NOW) / 1000),
    deadline: at((inProgress().deadline - NOW) / 1000),
    version: inProgress().version,
  });
});

test('an operation with a parent and metadata', () => {
  const parent = { stackId: 'stack-0', operationId: 'op-0' };
  const shown = toStack(inProgress({ parent, metadata: '{"owner":"ops"}' }));
  expect(shown).toStrictEqual({ ...toStack(inProgress()), parent, metadata: { owner: 'ops' } });
});
