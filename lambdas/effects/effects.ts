import { type RowChange, statusChanges } from '../domain/consequences.ts';
import type { EventBus, Telemetry } from '../ports.ts';

export interface EffectsDependencies {
  readonly bus: EventBus;
  readonly telemetry: Telemetry;
}

/**
 * Publishes the status changes in a batch of row changes. Repeatable: an event's id is the same each time, so that
 * whoever receives it twice can tell.
 *
 * @throws Error if the bus did not take them all; the stream then delivers the batch again.
 */
export async function effects(
  { bus, telemetry }: EffectsDependencies,
  changes: readonly RowChange[],
): Promise<void> {
  const statusChanged = changes.flatMap(statusChanges);
  await bus.publish(statusChanged.map(({ event }) => event));
  for (const { event, generation } of statusChanged)
    telemetry.record({ kind: 'published', event, generation });
}
