/**
 * P11: an engine that lives and is heard is not declared lost; one that is dead is not excused for
 * ever.
 */
import type { Answer, Request } from '../../../contract/index.ts';
import type { ResourceActionRow } from '../../../lambdas/domain/resource-action/state.ts';
import type { Outage } from '../faults.ts';
import { attemptKey, type Process, SLOWEST_CALL } from '../process.ts';
import { described, short, type Write } from '../row.ts';
import { type Services, START } from '../services.ts';
import { nameOf } from './consequences.ts';
import { holds } from './violation.ts';

/** Whether nothing can go wrong but that the command function or single partitions are out of reach. */
const isOnlyOurs = ({ plan }: Services['faults']): boolean =>
  plan.rate === 0 &&
  plan.carrierRate === 0 &&
  plan.outages.every(({ service, stackId }) => service === 'command' || stackId !== undefined);

/** From an engine's call until it is written: that of the function, and its own of the table. */
const LATENCY = 2 * SLOWEST_CALL;

/**
 * Engines send three heartbeats within a timeout, and what failed again after a ninth of it. Whether
 * the rest of a third is enough for one of them, though the clock that wrote the last one is behind and
 * the one that misses the next is ahead. If not, nothing is promised.
 */
const isLongEnough = (heartbeat: number, skew: number): boolean => (heartbeat * 2) / 9 > 2 * skew + LATENCY;

interface Release {
  readonly attempt: number;
  readonly claimId: string;
  /** Of the row, as the release left it. */
  readonly version: number;
}
/** So many releases of an attempt are remembered. */
const REMEMBERED = 20;

/**
 * P6: an engine speaks of an attempt under the name of its own claim, or nobody could tell it from
 * others. A claim that was given back takes nothing any more, and its release counts once.
 */
export class Claims {
  readonly #asked = new Set<string>();
  /** Of each resource action, the last ones first. */
  readonly #releases = new Map<string, readonly Release[]>();

  asked({ kind, name }: Process, request: Request): void {
    if (kind !== 'engine' || !('claimId' in request)) return;
    if (request.command === 'ClaimResource') this.#asked.add(request.claimId);
    const known = this.#asked.has(request.claimId);
    holds('P6', known, () => `${name} has made no such claim: ${JSON.stringify(request)}`);
  }

  wrote({ before, after, writer }: Write<ResourceActionRow>): void {
    if (before?.status !== 'IN_PROGRESS' || after.status !== 'IN_PROGRESS') return;
    const { attempt, version } = after;
    if (after.change === 'RELEASE' && before.phase === 'RUNNING') {
      const release = { attempt, claimId: before.claimId, version };
      this.#releases.set(nameOf(after), [release, ...(this.#releases.get(nameOf(after)) ?? [])]);
    }
    if (after.change !== 'CLAIM' || after.phase !== 'RUNNING') return;
    const released = this.#releaseOf(nameOf(after), after);
    holds('P6', !released, () => `it was given back: ${writer.process.name} wrote ${described(after)}`);
  }

  /** `seen`: the row by which the request was answered. */
  answered(request: Request, answer: Answer, seen: ResourceActionRow | undefined): void {
    if (request.command !== 'ReleaseResource' || seen?.operationId !== request.operationId) return;
    if (!answer.ok && answer.error.code === 'ResourceNotFound') return;
    const release = this.#releaseOf(nameOf(seen), request);
    const counts =
      release !== undefined && release.version <= seen.version && seen.attempt === request.attempt;
    const tell = () => `${JSON.stringify(request)} is answered ${JSON.stringify(answer)}`;
    if (answer.ok) holds('P6', release, () => `it was not given back: ${tell()}`);
    else holds('P6', !counts, () => `it was given back before: ${tell()}`);
  }

  #releaseOf(name: string, { attempt, claimId }: Omit<Release, 'version'>): Release | undefined {
    const ofAttempt = (this.#releases.get(name) ?? []).filter((release) => release.attempt === attempt);
    return ofAttempt.slice(0, REMEMBERED).find((release) => release.claimId === claimId);
  }
}

const MINUTE = 60_000;

/** Whether a canary of the sweep was asked in it. */
const isSeen = ({ from, to, stackId }: Outage): boolean =>
  stackId === undefined && Math.ceil(from / MINUTE) * MINUTE + LATENCY < to;

/** An outage after the proof that the row can be written, and that no canary saw, is not noticed: a limit. */
const isMissed = (outage: Outage, provenAt: number, skew: number, at: number): boolean =>
  outage.to > provenAt - skew && outage.from < at && !isSeen(outage);

export function checkEngines(
  { before, after, writer, at }: Write<ResourceActionRow>,
  { faults }: Services,
  engines: ReadonlyMap<string, Process>,
): void {
  if (before?.status !== 'IN_PROGRESS' || before.phase !== 'RUNNING') return;
  const tell = () => `${writer.process.name} wrote ${described(after)} over ${described(before)}`;
  if (after.change !== 'ENGINE_LOST') return;
  const { heartbeatDeadline = 0, heartbeat = 0, suspicion } = before;
  const provenAt = suspicion?.provenAt ?? Number.POSITIVE_INFINITY;
  const isProven = writer.decidedAt >= provenAt + Math.floor(heartbeat / 3);
  holds('P11', isProven, () => `nobody knows whether the row could be written: ${tell()}`);
  if (!isOnlyOurs(faults)) return;
  const engine = engines.get(before.engineId);
  const troubled = !engine?.alive || engine.wasTroubled || !engine.attempts.has(attemptKey(before));
  const { skew, outages } = faults.plan;
  if (!isLongEnough(heartbeat, skew)) return;
  if (outages.some((outage) => isMissed(outage, provenAt - START, skew, at - START))) return;
  holds(
    'P11',
    troubled,
    () => `engine ${before.engineId} lives, heartbeat due ${short(heartbeatDeadline)}: ${tell()}`,
  );
}
