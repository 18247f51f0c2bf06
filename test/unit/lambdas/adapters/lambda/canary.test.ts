/** P11: the canary asks the command function. */
import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { describe, expect, test } from 'vitest';
import { canaryClient, createCanary } from '../../../../../lambdas/adapters/lambda/canary.ts';
import { answerAll } from '../../../../support/answer-all.ts';

describe('the canary', () => {
  function canaryWith(answer: () => object) {
    const sent: unknown[] = [];
    const lambda = new LambdaClient({ region: 'eu-west-1' });
    answerAll(lambda, (operation, input) => {
      sent.push({ operation, input });
      return answer();
    });
    return { canary: createCanary(lambda, 'command'), sent };
  }

  test('asks the command function, and waits for its answer', async () => {
    const { canary, sent } = canaryWith(() => ({ StatusCode: 200 }));
    expect(await canary.probe()).toBe(true);
    expect(sent).toEqual([
      {
        operation: 'Invoke',
        input: new InvokeCommand({ FunctionName: 'command', Payload: '{"canary":true}' }).input,
      },
    ]);
  });

  test('has failed if the function has', async () => {
    expect(await canaryWith(() => ({ StatusCode: 200, FunctionError: 'Unhandled' })).canary.probe()).toBe(
      false,
    );
  });

  test.each(['TooManyRequestsException', 'TimeoutError', 'AccessDeniedException', 'ServiceException'])(
    'has failed if the function cannot be reached: %s',
    async (name) => {
      const { canary, sent } = canaryWith(() => {
        throw Object.assign(new Error(name), { name });
      });
      expect(await canary.probe()).toBe(false);
      expect(sent).toHaveLength(1);
    },
  );

  test('is asked once, and not waited for for long: an engine would not get through either', () => {
    expect(canaryClient).toEqual({
      maxAttempts: 1,
      requestHandler: { connectionTimeout: 1000, requestTimeout: 2500, throwOnRequestTimeout: true },
    });
  });
});
