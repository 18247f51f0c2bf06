/** One run: a workload with disturbances for a while, then without, then the audit. */
import { setTimeout as sleep } from 'node:timers/promises';
import { clientFor } from '../../../local/client.ts';
import { aborted } from '../../../local/interruption.ts';
import type { LocalCloud } from '../../../local/local-cloud.ts';
import { Random } from '../../simulation/random.ts';
import { audit } from './audit/audit.ts';
import type { AuditResult } from './audit/auditor.ts';
import { reach } from './deployment.ts';
import { disturb } from './disturb.ts';
import type { DisturbanceContext } from './disturbances/disturbance.ts';
import { readFinalState, takeDeadLetters } from './final-state.ts';
import { createFleet } from './fleet.ts';
import { createLedger } from './ledger.ts';
import type { DeadLetter, Observations } from './observations.ts';
import { observe } from './observer.ts';
import { prepare } from './prepare.ts';
import { type Progress, report as progressOf } from './progress.ts';
import { work } from './workload.ts';

export interface ChaosOptions {
  readonly cloud: LocalCloud;
  /** The folder that the cloud was started in. */
  readonly dir: string;
  readonly seed: number;
  /** How long it is disturbed. */
  readonly disturbedMs: number;
  readonly log: (line: string) => void;
  readonly signal: AbortSignal;
}

export interface ChaosResult extends AuditResult {
  /** How many scripts of each kind were run. */
  readonly scripts: ReadonlyMap<string, number>;
  /** What went wrong, and how often. */
  readonly disturbed: ReadonlyMap<string, number>;
  readonly observations: Observations;
}

const ENGINES = 3;
const STORY_EVERY_MS = 700;
/** The last deadline is at most this long after the end of the disturbances. */
const LAST_DEADLINE_MS = 20_000;
/** How long everything may take to end after the last deadline: a few sweeps, on a busy machine. */
const REST_MS = 5 * 60_000;
const LOOK_EVERY_MS = 3000;

export async function chaos({
  cloud,
  dir,
  seed,
  disturbedMs,
  log,
  signal,
}: ChaosOptions): Promise<ChaosResult> {
  const deployment = reach(cloud.outputs);
  await prepare(deployment);
  const fleet = createFleet(deployment);
  const stopObserver = new AbortController();
  const observer = await observe(deployment, stopObserver.signal);
  const client = clientFor(cloud.outputs);
  const ledger = createLedger(client);
  const disturbed = new Map<string, number>();
  const count = (what: string, times = 1) => disturbed.set(what, (disturbed.get(what) ?? 0) + times);
  const context: DisturbanceContext = {
    ...{ deployment, client, fleet, observer, ledger, garbage: [], wakeUps: [], count },
    emulatorFolder: `${dir}/emulator`,
  };
  const ending = new AbortController();
  const either = AbortSignal.any([signal, cloud.lost, fleet.lost, observer.lost, ending.signal]);
  const random = new Random(seed);
  const startedAt = Date.now();
  const endAt = startedAt + disturbedMs;
  for (let n = 0; n < ENGINES; n++) fleet.start();
  const disturbances = disturb(context, random.fork('disturbances'), endAt, either);
  const progress = progressOf({ startedAt, ledger, observer, fleet, disturbances, log });
  try {
    const workload = work({
      ...{ random: random.fork('workload'), ledger, endAt, everyMs: STORY_EVERY_MS, signal: either },
      lastDeadline: endAt + LAST_DEADLINE_MS,
    });
    const both = Promise.all([workload, disturbances.ended]);
    both.catch((error) => ending.abort(error));
    const [scripts] = await Promise.race([both, aborted(either)]);
    log('no more disturbances; waiting until all has ended');
    const patience = { endBy: endAt + LAST_DEADLINE_MS + REST_MS, signal: either };
    const atRest = rest(context, progress, patience);
    return { ...(await Promise.race([atRest, aborted(either)])), scripts, disturbed };
  } catch (error) {
    // What was interrupted throws an error of its own; the reason is what counts.
    either.throwIfAborted();
    throw error;
  } finally {
    progress.stop();
    stopObserver.abort();
    await fleet.end();
  }
}

/** Audits again and again, until nothing is open or the time is over. */
async function rest(
  { deployment, client, ledger, fleet, observer, garbage }: DisturbanceContext,
  progress: Progress,
  { endBy, signal }: { endBy: number; signal: AbortSignal },
): Promise<AuditResult & { readonly observations: Observations }> {
  const deadLetters: DeadLetter[] = [];
  for (;;) {
    await sleep(LOOK_EVERY_MS, undefined, { signal });
    deadLetters.push(...(await takeDeadLetters(deployment)));
    const finalState = await readFinalState(deployment, client);
    const { operationEvents, resourceEvents } = observer;
    const events = { operationEvents, resourceEvents };
    const observations = {
      asked: ledger.asked,
      said: fleet.said,
      ...events,
      finalState,
      deadLetters,
      garbage,
    };
    const result = audit(observations);
    const open = result.findings.filter((finding) => finding.open);
    progress.waitsFor(open);
    if (open.length === 0 || Date.now() > endBy) return { ...result, observations };
  }
}
