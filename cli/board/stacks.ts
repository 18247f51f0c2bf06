/**
 * All stacks that the board knows: those in progress, and those that failed in the last day. Pure.
 */
import type { Stack } from '../../contract/index.ts';
import { byDeadline, newestFirst } from '../rows.ts';
import type { Overview, Page, Show, StackLine } from './view.ts';

export const DAY_MS = 86_400_000;
const HOUR_MS = 3_600_000;
const MINUTE_MS = 60_000;
/** A stack that ended is remembered this long, so that an older page does not revive it. */
const REMEMBERED_MS = 120_000;

const PAGE_SIZE = 20;

export interface Selection {
  /** A part of the stack id, in any case. */
  readonly search: string;
  readonly show: Show;
  readonly page: number;
  readonly failedPage: number;
}

interface Known {
  readonly stack: Omit<Stack, 'metadata'>;
  /** The round over the stacks in progress that has seen it last. */
  round: number;
}

export class KnownStacks {
  readonly #known = new Map<string, Known>();

  /** Takes what was read of a stack, unless something newer is known. */
  add({ metadata: _, ...stack }: Stack, round: number): void {
    const known = this.#known.get(stack.stackId);
    if (known && !isNewer(stack, known.stack)) {
      known.round = Math.max(known.round, round);
      return;
    }
    this.#known.set(stack.stackId, { stack, round });
  }

  get inProgress(): Known['stack'][] {
    return this.#all.filter(({ status }) => status === 'IN_PROGRESS');
  }

  get #all(): Known['stack'][] {
    return [...this.#known.values()].map(({ stack }) => stack);
  }

  remove(stackId: string): void {
    this.#known.delete(stackId);
  }

  /**
   * Forgets what has ended long ago, and what two rounds over the stacks in progress have not seen:
   * one round may miss a stack whose deadline moves meanwhile.
   */
  forget(round: number, now: number): void {
    for (const [stackId, { stack, round: seen }] of this.#known) {
      const keepMs = stack.status === 'FAILED' ? DAY_MS : REMEMBERED_MS;
      const gone = stack.endedAt === undefined ? seen < round - 1 : Date.parse(stack.endedAt) < now - keepMs;
      if (gone) this.#known.delete(stackId);
    }
  }

  /** The page of those in progress that is asked for. */
  inSight(selection: Selection, now: number): Page<StackLine> {
    const shown = this.inProgress.filter(found(selection)).filter(showing(now)[selection.show]);
    return pageOf(byDeadline(shown), selection.page);
  }

  overview(
    selection: Selection,
    now: number,
  ): Pick<Overview, 'hour' | 'inProgress' | 'failed'> & { numbers: Omit<Overview['numbers'], 'moreFailed'> } {
    const { inProgress } = this;
    const failed = this.#all.filter(
      ({ status, endedAt = '' }) => status === 'FAILED' && Date.parse(endedAt) > now - DAY_MS,
    );
    const isIn = showing(now);
    return {
      numbers: {
        inProgress: inProgress.length,
        dueWithinHour: inProgress.filter(isIn.hour).length,
        overdue: inProgress.filter(isIn.overdue).length,
        failed: failed.length,
        timedOut: failed.filter(({ cause }) => cause === 'TIMEOUT').length,
      },
      hour: hourOf(inProgress, now),
      inProgress: this.inSight(selection, now),
      failed: pageOf(newestFirst(failed.filter(found(selection))), selection.failedPage),
    };
  }
}

const found = ({ search }: Selection): ((stack: StackLine) => boolean) => {
  const wanted = search.toLowerCase();
  return ({ stackId }) => stackId.toLowerCase().includes(wanted);
};

function showing(now: number): Record<Show, (stack: StackLine) => boolean> {
  const due = ({ deadline }: StackLine) => Date.parse(deadline) - now;
  return {
    all: () => true,
    hour: (stack) => due(stack) >= 0 && due(stack) < HOUR_MS,
    overdue: (stack) => due(stack) < 0,
  };
}

/** Versions rise as long as the row is there; a stack that has expired begins anew. */
const isNewer = (one: Known['stack'], other: Known['stack']): boolean =>
  one.startedAt > other.startedAt || (one.startedAt === other.startedAt && one.version > other.version);

function hourOf(stacks: readonly StackLine[], now: number): Overview['hour'] {
  const from = Math.floor(now / MINUTE_MS) * MINUTE_MS;
  const counts = new Array<number>(60).fill(0);
  for (const { deadline } of stacks) {
    const minute = Math.floor((Date.parse(deadline) - from) / MINUTE_MS);
    if (minute >= 0 && minute < counts.length) counts[minute] = (counts[minute] ?? 0) + 1;
  }
  return { from: new Date(from).toISOString(), counts };
}

/** The page asked for, or the last one. */
function pageOf(stacks: readonly Stack[], asked: number): Page<StackLine> {
  const pages = Math.max(1, Math.ceil(stacks.length / PAGE_SIZE));
  const page = Math.min(Math.max(1, asked), pages);
  const items = stacks
    .slice((page - 1) * PAGE_SIZE, page * PAGE_SIZE)
    .map(({ version: _, ...line }): StackLine => line);
  return { items, page, pages, count: stacks.length };
}
