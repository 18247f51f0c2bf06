/** P11: for how long an engine that is not heard any more is excused. */
import type { ResourceActionRow } from '../../../lambdas/domain/resource-action/state.ts';
import type { FaultPlan } from '../faults.ts';
import { described, type Write } from '../row.ts';
import { nameOf } from './consequences.ts';
import { holds } from './violation.ts';

/**
 * Whether every heartbeat could be recorded: nothing goes wrong but that no sweep asks the canary.
 */
const isOnlySweep = ({ rate, carrierRate, outages }: FaultPlan): boolean =>
  rate === 0 && carrierRate === 0 && outages.every(({ service }) => service === 'sweep');

export class Suspicions {
  readonly #plan: FaultPlan;
  /** How often each was excused since its last heartbeat. */
  readonly #grants = new Map<string, number>();

  constructor(plan: FaultPlan) {
    this.#plan = plan;
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
    if (isOnlySweep(this.#plan)) holds('P11', grants <= 1, () => `excused ${grants} times: ${tell()}`);
  }
}
