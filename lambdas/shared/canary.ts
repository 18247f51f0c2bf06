/**
 * The canary of P11: a write through the command function, as a heartbeat makes it, to see whether
 * it can be made.
 */
import { isDeepStrictEqual } from 'node:util';
import { afterFailure, afterSuccess, type Health } from '../domain/health.ts';
import type { Instant } from '../domain/time.ts';
import type { Canary } from '../ports/messaging.ts';
import type { HealthStore } from '../ports/stores.ts';
import type { Clock, Telemetry } from '../ports/telemetry.ts';

/**
 * What the command function is asked; not a command of the contract, and of no use to an engine.
 */
export const CANARY_REQUEST = { canary: true } as const;

export const isCanary = (payload: unknown): boolean => isDeepStrictEqual(payload, CANARY_REQUEST);

/** In the command function: that it has come this far is the proof. */
export async function recordCanary({ health, clock }: { health: HealthStore; clock: Clock }): Promise<void> {
  await health.record(afterSuccess(await health.load(), clock.now()));
}

export interface CanaryDependencies {
  readonly canary: Canary;
  readonly health: HealthStore;
  readonly clock: Clock;
  readonly telemetry: Telemetry;
}

/** In the functions that ask: a failure is recorded by whoever notices it. */
export async function probe({ canary, health, clock, telemetry }: CanaryDependencies): Promise<void> {
  const ok = await canary.probe();
  telemetry.record({ kind: 'canary', ok });
  if (!ok) await health.record(afterFailure(clock.now()));
}

/** What a function asks at most once, however many of its rows want to know at the same time. */
export function probeOnce(deps: CanaryDependencies): () => Promise<void> {
  let probing: Promise<void> | undefined;
  return () => {
    probing ??= probe(deps);
    return probing;
  };
}

/**
 * What is known of the canary: of one that succeeded after `since`, or of a probe made now. So a
 * thousand engines that are lost at once ask a few times: as many invocations of the command
 * function at once might be throttled, and that would be taken for an outage.
 */
export async function healthSince(
  health: HealthStore,
  since: Instant,
  probe: () => Promise<void>,
): Promise<Health> {
  const known = await health.load();
  if (known.succeededAt !== undefined && known.succeededAt > since) return known;
  await probe();
  return health.load();
}
