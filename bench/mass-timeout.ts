/**
 * The lateness of a million scheduled timers that are due in the same minute, by a model of the
 * quotas that they meet: EventBridge Scheduler's invocations, wake's concurrency, the table's write
 * throughput, PutEvents. The model spreads schedules as the deployment does (`planArming`) and
 * advances in steps of a second. It makes no calls.
 */
import { renderTable } from '../cli/terminal/table.ts';
import { planArming } from '../lambdas/domain/timer.ts';

interface Quotas {
  /** Invocations of EventBridge Scheduler per second. */
  readonly invocations: number;
  /** Concurrent invocations of wake. */
  readonly wakeConcurrency: number;
  /** Write units per second of the table, and the same of its index. */
  readonly writeUnits: number;
  /** Events per second that the bus accepts. */
  readonly putEvents: number;
}

/** The defaults of a large Region, of a new on-demand table, and of the construct. */
const DEFAULTS: Quotas = { invocations: 1000, wakeConcurrency: 50, writeUnits: 4000, putEvents: 10_000 };

const SCENARIOS: readonly (readonly [name: string, timers: number, quotas: Quotas])[] = [
  ['defaults, large Region', 1_000_000, DEFAULTS],
  ['wakeMaxConcurrency 10', 1_000_000, { ...DEFAULTS, wakeConcurrency: 10 }],
  ['warmWriteUnits 12000', 1_000_000, { ...DEFAULTS, writeUnits: 12_000 }],
  ['invocations raised to 5000/s', 1_000_000, { ...DEFAULTS, invocations: 5000 }],
  ['both', 1_000_000, { ...DEFAULTS, invocations: 5000, writeUnits: 12_000 }],
  ['small Region (500/s)', 1_000_000, { ...DEFAULTS, invocations: 500 }],
  ['without the spread', 1_000_000, DEFAULTS],
  ['10 million, one deployment', 10_000_000, DEFAULTS],
  ['10 million, in each of 10 accounts', 1_000_000, DEFAULTS],
];

const SETTINGS = { nearHorizon: 120_000, lead: 75_000 };
const MINUTE = 60;
/** Long enough for the whole spread. */
const TIMEOUT_MS = 4 * 3_600_000;
/** Messages per batch, and how long wake takes for a batch of due rows: two calls to the table. */
const BATCH = 10;
const BATCH_SECONDS = 0.03;
/** A timeout writes its row and removes an entry of the index: one unit each. */
const UNITS_PER_TIMEOUT = 1;
const SAMPLE = 20_000;

/**
 * How many schedules are due in each second, counted from the start of the minute in which all
 * timers are due.
 */
function schedulesBySecond(timers: number, spread: boolean): Map<number, number> {
  const schedules = new Map<number, number>();
  for (let n = 0; n < SAMPLE; n++) {
    const dueAt = TIMEOUT_MS + ((n * 7919) % (MINUTE * 1000));
    const timer = { stackId: `stack-${n}`, operationId: 'op', generation: 1, dueAt, setAt: 0 };
    const plan = planArming(timer, 0, SETTINGS);
    if (plan.path !== 'schedule') throw new Error('a far timer gets a schedule');
    const at = spread ? plan.at : dueAt - SETTINGS.lead;
    const second = Math.floor((at - TIMEOUT_MS) / 1000);
    schedules.set(second, (schedules.get(second) ?? 0) + timers / SAMPLE);
  }
  return schedules;
}

interface Result {
  /** Seconds from the end of the minute in which the timers are due. */
  readonly last: number;
  readonly published: number;
  /** The largest share of the table's write units that timeouts used in a second. */
  readonly tableShare: number;
}

function run(timers: number, quotas: Quotas, spread: boolean): Result {
  const schedules = schedulesBySecond(timers, spread);
  let [toInvoke, arrived, dueTotal, ended, toPublish, published] = [0, 0, 0, 0, 0, 0];
  let tableShare = 0;
  let last = 0;
  const perSecond = Math.min(
    (quotas.wakeConcurrency * BATCH) / BATCH_SECONDS,
    quotas.writeUnits / UNITS_PER_TIMEOUT,
  );
  for (let second = -1000; ; second++) {
    toInvoke += schedules.get(second) ?? 0;
    const invoked = Math.min(toInvoke, quotas.invocations);
    toInvoke -= invoked;
    arrived += invoked;
    // An early invocation waits in a delayed message until its timer is due.
    if (second >= 0 && second < MINUTE) dueTotal += timers / MINUTE;
    const ready = Math.min(arrived, dueTotal) - ended;
    const now = Math.min(ready, perSecond);
    ended += now;
    tableShare = Math.max(tableShare, (now * UNITS_PER_TIMEOUT) / quotas.writeUnits);
    toPublish += now;
    const sent = Math.min(toPublish, quotas.putEvents);
    toPublish -= sent;
    published += sent;
    if (now > 0) last = second;
    if (published > timers - 1) return { last: last - MINUTE, published: second - MINUTE, tableShare };
  }
}

export async function massTimeout(): Promise<void> {
  const rows = SCENARIOS.map(([name, timers, quotas]) => {
    const { last, published, tableShare } = run(timers, quotas, name !== 'without the spread');
    return [
      name,
      timers.toLocaleString('en-US'),
      `${last} s`,
      `${published} s`,
      `${Math.round(100 * tableShare)} %`,
      `${1000 - quotas.wakeConcurrency}`,
    ];
  });
  const header = ['quotas', 'timers', 'last ended', 'last published', 'of the table', 'concurrency left'];
  console.log(renderTable(header, rows));
}
