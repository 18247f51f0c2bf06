/** What goes wrong in a history: calm, one kind of trouble, or all of it. */
import {
  CALL_FAULTS,
  type CallFault,
  type CarrierFault,
  type FaultPlan,
  type Outage,
  type Restore,
  SERVICES,
} from './faults.ts';
import type { Random } from './random.ts';

const CALLS = Object.keys(CALL_FAULTS) as CallFault[];
const CARRIERS: readonly CarrierFault[] = [
  'delivered twice',
  'lost',
  'delayed',
  'delete lost',
  'fired twice',
  'never fired',
  'batch again',
  'index lags',
  'not taken',
  'clock stepped',
  'meets a transaction',
];

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

export const CALM: FaultPlan = {
  rate: 0,
  kinds: [],
  carrierRate: 0,
  carrierKinds: [],
  outages: [],
  skew: 0,
  scheduleLateness: 60_000,
};

/**
 * @param end when the script ends, in milliseconds.
 * @param stackIds whose partitions may fail.
 */
export function makePlan(random: Random, end: number, stackIds: readonly string[]): FaultPlan {
  const skew = random.pick([0, 200, 1000]);
  const kind = random.next();
  if (kind < 0.1) return { ...CALM, skew };
  if (kind < 0.2) return { ...CALM, outages: outages(random, end, ['command']) };
  if (kind < 0.23) return { ...CALM, skew, outages: [{ service: 'sweep', from: 0, to: 2 * end + HOUR }] };
  if (kind < 0.28) return { ...CALM, outages: partitions(random, end, stackIds) };
  if (kind < 0.31) return { ...CALM, skew, restore: restore(random, end) };
  if (kind < 0.35) return { ...CALM, skew, outages: outages(random, end, SERVICES) };
  const all = random.chance(0.5);
  const some = <T>(kinds: readonly T[]) => kinds.filter(() => all || random.chance(0.3));
  return {
    ...CALM,
    skew,
    rate: random.pick([0.01, 0.03, 0.1]),
    kinds: some(CALLS),
    carrierRate: random.pick([0.02, 0.1, 0.3]),
    carrierKinds: some(CARRIERS),
    outages: [
      ...(random.chance(0.4) ? outages(random, end, SERVICES) : []),
      ...(random.chance(0.1) ? partitions(random, end, stackIds) : []),
    ],
    ...(random.chance(0.1) && { restore: restore(random, end) }),
  };
}

function outages(random: Random, end: number, services: readonly Outage['service'][]): Outage[] {
  return Array.from({ length: random.between(1, 4) }, () => {
    const from = random.between(0, end);
    const lasts = random.chance(0.5) ? random.between(1000, 60_000) : random.between(60_000, 400_000);
    return { service: random.pick(services), from, to: from + lasts };
  });
}

function restore(random: Random, end: number): Restore {
  const from = random.between(0, end);
  return { from, to: from + random.between(MINUTE, 10 * MINUTE) };
}

/** One partition at a time: that of the longest work, if there is any, else of any stack. */
function partitions(random: Random, end: number, stackIds: readonly string[]): Outage[] {
  const stackId = random.chance(0.5) ? (stackIds.at(-1) as string) : random.pick(stackIds);
  return outages(random, end, ['table']).map((outage) => ({
    ...outage,
    stackId,
    ...(random.chance(0.5) && { onlyWrites: true }),
  }));
}
