import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import { requests } from '../../contract/index.ts';
import type { EngineContext } from './context.ts';
import type { EngineOptions } from './engine.ts';
import { systemSleep } from './waiting.ts';

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
