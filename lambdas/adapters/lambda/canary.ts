import { InvokeCommand, type LambdaClient } from '@aws-sdk/client-lambda';
import type { Canary } from '../../ports/messaging.ts';
import { CANARY_REQUEST } from '../../shared/canary.ts';

/** Settings of the client: a canary that is not answered soon is one that has failed. */
export const canaryClient = {
  maxAttempts: 1,
  requestHandler: { connectionTimeout: 1000, requestTimeout: 2500, throwOnRequestTimeout: true },
};

export function createCanary(lambda: LambdaClient, functionName: string): Canary {
  return {
    async probe() {
      try {
        const { FunctionError } = await lambda.send(
          new InvokeCommand({ FunctionName: functionName, Payload: JSON.stringify(CANARY_REQUEST) }),
        );
        return FunctionError === undefined;
      } catch {
        // Whatever it is (throttled, out of reach, no permission): an engine could not have got
        // through either.
        return false;
      }
    },
  };
}
