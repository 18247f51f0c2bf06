import type { RowChange } from '../domain/consequences.ts';
import { historyEntry } from '../domain/history.ts';
import { statusChanges } from '../domain/status-changes.ts';
import type { Milliseconds } from '../domain/time.ts';
import type { EventBus } from '../ports/messaging.ts';
import type { HistoryStore } from '../ports/stores.ts';
import { applyConsequences, type ConsequenceDependencies } from './apply-consequences.ts';

export interface EffectsDependencies extends ConsequenceDependencies {
  readonly bus: EventBus;
  readonly history: HistoryStore;
  /** How long an entry of the history is kept; undefined if none is written. */
  readonly historyRetention: Milliseconds | undefined;
}

/**
 * Keeps and publishes the status changes in a batch of row changes, and does to other rows what
 * follows from them. Repeatable: an event's id is the same each time, so that whoever receives it
 * twice can tell, its entry in the history replaces itself, and what was ended stays ended. Neither
 * waits for the other: trouble on the bus does not keep the resource actions of the same batch from
 * ending; what comes later in the shard waits until the batch is done.
 *
 * @throws Error if the table did not take all entries, the bus not all events, or a row could not
 * be written, after everything else was done; the stream then delivers the batch again.
 */
export async function effects(deps: EffectsDependencies, changes: readonly RowChange[]): Promise<void> {
  const results = await Promise.allSettled([publish(deps, changes), applyConsequences(deps, changes)]);
  for (const result of results) if (result.status === 'rejected') throw result.reason;
}

/** P15: an entry first, so that nothing is published that cannot be read afterwards. */
async function publish(
  { bus, history, historyRetention, telemetry }: EffectsDependencies,
  changes: readonly RowChange[],
): Promise<void> {
  const statusChanged = changes.flatMap(statusChanges);
  if (historyRetention !== undefined)
    await history.add(statusChanged.map((change) => historyEntry(change, historyRetention)));
  await bus.publish(statusChanged.map(({ event }) => event));
  for (const change of statusChanged) telemetry.record({ kind: 'published', ...change });
}
