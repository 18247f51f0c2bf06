/** P11: an engine that lives and is heard is not declared lost; one that is dead is not excused for ever. */
import type { ResourceRow } from '../../../lambdas/domain/resource.ts';
import { attemptKey, type Process, SLOWEST_CALL } from '../process.ts';
import { described, short, type Write } from '../row.ts';
import type { Services } from '../services.ts';
import { holds } from './violation.ts';

/** Whether nothing can go wrong but that the command function is out of reach. */
const isOnlyCommand = ({ plan }: Services['faults']): boolean =>
  plan.rate === 0 && plan.carrierRate === 0 && plan.outages.every(({ service }) => service === 'command');

/** From an engine's call until it is written: that of the function, and its own of the table. */
const LATENCY = 2 * SLOWEST_CALL;

/**
 * Engines send three heartbeats within a timeout. Whether two thirds of it are enough for one of them, though the clock
 * that wrote the last one is behind and the one that misses the next is ahead. If not, nothing is promised.
 */
const isLongEnough = (heartbeat: number, skew: number): boolean => (heartbeat * 2) / 3 > 2 * skew + LATENCY;

export function checkEngines(
  { before, after, writer }: Write<ResourceRow>,
  { faults }: Services,
  engines: ReadonlyMap<string, Process>,
): void {
  if (before?.status !== 'IN_PROGRESS' || before.phase !== 'RUNNING') return;
  const tell = () => `${writer.process.name} wrote ${described(after)} over ${described(before)}`;
  if (after.change === 'GRANT')
    holds('P11', faults.lastAt !== undefined, () => `excused though nothing went wrong: ${tell()}`);
  if (after.change !== 'ENGINE_LOST' || !isOnlyCommand(faults)) return;
  const engine = engines.get(before.engineId);
  const troubled = !engine?.alive || engine.wasTroubled || !engine.attempts.has(attemptKey(before));
  const { heartbeatDeadline = 0, heartbeat = 0 } = before;
  if (!isLongEnough(heartbeat, faults.plan.skew)) return;
  holds(
    'P11',
    troubled,
    () => `engine ${before.engineId} lives, heartbeat due ${short(heartbeatDeadline)}: ${tell()}`,
  );
}
