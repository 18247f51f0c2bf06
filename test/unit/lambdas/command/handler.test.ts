import { beforeAll, expect, test } from 'vitest';
import { toResourceActionItem } from '../../../../lambdas/adapters/dynamodb/resource-action-item.ts';
import { toStackItem } from '../../../../lambdas/adapters/dynamodb/stack-item.ts';
import { CONTEXT, dueIn, expectRetention, metricLines, runningSince, services } from '../handler-harness.ts';

/** Imported when its environment is set. */
let handler: typeof import('../../../../lambdas/command/handler.ts').handler;
beforeAll(async () => {
  ({ handler } = await import('../../../../lambdas/command/handler.ts'));
});

test('refuses a malformed request as an answer, and counts it', async () => {
  expect(await handler({ command: 'GetStack' }, CONTEXT)).toMatchObject({
    ok: false,
    error: { code: 'ValidationError' },
  });
  expect(services.calls).toEqual([]);
  expect(metricLines()).toMatchObject([{ RefusedValidationError: 1 }]);
});

test('refuses a worker what is for operators, by the alias that it invoked', async () => {
  const invokedFunctionArn = `${CONTEXT.invokedFunctionArn}:worker`;
  expect(await handler({ command: 'ListStacks' }, { ...CONTEXT, invokedFunctionArn })).toMatchObject({
    ok: false,
    error: { code: 'NotPermitted' },
  });
  expect(services.calls).toEqual([]);
});

test('answers from the table', async () => {
  services.answers.GetItem = { Item: toStackItem(dueIn(60)) };
  expect(await handler({ command: 'GetStack', stackId: 'stack-1' }, CONTEXT)).toMatchObject({
    ok: true,
    stack: { stackId: 'stack-1', status: 'IN_PROGRESS' },
  });
  expect(services.calls).toMatchObject([
    { operation: 'GetItem', input: { TableName: 'table' } },
    { operation: 'Query', input: { TableName: 'table' } },
  ]);
});

test('trouble of the infrastructure is thrown', async () => {
  services.answers.GetItem = undefined;
  await expect(handler({ command: 'GetStack', stackId: 'stack-1' }, CONTEXT)).rejects.toThrow('no');
});

test('what it ends stays for the retention time', async () => {
  services.answers.GetItem = { Item: toStackItem(dueIn(60)) };
  const request = {
    command: 'CompleteOperation',
    stackId: 'stack-1',
    operationId: 'op-1',
    status: 'COMPLETE',
  };
  expect(await handler(request, CONTEXT)).toMatchObject({ ok: true });
  expectRetention();
});

test('a heartbeat is one write', async () => {
  services.answers.UpdateItem = { Attributes: toResourceActionItem(runningSince(Date.now())) };
  const claim = {
    stackId: 'stack-1',
    operationId: 'op-1',
    resource: 'server',
    attempt: 1,
    claimId: 'claim-1',
  };
  expect(await handler({ command: 'Heartbeat', ...claim }, CONTEXT)).toEqual({
    ok: true,
    remainingSeconds: 300,
  });
  expect(services.calls).toMatchObject([{ operation: 'UpdateItem', input: { TableName: 'table' } }]);
});

test('a canary writes what a heartbeat would, and nothing else', async () => {
  expect(await handler({ canary: true }, CONTEXT)).toEqual({ ok: true });
  // P12: not what it is not asked for.
  expect(await handler({ canary: true, command: 'GetStack', stackId: 'a' }, CONTEXT)).toMatchObject({
    ok: false,
  });
  expect(services.calls).toMatchObject([
    { operation: 'GetItem', input: { TableName: 'table', Key: { pk: { S: 'CANARY' } } } },
    { operation: 'UpdateItem', input: { TableName: 'table', Key: { pk: { S: 'CANARY' } } } },
  ]);
});
