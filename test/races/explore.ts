/**
 * Explores every order in which concurrent calls can take effect: a depth-first search over who
 * goes next.
 */

/** What a call reads or writes; `*` is everything. */
export interface Touched {
  readonly what: readonly string[];
  readonly writes: boolean;
}

/** Makes a call when it likes; the call takes effect at that moment, and no other with it. */
export type Schedule = <T>(touched: Touched, call: () => Promise<T>) => Promise<T>;

type Race = (schedule: Schedule) => Promise<void>;

/** More than this means that what is explored does not end, or is too much for a unit test. */
const MOST = 50_000;

/** A call that waits. Along one path it always gets the same number. */
interface Call extends Touched {
  readonly number: number;
}

/** A moment at which all that goes on waits for a call. */
interface Choice {
  /** Those that can be let go. */
  readonly waiting: readonly Call[];
  /**
   * Those that need not be let go here: another run has let them go earlier, and since then nothing
   * has happened that they have to do with (a sleep set).
   */
  readonly asleep: readonly Call[];
  /** Those that were let go, the current one last. */
  readonly taken: Call[];
}

/** Whether it makes no difference which of them goes first. */
const commute = (a: Touched, b: Touched): boolean =>
  !(a.writes || b.writes) ||
  !a.what.some((one) => one === '*' || b.what.includes(one) || b.what.includes('*'));

/**
 * Runs `race` once for each order of its calls: whenever all that it does waits for a call, one of
 * them is let go, and each of them in some run. Orders that differ only in calls that have nothing
 * to do with each other are one.
 *
 * @returns how many orders there are.
 */
export async function exploreAll(race: Race): Promise<number> {
  const path: Choice[] = [];
  let orders = 0;
  do {
    if (await runAlong(path, race)) orders++;
    if (orders > MOST) throw new Error(`more than ${MOST} orders`);
  } while (nextPath(path));
  return orders;
}

/** The last choice that has another way to go takes it. False if there is none. */
function nextPath(path: Choice[]): boolean {
  for (let choice = path.pop(); choice !== undefined; choice = path.pop()) {
    if (goOn(choice)) {
      path.push(choice);
      return true;
    }
  }
  return false;
}

function goOn({ waiting, asleep, taken }: Choice): boolean {
  const not = [...asleep, ...taken].map(({ number }) => number);
  const next = waiting.find(({ number }) => !not.includes(number));
  if (next) taken.push(next);
  return next !== undefined;
}

function choiceAfter(path: readonly Choice[], waiting: readonly Call[]): Choice {
  const last = path.at(-1);
  const current = last?.taken.at(-1);
  if (last === undefined || current === undefined) return { waiting, asleep: [], taken: [] };
  const asleep = [...last.asleep, ...last.taken.slice(0, -1)].filter((call) => commute(call, current));
  return { waiting, asleep, taken: [] };
}

/**
 * One run, along the path and then on, which makes the path longer. False if it came to where every
 * way has been gone in another run: it is left there.
 */
async function runAlong(path: Choice[], race: Race): Promise<boolean> {
  const waiting = new Map<number, { readonly call: Call; readonly go: () => void }>();
  let calls = 0;
  const schedule: Schedule = async (touched, call) => {
    const number = calls++;
    await new Promise<void>((go) => waiting.set(number, { call: { ...touched, number }, go }));
    return call();
  };
  const done = race(schedule);
  // A failure is seen when it is awaited at the end, not before.
  done.catch(() => {});
  for (let depth = 0; ; depth++) {
    await everythingWaits();
    if (waiting.size === 0) break;
    if (depth === path.length) {
      const choice = choiceAfter(
        path,
        [...waiting.values()].map(({ call }) => call),
      );
      if (!goOn(choice)) return false;
      path.push(choice);
    }
    const number = path[depth]?.taken.at(-1)?.number ?? -1;
    const next = waiting.get(number);
    if (next === undefined) throw new Error('a run along the same path went another way');
    waiting.delete(number);
    next.go();
  }
  await done;
  return true;
}

/** All microtasks have run: what is in memory goes on only when a call is let go. */
const everythingWaits = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
