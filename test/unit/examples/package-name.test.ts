import { Engine, WorkFailed } from 'stack-timeouts';
import { expect, test } from 'vitest';
import * as source from '../../../client/index.ts';

test('in tests, the name of the package means its source: a class is the same by both imports', () => {
  expect(WorkFailed).toBe(source.WorkFailed);
  expect(Engine).toBe(source.Engine);
});
