import { setTimeout as sleep } from 'node:timers/promises';
import type { Random } from '../../simulation/random.ts';
import type { Disturbance, DisturbanceContext, Disturbed } from './disturbances/disturbance.ts';
import { repeatWakeUps, repeatWork, sendOldWakeUps } from './disturbances/duplicates.ts';
import { killAllEngines, killEngine, stopEngine } from './disturbances/engines.ts';
import { freezeFunction, killFunctions } from './disturbances/functions.ts';
import { throwGarbageIn } from './disturbances/garbage.ts';
import { switchMappingOff } from './disturbances/mappings.ts';
import { deleteSchedules } from './disturbances/schedules.ts';

const DISTURBANCES: readonly Disturbance[] = [
  killEngine,
  killEngine,
  killAllEngines,
  stopEngine,
  killFunctions,
  killFunctions,
  freezeFunction,
  freezeFunction,
  switchMappingOff,
  switchMappingOff,
  deleteSchedules,
  repeatWakeUps,
  sendOldWakeUps,
  repeatWork,
  throwGarbageIn,
];
const PAUSE_MS = [200, 2500] as const;

export interface Disturbances {
  /** What disturbs at the moment. */
  readonly now: readonly string[];
  /** Ends when it is over and everything is undone. */
  readonly ended: Promise<void>;
}

/**
 * One disturbance after the other, some lasting into the next; each of them comes before one comes
 * again.
 */
export function disturb(
  context: DisturbanceContext,
  random: Random,
  endAt: number,
  signal: AbortSignal,
): Disturbances {
  const lasting = new Map<Promise<void>, Disturbed>();
  const ending = new AbortController();

  async function last(disturbed: Disturbed, ms: number): Promise<void> {
    const either = AbortSignal.any([signal, ending.signal]);
    await sleep(ms, undefined, { signal: either }).catch(() => {});
    // Whoever is interrupted throws all of it away.
    if (!signal.aborted) await disturbed.undo?.();
  }
  async function begin(disturbance: Disturbance): Promise<void> {
    const disturbed = await disturbance(context, random);
    if (!disturbed) return;
    const lasts = last(disturbed, disturbed.lastsMs ?? 0);
    lasting.set(lasts, disturbed);
    // Awaited in the end; a failure is not to be unhandled until then.
    lasts.then(() => lasting.delete(lasts)).catch(() => {});
  }
  async function run(): Promise<void> {
    let left: Disturbance[] = [];
    // On a busy machine the first round may take longer than that: it is finished all the same.
    for (let n = 0; n < DISTURBANCES.length || Date.now() < endAt; n++) {
      if (left.length === 0) left = random.shuffled(DISTURBANCES);
      await begin(left.pop() as Disturbance);
      await sleep(random.between(...PAUSE_MS), undefined, { signal });
    }
    ending.abort();
    await Promise.all(lasting.keys());
  }

  return {
    get now() {
      return [...lasting.values()].map(({ what }) => what);
    },
    ended: run(),
  };
}
