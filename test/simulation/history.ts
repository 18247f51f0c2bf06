/** One history: a script and a fault plan, from a seed, until everything is at rest. */
import type { Request } from '../../contract/index.ts';
import { ask, SimulatedEngine } from './clients.ts';
import type { FaultPlan, NamedFault } from './faults.ts';
import { Functions } from './functions.ts';
import { Ledger } from './invariants/ledger.ts';
import { Violation } from './invariants/violation.ts';
import { scheduleRestore } from './restore.ts';
import type { Entry, Forged, HandedOver } from './script.ts';
import { Services, START, type Watcher } from './services.ts';

export interface Scenario {
  readonly seed: number;
  readonly script: readonly Entry[];
  readonly plan: FaultPlan;
  /** How long what has ended stays visible, in milliseconds. */
  readonly retention: number;
  /**
   * Whether the deployed adapters are used, over simulated AWS clients; else the ports are
   * simulated.
   */
  readonly adapters: boolean;
}

export interface Result {
  readonly violation: Violation | undefined;
  readonly timeouts: number;
  readonly steps: number;
  readonly faults: ReadonlyMap<string, number>;
  /** Only if it was recorded. */
  readonly history: readonly string[];
  readonly happened: readonly NamedFault[];
}

export interface Options {
  /** Keeps the history in lines. */
  readonly recorded?: boolean;
  /** Forgets what has been checked, so that a very long history fits into memory. */
  readonly forgets?: boolean;
  /** Watches, too. */
  readonly watcher?: Watcher;
  /** Told now and then what came since it was told last. */
  readonly onProgress?: (since: { readonly timeouts: number; readonly steps: number }) => void;
}

const PROGRESS_EACH = 100_000;

/** Faults go on for so long after the last entry of the script. */
const TROUBLE_AFTER = 120_000;
/**
 * How long everything may take to come to rest, from the last deadline or the end of trouble on.
 */
const REST_AFTER = 15 * 60_000;

export async function run(scenario: Scenario, options: Options = {}): Promise<Result> {
  const { seed, script, plan, retention, adapters } = scenario;
  const services = new Services(seed, plan, { retention, recorded: options.recorded ?? false });
  const { agenda, faults, table } = services;
  const functions = new Functions(services, adapters);
  const ledger = new Ledger(services, { forgets: options.forgets ?? false });
  const engines = new Map<string, SimulatedEngine>();
  if (options.watcher) services.watchers.push(options.watcher);
  let last = 0;
  for (const entry of script) {
    last = Math.max(last, entry.at);
    agenda.at(START + entry.at, () => act(services, functions, engines, entry));
  }
  let lastDeadline = 0;
  services.watchers.push({
    onWrite({ after }) {
      if ('deadline' in after) lastDeadline = Math.max(lastDeadline, after.deadline);
    },
  });
  if (plan.restore) scheduleRestore(services, functions, plan.restore);
  const calmFrom = START + last + TROUBLE_AFTER;
  agenda.at(calmFrom, () => {
    services.tell?.('from here on', 'nothing goes wrong any more');
    faults.end();
    new SimulatedEngine(services, functions, 'last-engine', 100);
  });
  const { scheduler } = services;
  // A schedule that could not be deleted, or whose time had passed, fires in vain. If nothing went
  // wrong, there is no other.
  const firesInVain = (): boolean =>
    faults.lastAt !== undefined || [...scheduler.schedules.values()].some(({ at }) => at <= agenda.now);
  const atRest = (): boolean =>
    faults.over && table.live === 0 && functions.isIdle && (scheduler.schedules.size === 0 || !firesInVain());
  const tooLate = (): boolean => agenda.now > Math.max(calmFrom, lastDeadline, scheduler.latest) + REST_AFTER;
  let told = { timeouts: 0, steps: 0 };
  const tell = (): void => {
    const now = { timeouts: ledger.timeouts, steps: agenda.steps };
    options.onProgress?.({ timeouts: now.timeouts - told.timeouts, steps: now.steps - told.steps });
    told = now;
  };
  let violation: unknown;
  try {
    await agenda.run(() => {
      if (agenda.steps - told.steps >= PROGRESS_EACH) tell();
      return services.violation !== undefined || atRest() || tooLate();
    });
    if (services.violation === undefined) services.notify((watcher) => watcher === ledger && ledger.atRest());
    violation = services.violation;
  } catch (error) {
    violation = error;
  }
  tell();
  if (violation !== undefined && !(violation instanceof Violation)) throw violation;
  return {
    violation,
    timeouts: ledger.timeouts,
    steps: agenda.steps,
    faults: faults.counts,
    history: services.history ?? [],
    happened: faults.happened ?? [],
  };
}

/** The claim that somebody has at the moment, but for one thing; undefined if nobody has one. */
function forgedRequest({ table }: Services, { forge, wrong, of }: Forged): Request | undefined {
  const row = table.resource(of.stackId, of.resource);
  if (row?.status !== 'IN_PROGRESS' || row.phase !== 'RUNNING') return undefined;
  const claim = {
    ...of,
    attempt: wrong === 'attempt' ? row.attempt + (row.attempt > 1 ? -1 : 1) : row.attempt,
    claimId: wrong === 'claimId' ? `not-${row.claimId}` : row.claimId,
  };
  if (forge === 'CompleteResource') return { command: forge, ...claim, status: 'COMPLETE' };
  return { command: forge, ...claim };
}

async function handOver(
  services: Services,
  functions: Functions,
  { handOver: of, times }: HandedOver,
): Promise<void> {
  const row = services.table.resource(of.stackId, of.resource);
  if (row?.status !== 'IN_PROGRESS' || row.phase !== 'QUEUED') return;
  const { attempt } = row;
  const claims = Array.from({ length: times }, (_, n) => ({ ...of, attempt, claimId: `handed-over-${n}` }));
  for (const again of [false, true]) {
    for (const claim of claims) {
      const tries = again ? 1 : 4;
      const request = { command: 'ClaimResource', ...claim, engineId: 'stopping' } as const;
      await ask(services, functions, request, tries);
      await ask(services, functions, { command: 'ReleaseResource', ...claim }, tries);
    }
  }
}

function act(
  services: Services,
  functions: Functions,
  engines: Map<string, SimulatedEngine>,
  entry: Entry,
): void {
  services.agenda.woke = true;
  if ('request' in entry) {
    void ask(services, functions, entry.request, entry.tries);
    return;
  }
  if ('forge' in entry) {
    const request = forgedRequest(services, entry);
    if (request) void ask(services, functions, request, 1);
    return;
  }
  if ('handOver' in entry) {
    void handOver(services, functions, entry);
    return;
  }
  const { engine, does } = entry;
  services.tell?.(engine, does);
  const living = engines.get(engine);
  switch (does) {
    case 'start':
      if (!living?.process.alive) engines.set(engine, new SimulatedEngine(services, functions, engine, 3));
      break;
    case 'stop':
      living?.stop();
      break;
    case 'kill':
      living?.process.kill();
      break;
    case 'freeze':
      living?.process.pause(living.process.random.between(20_000, 240_000));
  }
}
