/**
 * The lateness of a million scheduled timers that are due in the same minute, by a model of what
 * they meet: EventBridge Scheduler's invocations, wake, the table's write throughput, the stream,
 * effects and PutEvents. The model spreads schedules as the deployment does (`planArming`) and
 * advances in steps of a second. It makes no calls.
 */
import { renderTable } from '../cli/terminal/table.ts';
import { SETTINGS, WAKE_MEMORY_MB } from '../infra/settings.ts';
import { planArming } from '../lambdas/domain/timer.ts';

interface Quotas {
  /** Invocations of EventBridge Scheduler per second. */
  readonly invocations: number;
  /** Concurrent invocations of wake. */
  readonly wakeConcurrency: number;
  /** Write units per second of the table. */
  readonly writeUnits: number;
  /** Write units per second of its index. */
  readonly indexUnits: number;
  /** Batches of one shard of the stream that effects processes at once. */
  readonly streamFactor: number;
  /** Events per second that the bus accepts. */
  readonly putEvents: number;
}

/** The defaults of a large Region, of a new on-demand table, and of the construct. */
const DEFAULTS: Quotas = {
  invocations: 1000,
  wakeConcurrency: SETTINGS.wakeMaxConcurrency.default,
  writeUnits: 4000,
  indexUnits: 4000,
  streamFactor: SETTINGS.streamParallelizationFactor.default,
  putEvents: 10_000,
};
/** A table with warm throughput, and the settings that use it. */
const WARM = { writeUnits: 12_000, indexUnits: 24_000, wakeConcurrency: 120, streamFactor: 10 };

const SMALL_REGION: Quotas = { ...DEFAULTS, invocations: 500, putEvents: 400 };

const SCENARIOS: readonly (readonly [name: string, timers: number, quotas: Quotas])[] = [
  ['defaults, large Region', 1_000_000, DEFAULTS],
  ['wakeMaxConcurrency 10', 1_000_000, { ...DEFAULTS, wakeConcurrency: 10 }],
  ['wakeMaxConcurrency 100', 1_000_000, { ...DEFAULTS, wakeConcurrency: 100 }],
  ['streamParallelizationFactor 10', 1_000_000, { ...DEFAULTS, streamFactor: 10 }],
  ['warmWriteUnits 6000', 1_000_000, { ...DEFAULTS, writeUnits: 6000, indexUnits: 12_000 }],
  ['warmWriteUnits 12000, wakeMaxConcurrency 120, factor 10', 1_000_000, { ...DEFAULTS, ...WARM }],
  ['the same, and invocations raised to 5000/s', 1_000_000, { ...DEFAULTS, ...WARM, invocations: 5000 }],
  ['small Region: invocations 500/s, events 400/s', 1_000_000, SMALL_REGION],
  ['without the spread', 1_000_000, DEFAULTS],
  ['10 million, one deployment', 10_000_000, DEFAULTS],
  ['10 million, in each of 10 accounts', 1_000_000, DEFAULTS],
];

const TIMERS = { nearHorizon: 120_000, lead: 75_000 };
const MINUTE = 60;
/** Long enough for the whole spread. */
const TIMEOUT_MS = 4 * 3_600_000;
/** The memory with which Lambda gives a function one CPU. */
const CPU_MB = 1769;
/**
 * Messages per batch, and how long wake works on a batch of due rows: 1.8 ms of a CPU for each row
 * (1.4 ms measured on x86, more on ARM), and 10 ms for the table to answer.
 */
const BATCH = 10;
const BATCH_SECONDS = (BATCH * 0.0018) / (WAKE_MEMORY_MB / CPU_MB) + 0.01;
/**
 * Records per batch of effects, and how long it works on them: 0.3 s of a CPU (0.23 s on x86), 0.03 s
 * of it for the history, and 0.1 s for the table and the bus to answer.
 */
const RECORDS = 100;
const RECORDS_SECONDS = 0.3 / (512 / CPU_MB) + 0.1;
/** A timeout of a stack writes its row, and before it is published its entry in the history, */
const UNITS_PER_TIMEOUT = 1;
const UNITS_PER_ENTRY = 1;
/** and moves its entry to another shard of the index: the old one goes, a new one comes. */
const INDEX_UNITS_PER_TIMEOUT = 2;
/** Write units per second of a partition of the table. Each partition has a shard of the stream. */
const UNITS_PER_PARTITION = 1000;
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
    const plan = planArming(timer, 0, TIMERS);
    if (plan.path !== 'schedule') throw new Error('a far timer gets a schedule');
    const at = spread ? plan.at : dueAt - TIMERS.lead;
    const second = Math.floor((at - TIMEOUT_MS) / 1000);
    schedules.set(second, (schedules.get(second) ?? 0) + timers / SAMPLE);
  }
  return schedules;
}

/**
 * How long a batch waits on average, if each of its messages came early with this probability.
 * Early messages wait for their fractions of a second at the same time; the longest of n fractions
 * is n / (n + 1) on average.
 */
const waitSeconds = (early: number): number =>
  early === 0 ? 0 : 1 - (1 - (1 - early) ** (BATCH + 1)) / ((BATCH + 1) * early);

interface Result {
  /** Seconds from the end of the minute in which the timers are due. */
  readonly last: number;
  readonly published: number;
  /** The largest share of the write units that timeouts used in a second. */
  readonly tableShare: number;
  readonly indexShare: number;
}

function run(timers: number, quotas: Quotas, spread: boolean): Result {
  const schedules = schedulesBySecond(timers, spread);
  let [toInvoke, arrived, dueTotal, ended, toPublish, published] = [0, 0, 0, 0, 0, 0];
  let [tableShare, indexShare] = [0, 0];
  let last = 0;
  const shards = quotas.writeUnits / UNITS_PER_PARTITION;
  const publishing = Math.min(quotas.putEvents, (shards * quotas.streamFactor * RECORDS) / RECORDS_SECONDS);
  for (let second = -1000; ; second++) {
    toInvoke += schedules.get(second) ?? 0;
    const invoked = Math.min(toInvoke, quotas.invocations);
    toInvoke -= invoked;
    arrived += invoked;
    // An early invocation waits in a delayed message until its timer is due.
    const duringMinute = second >= 0 && second < MINUTE;
    if (duringMinute) dueTotal += timers / MINUTE;
    const ready = Math.min(arrived, dueTotal) - ended;
    // SQS delays by whole seconds, so at any moment half a second's messages are early. SQS keeps
    // no order: they mix with the backlog, and the batches that hold them wait.
    const early = duringMinute ? Math.min(arrived - ended, timers / MINUTE / 2) : 0;
    const waiting = early > 0 ? waitSeconds(early / (early + ready)) : 0;
    const handled = (quotas.wakeConcurrency * BATCH) / (BATCH_SECONDS + waiting);
    const [ofTable, ofIndex] = [
      UNITS_PER_TIMEOUT / quotas.writeUnits,
      INDEX_UNITS_PER_TIMEOUT / quotas.indexUnits,
    ];
    const now = Math.min(ready, handled, 1 / ofTable, 1 / ofIndex);
    ended += now;
    indexShare = Math.max(indexShare, now * ofIndex);
    toPublish += now;
    const unitsLeft = quotas.writeUnits - now * UNITS_PER_TIMEOUT;
    const sent = Math.min(toPublish, publishing, unitsLeft / UNITS_PER_ENTRY);
    const units = now * UNITS_PER_TIMEOUT + sent * UNITS_PER_ENTRY;
    tableShare = Math.max(tableShare, units / quotas.writeUnits);
    toPublish -= sent;
    published += sent;
    if (now > 0) last = second;
    if (published > timers - 1)
      return { last: last - MINUTE, published: second - MINUTE, tableShare, indexShare };
  }
}

export async function massTimeout(): Promise<void> {
  const rows = SCENARIOS.map(([name, timers, quotas]) => {
    const { last, published, tableShare, indexShare } = run(timers, quotas, name !== 'without the spread');
    return [
      name,
      timers.toLocaleString('en-US'),
      `${last} s`,
      `${published} s`,
      `${Math.round(100 * tableShare)} %`,
      `${Math.round(100 * indexShare)} %`,
      `${1000 - quotas.wakeConcurrency}`,
    ];
  });
  const header = [
    'quotas',
    'timers',
    'last ended',
    'last published',
    'of the table',
    'of the index',
    'concurrency left',
  ];
  console.log(renderTable(header, rows));
}
