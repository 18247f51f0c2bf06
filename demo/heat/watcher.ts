/** Observes both Heats all the time, and shows what is new. */
import { setTimeout } from 'node:timers/promises';
import type { Bridge } from '../../local/heat/bridge.ts';
import type { Heat } from '../../local/heat/heat.ts';
import { type StackRow, stackRows } from '../../local/heat/stack-rows.ts';
import { latest, type ObservedOperation, SIDES, type Side, withObservation } from './observed-operation.ts';
import { OPERATIONS } from './operations.ts';
import type { Screen } from './screen.ts';
import { changeSentence, type Paint, sideBySide } from './view.ts';

/** What heat-bridge logs. */
export const ENDING = 'ending an overdue operation';
const OBSERVE_MS = 500;

export interface DemoSetup {
  readonly heats: Readonly<Record<Side, Heat>>;
  readonly bridge: Bridge;
  readonly screen: Screen;
  readonly paint: Paint;
  /** Makes every wait throw its reason. */
  readonly signal: AbortSignal;
}

export function createWatcher({ heats, bridge, screen, paint, signal }: DemoSetup) {
  /** By the stack's id. */
  const observed = new Map<string, ObservedOperation>();
  let told = 0;
  const sorted = (): readonly ObservedOperation[] =>
    OPERATIONS.flatMap((one) => [...observed.values()].filter(({ operation }) => operation === one));

  async function observe(): Promise<void> {
    signal.throwIfAborted();
    const found: [side: Side, at: number, rows: readonly StackRow[]][] = [];
    for (const side of SIDES) found.push([side, Date.now(), await stackRows(heats[side])]);
    // What it logged comes before what Heat did then.
    tellOfBridge();
    for (const [side, at, rows] of found) for (const row of rows) add(side, row, at);
    screen.show(sideBySide(sorted(), paint, screen.room));
  }

  function add(side: Side, { id, name, state, reason, began }: StackRow, at: number): void {
    const operation = OPERATIONS.find(({ stack }) => stack === name);
    const one = observed.get(id);
    // Not yet in its operation, or none of them.
    if (operation === undefined || (!one && state !== `${operation.action}_IN_PROGRESS`)) return;
    const observation = { at, state, reason };
    const next = one
      ? withObservation(one, observation)
      : { side, operation, id, began, changes: [observation] as const, lastObservedAt: at };
    observed.set(id, next);
    if (!one || latest(one) !== latest(next)) screen.say(changeSentence(next));
  }

  function tellOfBridge(): void {
    for (const { message, stackId } of bridge.log.slice(told)) {
      told++;
      const one = observed.get(stackId ?? '');
      if (one && message === ENDING)
        screen.say(
          `heat-bridge: the timeout of ${one.operation.stack} has fired: it makes Heat end the operation`,
        );
    }
  }

  /** Observes until a condition holds, at most for so many seconds. @returns whether it held. */
  async function until(condition: () => unknown, seconds: number): Promise<boolean> {
    const giveUpAt = Date.now() + seconds * 1000;
    for (;;) {
      await observe();
      if (await condition()) return true;
      if (Date.now() > giveUpAt) return false;
      await setTimeout(OBSERVE_MS, undefined, { signal }).catch(() => {});
    }
  }

  return {
    observed: sorted,
    until,
    /** Observes for so many seconds. */
    async wait(seconds: number): Promise<void> {
      await until(() => false, seconds);
    },
    /** Observes until some work is done. @throws what the work throws. */
    async during(work: Promise<unknown>): Promise<void> {
      let isDone = false;
      const done = work.finally(() => {
        isDone = true;
      });
      await Promise.all([done, until(() => isDone, Number.POSITIVE_INFINITY)]);
    },
  };
}
