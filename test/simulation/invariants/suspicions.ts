/** P11: for how long an engine that is not heard any more is excused. */
import type { ResourceActionRow } from '../../../lambdas/domain/resource-action/state.ts';
import type { FaultPlan, Faults } from '../faults.ts';
import { described, type Write } from '../row.ts';
import { nameOf } from './consequences.ts';
import { holds } from './violation.ts';

/**
 * Whether every heartbeat could be recorded: nothing goes wrong but that no sweep asks the canary.
 */
const isOnlySweep = ({ rate, carrierRate, outages }: FaultPlan): boolean =>
  rate === 0 && carrierRate === 0 && outages.every(({ service }) => service === 'sweep');

/** The proof that the row can be written; and before it, a gap between canaries that no sweep asked. */
const MOST_GRANTS = 2;

export class Suspicions {
  readonly #faults: Faults;
  /** How often each was excused since its last heartbeat. */
  readonly #grants = new Map<string, number>();

  constructor(faults: Faults) {
    this.#faults = faults;
  }

  wrote({ before, after, writer }: Write<ResourceActionRow>): void {
    const name = nameOf(after);
    const tell = () => `${writer.process.name} wrote ${described(after)} over ${described(before)}`;
    if (after.status !== 'IN_PROGRESS' || after.phase !== 'RUNNING' || after.change === 'HEARTBEAT') {
      this.#grants.delete(name);
      const isHeard = !('suspicion' in after);
      holds('P11', isHeard, () => `an engine that was heard is suspected: ${tell()}`);
    }
    if (after.change !== 'GRANT') return;
    const grants = (this.#grants.get(name) ?? 0) + 1;
    this.#grants.set(name, grants);
    const { plan, lastAt } = this.#faults;
    if (isOnlySweep(plan)) holds('P11', grants <= MOST_GRANTS, () => `excused ${grants} times: ${tell()}`);
    if (lastAt !== undefined || after.status !== 'IN_PROGRESS' || after.phase !== 'RUNNING') return;
    const { heartbeat = 0, heartbeatDeadline = 0 } = after;
    const isShort = grants === 1 && heartbeatDeadline <= writer.decidedAt + heartbeat / 3;
    holds('P11', isShort, () => `all is well, and a dead engine is excused for longer: ${tell()}`);
  }
}
