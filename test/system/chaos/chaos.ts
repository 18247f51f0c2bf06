/** One run: a workload and mayhem for a while, then rest, then the audit. */
import { setTimeout as sleep } from 'node:timers/promises';
import { clientFor } from '../../../local/client.ts';
import { aborted } from '../../../local/interruption.ts';
import type { LocalCloud } from '../../../local/local-cloud.ts';
import { Random } from '../../simulation/random.ts';
import { audit } from './audit/audit.ts';
import type { AuditResult } from './audit/auditor.ts';
import { reach } from './deployment.ts';
import type { Scene } from './disturbances/disturbance.ts';
import { createFleet } from './fleet.ts';
import { createLedger } from './ledger.ts';
import { disturb } from './mayhem.ts';
import { observe } from './observer.ts';
import { prepare } from './prepare.ts';
import { type Progress, report as progressOf } from './progress.ts';
import { lookAtRemains, takeDeadLetters } from './remains.ts';
import type { DeadLetter, Seen } from './seen.ts';
import { work } from './workload.ts';

export interface ChaosOptions {
  readonly cloud: LocalCloud;
  /** The folder that the cloud was started in. */
  readonly dir: string;
  readonly seed: number;
  /** How long it is disturbed. */
  readonly mayhemMs: number;
  readonly log: (line: string) => void;
  readonly signal: AbortSignal;
}

export interface ChaosResult extends AuditResult {
  /** How many stories of each kind were told. */
  readonly stories: ReadonlyMap<string, number>;
  /** What went wrong, and how often. */
  readonly disturbed: ReadonlyMap<string, number>;
  readonly seen: Seen;
}

const ENGINES = 3;
const STORY_EVERY_MS = 700;
/** So long after the mayhem the last deadline is at the latest. */
const LAST_DEADLINE_MS = 20_000;
/** How long everything may take to end after the last deadline: a few sweeps, on a busy machine. */
const REST_MS = 5 * 60_000;
const LOOK_EVERY_MS = 3000;

export async function chaos({ cloud, dir, seed, mayhemMs, log, signal }: ChaosOptions): Promise<ChaosResult> {
  const deployment = reach(cloud.outputs);
  await prepare(deployment);
  const fleet = createFleet(deployment);
  const stopObserver = new AbortController();
  const observer = await observe(deployment, stopObserver.signal);
  const client = clientFor(cloud.outputs);
  const ledger = createLedger(client);
  const disturbed = new Map<string, number>();
  const count = (what: string, times = 1) => disturbed.set(what, (disturbed.get(what) ?? 0) + times);
  const scene: Scene = {
    ...{ deployment, client, fleet, observer, ledger, garbage: [], wakeUps: [], count },
    emulatorFolder: `${dir}/emulator`,
  };
  const ending = new AbortController();
  const either = AbortSignal.any([signal, cloud.lost, fleet.lost, observer.lost, ending.signal]);
  const random = new Random(seed);
  const startedAt = Date.now();
  const endAt = startedAt + mayhemMs;
  for (let n = 0; n < ENGINES; n++) fleet.start();
  const mayhem = disturb(scene, random.fork('mayhem'), endAt, either);
  const progress = progressOf({ startedAt, ledger, observer, fleet, mayhem, log });
  try {
    const workload = work({
      ...{ random: random.fork('workload'), ledger, endAt, everyMs: STORY_EVERY_MS, signal: either },
      lastDeadline: endAt + LAST_DEADLINE_MS,
    });
    const both = Promise.all([workload, mayhem.ended]);
    both.catch((error) => ending.abort(error));
    const [stories] = await Promise.race([both, aborted(either)]);
    log('the mayhem is over; waiting until all has ended');
    const patience = { endBy: endAt + LAST_DEADLINE_MS + REST_MS, signal: either };
    const atRest = rest(scene, progress, patience);
    return { ...(await Promise.race([atRest, aborted(either)])), stories, disturbed };
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

/** Looks again and again, until nothing is open or the time is over. */
async function rest(
  { deployment, client, ledger, fleet, observer, garbage }: Scene,
  progress: Progress,
  { endBy, signal }: { endBy: number; signal: AbortSignal },
): Promise<AuditResult & { readonly seen: Seen }> {
  const deadLetters: DeadLetter[] = [];
  for (;;) {
    await sleep(LOOK_EVERY_MS, undefined, { signal });
    deadLetters.push(...(await takeDeadLetters(deployment)));
    const remains = await lookAtRemains(deployment, client);
    const { operationEvents, resourceEvents } = observer;
    const events = { operationEvents, resourceEvents };
    const seen = { asked: ledger.asked, said: fleet.said, ...events, remains, deadLetters, garbage };
    const result = audit(seen);
    const open = result.findings.filter((finding) => finding.open);
    progress.waitsFor(open);
    if (open.length === 0 || Date.now() > endBy) return { ...result, seen };
  }
}
