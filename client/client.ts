import type { LambdaClient } from '@aws-sdk/client-lambda';
import type {
  AnswerOf,
  CommandName,
  HistoryEntry,
  Refusal,
  RequestOf,
  ResourceAction,
  Stack,
  Status,
} from '../contract/index.ts';
import { accepted, InvocationError } from './errors.ts';
import { toJson } from './json.ts';
import { type RetryOptions, withRetries } from './retry.ts';
import { LambdaTransport, type Transport } from './transport.ts';

/** The fields of a request, without the name of its command. */
export type Fields<N extends CommandName> = Omit<RequestOf<N>, 'command'>;

/** Which stacks `stacks()` lists. */
export interface StacksQuery {
  /** @default 'IN_PROGRESS' */
  readonly status?: Status;
  /** Only those that ended at this time or later; with status COMPLETE or FAILED. */
  readonly since?: string;
  /** 1 to 100. @default 100 */
  readonly pageSize?: number;
}

/** One method for each command of the contract. */
type Commands = { [N in CommandName as Uncapitalize<N>]: (fields: Fields<N>) => Promise<AnswerOf<N>> };

export interface CallOptions {
  /** When it fires, the call's promise rejects. The request may have taken effect. */
  readonly signal?: AbortSignal;
}

export type StackTimeoutsClientOptions = RetryOptions &
  (
    | {
        /**
         * Name or ARN of the command function: the deployment's output `CommandFunctionName`, or
         * `WorkerFunctionName` for an engine.
         */
        readonly functionName: string;
        /**
         * A client with its own region, credentials or endpoint. Give it `maxAttempts: 1`, since
         * StackTimeoutsClient retries, and `requestHandler: proxyFromEnvironment()` behind a proxy.
         * @default a client configured by the environment, its proxy included
         */
        readonly lambda?: LambdaClient;
      }
    | { readonly transport: Transport }
  );

/**
 * Sends commands to a stack-timeouts deployment.
 *
 * Every method resolves with a success or a refusal: check `ok` first. A refusal is an outcome: the
 * service has written nothing, and the client does not retry. When the function fails, is throttled
 * or cannot be reached, the client sends the same request again with backoff; after the last
 * attempt it throws an InvocationError. It throws a TypeError, and sends nothing, if a field holds
 * what JSON cannot: NaN, a bigint, a Map.
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

  /** Starts an operation. It times out after `timeoutSeconds` unless it ends before. */
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

  /**
   * Reads a stack with its current or last operation, and one page of that operation's resource
   * actions.
   */
  getStack(fields: Fields<'GetStack'>): Promise<AnswerOf<'GetStack'>> {
    return this.#send('GetStack', fields);
  }

  /** Reads one page of what happened to a stack, newest first. */
  getHistory(fields: Fields<'GetHistory'>): Promise<AnswerOf<'GetHistory'>> {
    return this.#send('GetHistory', fields);
  }

  /**
   * Reads one page of the stacks whose current or last operation has a status: IN_PROGRESS unless
   * asked for another one. Ended ones come newest first, from `since` on.
   */
  listStacks(fields: Fields<'ListStacks'> = {}): Promise<AnswerOf<'ListStacks'>> {
    return this.#send('ListStacks', fields);
  }

  /**
   * Queues a resource action under an operation, for an engine to claim; with `delaySeconds` after
   * that time. Safe to repeat.
   */
  dispatchResource(fields: Fields<'DispatchResource'>): Promise<AnswerOf<'DispatchResource'>> {
    return this.#send('DispatchResource', fields);
  }

  /** Claims an attempt for an engine. Choose a new `claimId` for each work message. */
  claimResource(fields: Fields<'ClaimResource'>): Promise<AnswerOf<'ClaimResource'>> {
    return this.#send('ClaimResource', fields);
  }

  /**
   * Tells the service that the engine is alive. Stop working on a refusal or at `remainingSeconds`
   * 0.
   */
  heartbeat(fields: Fields<'Heartbeat'>, { signal }: CallOptions = {}): Promise<AnswerOf<'Heartbeat'>> {
    return this.#send('Heartbeat', fields, signal);
  }

  /**
   * Reports the end of an attempt. Another attempt follows a FAILED one if one is left, unless
   * `retryable` is false.
   */
  completeResource(fields: Fields<'CompleteResource'>): Promise<AnswerOf<'CompleteResource'>> {
    return this.#send('CompleteResource', fields);
  }

  /** Returns an attempt: the service queues it again and does not count it. */
  releaseResource(fields: Fields<'ReleaseResource'>): Promise<AnswerOf<'ReleaseResource'>> {
    return this.#send('ReleaseResource', fields);
  }

  /**
   * Ends a resource action as FAILED with cause CANCELLED; its operation goes on. An engine that
   * works on it is told to stop by its next heartbeat, or by its report.
   */
  cancelResource(fields: Fields<'CancelResource'>): Promise<AnswerOf<'CancelResource'>> {
    return this.#send('CancelResource', fields);
  }

  /** Reads a resource action with its input and output. */
  getResource(fields: Fields<'GetResource'>): Promise<AnswerOf<'GetResource'>> {
    return this.#send('GetResource', fields);
  }

  /**
   * All resource actions of a stack's current or last operation, page by page.
   * @throws RefusedError if the service refuses a page.
   */
  async *resources(stackId: string): AsyncGenerator<ResourceAction, void, undefined> {
    for await (const page of pages((more) => this.getStack({ stackId, ...more }))) yield* page.resources;
  }

  /**
   * All stacks whose current or last operation has a status, page by page: those IN_PROGRESS, in no
   * order, unless you ask for ended ones, which come newest first. An operation that starts or ends
   * meanwhile may be missing; one IN_PROGRESS may appear twice.
   * @throws RefusedError if the service refuses a page.
   */
  async *stacks({ pageSize = 100, ...query }: StacksQuery = {}): AsyncGenerator<Stack, void, undefined> {
    const read = (more: More) => this.listStacks({ ...query, limit: pageSize, ...more });
    for await (const page of pages(read)) yield* page.stacks;
  }

  /**
   * What happened to a stack, newest first, page by page: all of it, or what `operationId` and
   * `resource` ask for. `limit` is the size of a page.
   * @throws RefusedError if the service refuses a page.
   */
  async *history(fields: Fields<'GetHistory'>): AsyncGenerator<HistoryEntry, void, undefined> {
    for await (const page of pages((more) => this.getHistory({ ...fields, ...more }))) yield* page.history;
  }

  async #send<N extends CommandName>(
    command: N,
    fields: Fields<N>,
    signal?: AbortSignal,
  ): Promise<AnswerOf<N>> {
    // Not validated here: the function says what is wrong, and a newer one may allow more.
    // What JSON would change on the way is refused: the function could not say so.
    const payload = toJson({ command, ...fields }) as string;
    return withRetries(
      async () => parseAnswer(await this.#transport.invoke(payload, signal)) as AnswerOf<N>,
      this.#retry,
      signal,
    );
  }
}

/** What asks for the page after the one before; nothing for the first. */
interface More {
  readonly nextToken?: string;
}

/** @throws RefusedError if the service refuses a page. */
async function* pages<A extends AnswerOf<'GetStack' | 'GetHistory' | 'ListStacks'>>(
  read: (more: More) => Promise<A>,
) {
  let more: More | undefined = {};
  while (more) {
    const page: Exclude<A, Refusal> = accepted(await read(more));
    yield page;
    more = page.nextToken === undefined ? undefined : { nextToken: page.nextToken };
  }
}

function parseAnswer(payload: string): { ok: boolean } {
  let answer: unknown;
  try {
    answer = JSON.parse(payload);
  } catch {
    // Reported below, together with JSON that is not an answer.
  }
  if (typeof (answer as { ok?: unknown } | null | undefined)?.ok === 'boolean')
    return answer as { ok: boolean };
  throw new InvocationError(
    `not the answer of a command function: ${payload.slice(0, 200) || 'nothing'}; check the function's name`,
    { attempts: 1, retryable: false },
  );
}
