/** What a refusal says names what it is about, and what to do. */
import { expect, test } from 'vitest';
import { TestHarness } from '../../../support/harness.ts';

const operation = { stackId: 'stack-1', operationId: 'op-1' };
const resource = { ...operation, resource: 'server' };
const dispatch = { command: 'DispatchResource', ...resource, action: 'CREATE', startToCloseSeconds: 30 };

test.each([
  [
    'an operation that ended before',
    { command: 'StartOperation', ...operation, operationId: 'op-0', action: 'CREATE', timeoutSeconds: 60 },
    'operation op-0 of stack stack-1 ended before; start a new one under a new operationId',
  ],
  [
    'another one that is in progress',
    { command: 'StartOperation', ...operation, operationId: 'op-2', action: 'CREATE', timeoutSeconds: 60 },
    /^operation op-1 of stack stack-1 is in progress until 20.*Z; complete or cancel it, or start with "supersede": true$/,
  ],
  [
    'one that is not the current one',
    { command: 'CompleteOperation', stackId: 'stack-1', operationId: 'op-7', status: 'COMPLETE' },
    'operation op-7 is not the current one of stack stack-1; that is op-1',
  ],
  [
    'a dispatch with other fields',
    { ...dispatch, startToCloseSeconds: 31 },
    'operation op-1 has dispatched server before, with other fields; a resource has one resource action in an operation',
  ],
  [
    'a resource that there is not',
    { command: 'GetResource', stackId: 'stack-1', resource: 'volume' },
    'stack stack-1 has no resource action for volume, or its retention time is over',
  ],
])('%s', async (_, request, message) => {
  const harness = new TestHarness();
  await harness.start('stack-1', 60, { operationId: 'op-0' });
  await harness.start('stack-1', 60, { supersede: true });
  await harness.command(dispatch);
  expect(await harness.command(request)).toMatchObject({
    ok: false,
    error: { message: typeof message === 'string' ? message : expect.stringMatching(message) },
  });
});
