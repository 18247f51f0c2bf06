import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { proxyFromEnvironment } from './proxy.ts';

/** Carries one request to the command function and its answer back, both as JSON. */
export interface Transport {
  /**
   * Throws whenever there is no answer, whatever the reason. When `signal` fires, the caller no
   * longer waits for the answer.
   */
  invoke(payload: string, signal?: AbortSignal): Promise<string>;
}

/** Longer than the function's own timeout. */
const ATTEMPT_TIMEOUT_MS = 30_000;

export class LambdaTransport implements Transport {
  readonly #functionName: string;
  readonly #lambda: LambdaClient;

  constructor(functionName: string, lambda?: LambdaClient) {
    this.#functionName = functionName;
    // StackTimeoutsClient retries. A second retry loop within would multiply the attempts.
    this.#lambda = lambda ?? new LambdaClient({ maxAttempts: 1, requestHandler: proxyFromEnvironment() });
  }

  async invoke(payload: string, signal?: AbortSignal): Promise<string> {
    const timeout = AbortSignal.timeout(ATTEMPT_TIMEOUT_MS);
    const result = await this.#send(payload, signal ? AbortSignal.any([timeout, signal]) : timeout);
    const answer = result.Payload?.transformToString() ?? '';
    if (result.FunctionError)
      throw new Error(`${this.#functionName} failed (${result.FunctionError}): ${answer}`);
    return answer;
  }

  async #send(payload: string, abortSignal: AbortSignal) {
    const command = new InvokeCommand({ FunctionName: this.#functionName, Payload: payload });
    try {
      return await this.#lambda.send(command, { abortSignal });
    } catch (error) {
      // The SDK renews credentials by this machine's clock alone, which may be wrong.
      if (!(error instanceof Error && error.name.startsWith('ExpiredToken'))) throw error;
      await this.#lambda.config.credentials({ forceRefresh: true });
      return await this.#lambda.send(command, { abortSignal });
    }
  }
}
