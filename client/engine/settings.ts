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
  /** Where the work comes from, for example `sqsWorkQueue(new SQSClient(), workQueueUrl)`. */
  readonly queue: WorkQueue;
  /**
   * By resource type, by action (`CREATE`), or `*` for everything else; looked for in this order. Work without a
   * handler is put back for other engines on the queue, each time for longer, up to 30 s. After 100 deliveries
   * (`workMaxReceiveCount`, about 50 minutes) its message goes to the dead-letter queue, whether or not there are
   * such engines; the work itself stays QUEUED, and is offered again each hour at the latest.
   */
  readonly handlers: Readonly<Record<string, Handler>>;
  /**
   * Names this engine in statuses and to whoever looks for the one that holds an attempt.
   * @default host name, process id and a random part
   */
  readonly engineId?: string;
  /**
   * How many handlers run at once. One that does not heed its signal counts until it ends.
   * @default 10
   */
  readonly concurrency?: number;
  /**
   * How long run() waits for the work under way, after its signal fired, before it gives it back. 0: not at all.
   * Leave the process some 6 s more before it is killed.
   * @default 10
   */
  readonly shutdownSeconds?: number;
  /**
   * Time from one heartbeat to the next, of attempts that have a heartbeat timeout.
   * @default a third of that timeout, from 0.2 to 60 s
   */
  readonly heartbeatEverySeconds?: number;
  /** Told what happens, for logs. What it throws is ignored. */
  readonly onEvent?: (event: EngineEvent) => void;
  /**
   * Milliseconds by a clock that nobody sets.
   * @default performance.now
   */
  readonly now?: () => number;
  /** @default setTimeout */
  readonly sleep?: Sleep;
  /** @default Math.random */
  readonly random?: () => number;
  /**
   * Makes a claimId.
   * @default crypto.randomUUID
   */
  readonly newId?: () => string;
}

export type EngineSettings = EngineContext &
  Pick<EngineOptions, 'queue' | 'handlers'> & {
    readonly concurrency: number;
    readonly shutdownMs: number;
  };

/** What setTimeout bears, rounded down to a whole second. */
const LONGEST_SECONDS = 2_147_483;

/** The options with their defaults. Throws a RangeError for what cannot be. */
export function settingsOf(options: EngineOptions): EngineSettings {
  const { client, queue, handlers, concurrency = 10, shutdownSeconds = 10, onEvent } = options;
  const { heartbeatEverySeconds } = options;
  const engineId = options.engineId ?? ownName();
  if (!Number.isInteger(concurrency) || concurrency < 1)
    throw new RangeError(`concurrency must be a whole number from 1, not ${concurrency}`);
  if (!(shutdownSeconds >= 0 && shutdownSeconds <= LONGEST_SECONDS))
    throw new RangeError(`shutdownSeconds must be from 0 to ${LONGEST_SECONDS}, not ${shutdownSeconds}`);
  const every = heartbeatEverySeconds ?? 1;
  if (!(every > 0 && every <= LONGEST_SECONDS))
    throw new RangeError(`heartbeatEverySeconds must be above 0, at most ${LONGEST_SECONDS}, not ${every}`);
  // Every claim would be refused.
  const parsed = requests.ClaimResource.shape.engineId.safeParse(engineId);
  if (!parsed.success) throw new RangeError(`engineId ${parsed.error.issues[0]?.message}`);
  return {
    client,
    queue,
    handlers,
    engineId,
    concurrency,
    shutdownMs: shutdownSeconds * 1000,
    ...(heartbeatEverySeconds !== undefined && { heartbeatEveryMs: heartbeatEverySeconds * 1000 }),
    now: options.now ?? (() => performance.now()),
    sleep: options.sleep ?? systemSleep,
    random: options.random ?? Math.random,
    newId: options.newId ?? randomUUID,
    emit(event) {
      try {
        onEvent?.(event);
      } catch {
        // A log that fails is no reason to lose work.
      }
    },
  };
}

function ownName(): string {
  const host = hostname()
    .replace(/[^A-Za-z0-9._-]/g, '-')
    .slice(0, 200);
  return `${host}:${process.pid}:${randomUUID().slice(0, 8)}`;
}
