import type { LambdaClient } from '@aws-sdk/client-lambda';
import type { AnswerOf, CommandName, RequestOf, ResourceAction, Stack } from '../contract/index.ts';
import { accepted, InvocationError } from './errors.ts';
import { type RetryOptions, withRetries } from './retry.ts';
import { LambdaTransport, type Transport } from './transport.ts';

/** The fields of a request without the name of its command, which the method's name says. */
export type Fields<N extends CommandName> = Omit<RequestOf<N>, 'command'>;

/** One method for each command of the contract. */
type Commands = { [N in CommandName as Uncapitalize<N>]: (fields: Fields<N>) => Promise<AnswerOf<N>> };

export interface CallOptions {
  /** When it fires, the call is given up, and its promise rejects. The request may have taken effect all the same. */
  readonly signal?: AbortSignal;
}

export type StackTimeoutsClientOptions = RetryOptions &
  (
    | {
        /** Name or ARN of the command function: the deployment's output `CommandFunctionName`. */
        readonly functionName: string;
        /**
         * A client with its own region, credentials or endpoint. Give it `maxAttempts: 1`: retries are made here.
         * @default from the environment
         */
        readonly lambda?: LambdaClient;
      }
    | { readonly transport: Transport }
  );

/**
 * Sends commands to a stack-timeouts deployment.
 *
 * Every method answers with the union of success and refusal: look at `ok` first. A refusal is an outcome (nothing
 * was written), and is not retried. When the function fails, is throttled or cannot be reached, the same request is
 * sent again with backoff; after the last attempt an InvocationError is thrown.
 *
 * ```ts
 * const client = new StackTimeoutsClient({ functionName });
 * const answer = await client.startOperation({ stackId: 'web', operationId, action: 'CREATE', timeoutSeconds: 1800 });
 * if (!answer.ok) console.error(answer.error.code, answer.error.message);
 * ```
 */
export class StackTimeoutsClient implements Commands {
  readonly #transport: Transport;
  readonly #retry: RetryOptions;

  constructor(options: StackTimeoutsClientOptions) {
    this.#transport =
      'transport' in options ? options.transport : new LambdaTransport(options.functionName, options.lambda);
    this.#retry = options;
  }

  /** Starts an operation; it times out after `timeoutSeconds` unless it ends before. */
  startOperation(fields: Fields<'StartOperation'>): Promise<AnswerOf<'StartOperation'>> {
    return this.#send('StartOperation', fields);
  }

  /** Reports the end of an operation. */
  completeOperation(fields: Fields<'CompleteOperation'>): Promise<AnswerOf<'CompleteOperation'>> {
    return this.#send('CompleteOperation', fields);
  }

  /** Ends an operation as FAILED with cause CANCELLED. */
  cancelOperation(fields: Fields<'CancelOperation'>): Promise<AnswerOf<'CancelOperation'>> {
    return this.#send('CancelOperation', fields);
  }

  /** Moves the deadline to `timeoutSeconds` from now, later or earlier. */
  extendOperation(fields: Fields<'ExtendOperation'>): Promise<AnswerOf<'ExtendOperation'>> {
    return this.#send('ExtendOperation', fields);
  }

  /** A stack with its current or last operation, and one page of that operation's resource actions. */
  getStack(fields: Fields<'GetStack'>): Promise<AnswerOf<'GetStack'>> {
    return this.#send('GetStack', fields);
  }

  /** One page of the stacks with an operation IN_PROGRESS. */
  listStacks(fields: Fields<'ListStacks'> = {}): Promise<AnswerOf<'ListStacks'>> {
    return this.#send('ListStacks', fields);
  }

  /** Queues a piece of work under an operation: an engine will claim it. Repeating it is harmless. */
  dispatchResource(fields: Fields<'DispatchResource'>): Promise<AnswerOf<'DispatchResource'>> {
    return this.#send('DispatchResource', fields);
  }

  /** Takes an attempt for an engine. `claimId` is new for each work message. */
  claimResource(fields: Fields<'ClaimResource'>): Promise<AnswerOf<'ClaimResource'>> {
    return this.#send('ClaimResource', fields);
  }

  /** Says that the engine is alive. A refusal, or `remainingSeconds` 0, means: stop working. */
  heartbeat(fields: Fields<'Heartbeat'>, { signal }: CallOptions = {}): Promise<AnswerOf<'Heartbeat'>> {
    return this.#send('Heartbeat', fields, signal);
  }

  /** Reports the end of an attempt. FAILED is followed by another attempt if one is left, unless `retryable` is false. */
  completeResource(fields: Fields<'CompleteResource'>): Promise<AnswerOf<'CompleteResource'>> {
    return this.#send('CompleteResource', fields);
  }

  /** Gives an attempt back: it is queued again, and is not counted. */
  releaseResource(fields: Fields<'ReleaseResource'>): Promise<AnswerOf<'ReleaseResource'>> {
    return this.#send('ReleaseResource', fields);
  }

  /** A resource action with its input and output. */
  getResource(fields: Fields<'GetResource'>): Promise<AnswerOf<'GetResource'>> {
    return this.#send('GetResource', fields);
  }

  /**
   * All resource actions of a stack's current or last operation, page by page. Throws a RefusedError if a page is
   * refused.
   */
  async *resources(stackId: string): AsyncGenerator<ResourceAction, void, undefined> {
    let nextToken: string | undefined;
    do {
      const page = accepted(await this.getStack({ stackId, ...(nextToken !== undefined && { nextToken }) }));
      yield* page.resources;
      nextToken = page.nextToken;
    } while (nextToken !== undefined);
  }

  /**
   * All stacks with an operation IN_PROGRESS, page by page, in no order. Operations that start or end meanwhile may be
   * missed or seen twice. Throws a RefusedError if a page is refused.
   */
  async *stacks(pageSize = 100): AsyncGenerator<Stack, void, undefined> {
    let nextToken: string | undefined;
    do {
      const page = accepted(
        await this.listStacks({ limit: pageSize, ...(nextToken !== undefined && { nextToken }) }),
      );
      yield* page.stacks;
      nextToken = page.nextToken;
    } while (nextToken !== undefined);
  }

  async #send<N extends CommandName>(
    command: N,
    fields: Fields<N>,
    signal?: AbortSignal,
  ): Promise<AnswerOf<N>> {
    // Not validated here: the function says what is wrong with a request, and a newer one may allow more.
    const payload = JSON.stringify({ command, ...fields });
    return withRetries(
      async () => parseAnswer(await this.#transport.invoke(payload, signal)) as AnswerOf<N>,
      this.#retry,
      signal,
    );
  }
}

function parseAnswer(payload: string): { ok: boolean } {
  let answer: unknown;
  try {
    answer = JSON.parse(payload);
  } catch {
    // Falls through: what is not JSON is not an answer either.
  }
  if (typeof (answer as { ok?: unknown } | null | undefined)?.ok === 'boolean')
    return answer as { ok: boolean };
  throw new InvocationError(
    `this is no answer of a command function: ${payload.slice(0, 200) || 'nothing'}; check the function's name`,
    { attempts: 1, retryable: false },
  );
}
