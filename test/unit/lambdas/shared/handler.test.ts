import type { Context } from 'aws-lambda';
import { expect, test } from 'vitest';
import { handlerOf, partialBatchFailure } from '../../../../lambdas/shared/handler.ts';

const context = { awsRequestId: 'request-1' } as Context;

function recorded() {
  const steps: string[] = [];
  const telemetry = {
    begin: (requestId: string) => void steps.push(`begin ${requestId}`),
    flush: () => void steps.push('flush'),
  };
  return { steps, telemetry };
}

test('the invocation is named before the call, and its metrics are written after it', async () => {
  const { steps, telemetry } = recorded();
  const handler = handlerOf(telemetry, async (event: string, { awsRequestId }) => {
    steps.push(`call ${event}`);
    await Promise.resolve();
    steps.push('called');
    return awsRequestId;
  });
  expect(await handler('event', context)).toBe('request-1');
  expect(steps).toEqual(['begin request-1', 'call event', 'called', 'flush']);
});

test.each([
  ['rejects', () => Promise.reject(new Error('broken'))],
  [
    'throws',
    () => {
      throw new Error('broken');
    },
  ],
])('the metrics of a call that %s are written, and the invocation fails', async (_, call) => {
  const { steps, telemetry } = recorded();
  await expect(handlerOf(telemetry, call)({}, context)).rejects.toThrow('broken');
  expect(steps).toEqual(['begin request-1', 'flush']);
});

test('messages that failed are named to SQS, one by one', () => {
  expect(partialBatchFailure([])).toEqual({ batchItemFailures: [] });
  expect(partialBatchFailure(['m-1', 'm-2'])).toEqual({
    batchItemFailures: [{ itemIdentifier: 'm-1' }, { itemIdentifier: 'm-2' }],
  });
});
