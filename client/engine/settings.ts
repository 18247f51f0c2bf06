import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import { requests } from '../../contract/index.ts';
import type { StackTimeoutsClient } from '../client.ts';
import type { EngineContext } from './context.ts';
import type { EngineEvent } from './events.ts';
import { type Sleep, systemSleep } from './waiting.ts';
import type { Handler } from './work.ts';
import type { WorkQueue } from './work-queue.ts';

export interface EngineOptions {
  readonly client: StackTimeoutsClient;
  /** Where work messages come from, for example `sqsWorkQueue(new SQSClient(), workQueueUrl)`. */
  readonly queue: WorkQueue;
  /**
   * By resource type, by action (`CREATE`), or `*` for everything else; looked up in this order, by
   * what the service answers to the claim. The engine releases what it has no handler for.
   *
   * It does not claim what has no handler by the message: it returns it to the queue, hidden for 5
   * s at first and for 30 s at most. After 100 deliveries (`workMaxReceiveCount`, about 50 minutes)
   * the message goes to the dead-letter queue, even if other engines have a handler. The work
   * itself stays QUEUED, and the service offers it again at least once an hour.
   */
  readonly handlers: Readonly<Record<string, Handler>>;
  /**
   * Names this engine in statuses and events.
   * @default host name, process id and a random part
   */
  readonly engineId?: string;
  /**
   * How many handlers run at once. A handler that ignores its signal counts until it ends.
   * @default 10
   */
  readonly concurrency?: number;
  /**
   * How long a shutdown waits for running handlers before it releases their attempts. 0: not at
   * all. The shutdown may take 6 s more: do not kill the process before.
   * @default 10
   */
  readonly shutdownSeconds?: number;
  /**
   * Time from one heartbeat to the next, for attempts that have a heartbeat timeout.
   * @default a third of that timeout, from 0.2 to 60 s
   */
  readonly heartbeatIntervalSeconds?: number;
  /** Receives every event, for logs and metrics. What it throws is ignored. */
  readonly onEvent?: (event: EngineEvent) => void;
  /**
   * Milliseconds of a monotonic clock.
   * @default performance.now
   */
  readonly now?: () => number;
  /** @default setTimeout */
  readonly sleep?: Sleep;
  /** @default Math.random */
  readonly random?: () => number;
  /**
   * Generates a claimId.
   * @default crypto.randomUUID
   */
  readonly newId?: () => string;
}

/** The options with their defaults filled in. */
export type EngineSettings = EngineContext &
  Pick<EngineOptions, 'queue' | 'handlers'> & {
    readonly concurrency: number;
    readonly shutdownMs: number;
  };

/** The longest delay of setTimeout, rounded down to a whole second. */
const MAX_SECONDS = 2_147_483;

/** @throws RangeError for an invalid option. */
export function settingsOf(options: EngineOptions): EngineSettings {
  const { client, queue, handlers, concurrency = 10, shutdownSeconds = 10, onEvent } = options;
  const { engineId = defaultEngineId(), heartbeatIntervalSeconds } = options;
  if (!Number.isInteger(concurrency) || concurrency < 1)
    throw new RangeError(`concurrency must be a whole number from 1, not ${concurrency}`);
  if (!(shutdownSeconds >= 0 && shutdownSeconds <= MAX_SECONDS))
    throw new RangeError(`shutdownSeconds must be from 0 to ${MAX_SECONDS}, not ${shutdownSeconds}`);
  const interval = heartbeatIntervalSeconds ?? 1;
  if (!(interval > 0 && interval <= MAX_SECONDS))
    throw new RangeError(`heartbeatIntervalSeconds must be above 0, at most ${MAX_SECONDS}, not ${interval}`);
  // Otherwise the service would refuse every claim.
  const parsed = requests.ClaimResource.shape.engineId.safeParse(engineId);
  if (!parsed.success) throw new RangeError(`engineId ${parsed.error.issues[0]?.message}`);
  return {
    client,
    queue,
    handlers,
    engineId,
    concurrency,
    shutdownMs: shutdownSeconds * 1000,
    ...(heartbeatIntervalSeconds !== undefined && { heartbeatIntervalMs: heartbeatIntervalSeconds * 1000 }),
    now: options.now ?? (() => performance.now()),
    sleep: options.sleep ?? systemSleep,
    random: options.random ?? Math.random,
    newId: options.newId ?? randomUUID,
    emit(event) {
      try {
        onEvent?.(event);
      } catch {
        // A broken log must not lose work.
      }
    },
  };
}

function defaultEngineId(): string {
  const host = hostname()
    .replace(/[^A-Za-z0-9._-]/g, '-')
    .slice(0, 200);
  return `${host}:${process.pid}:${randomUUID().slice(0, 8)}`;
}
