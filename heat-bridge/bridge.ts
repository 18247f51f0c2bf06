/** Keeps the service and Heat in step: watches, ends, resumes. Every step can be repeated. */
import pMap from 'p-map';
import type { Stack } from '../client/index.ts';
import { decideEnd, type EndContext, type EndStep } from './domain/end.ts';
import { type HeatStack, heatDeadline, isInProgress } from './domain/heat.ts';
import { parseNotification } from './domain/notification.ts';
import { decideResume, fingerprint } from './domain/resume.ts';
import { parseTimeout } from './domain/timeout-event.ts';
import { decideWatch, SOURCE } from './domain/watch.ts';
import type { HeatDatabase, HeatRpc, Log, Service } from './ports.ts';

export interface BridgeOptions extends Omit<EndContext, 'now' | 'toldAt'> {
  /** Only report what would be ended or resumed. */
  readonly dryRun: boolean;
}

export interface BridgeParts {
  readonly database: HeatDatabase;
  readonly rpc: HeatRpc;
  readonly service: Service;
  readonly log: Log;
  /** Milliseconds of a monotonic clock. */
  readonly clock: () => number;
}

interface Ending {
  readonly operationId: string;
  /** When to look at it next. */
  readonly at: number;
  /** Or as soon as there is an engine. */
  readonly waitsForEngine: boolean;
  /** When a message to the engines was first sent, by the clock of Heat's database. */
  readonly toldAt: number | undefined;
}

/** How long an engine may take to do what it was told: Heat itself gives a dead one 2 s to answer. */
const AGAIN_MS = 5000;
/**
 * How long a step that was resumed may look as if it were not. Heat takes a step from a dead engine in
 * two writes, after the 2 s. A second message between the two makes Heat take the step for done.
 */
const RESUMING_MS = 15_000;
/** A report is not repeated so soon. */
const DRY_RUN_AGAIN_MS = 60_000;
/** No stack is looked at more often. */
const MIN_WAIT_MS = 500;
/** How many stacks one pass looks at: each costs a few queries. */
const MAX_RESUMED = 50;
const CONCURRENCY = 8;
/** How often one notification compares its stack. */
const MAX_COMPARISONS = 5;

export class Bridge {
  readonly counters = {
    notifications: 0,
    garbage: 0,
    timeouts: 0,
    started: 0,
    completed: 0,
    poked: 0,
    cancelled: 0,
    forced: 0,
    resumed: 0,
  };
  readonly #parts: BridgeParts;
  readonly #options: BridgeOptions;
  /** Operations to end: only reminders, found again by `reconcile`. */
  readonly #ending = new Map<string, Ending>();
  /** Since when a stack is as it is. */
  readonly #seen = new Map<string, { fingerprint: string; since: number }>();
  /** When each step was resumed last. */
  readonly #resumedAt = new Map<string, number>();
  /** When another bridge may have resumed any step. */
  #othersAt = Number.NEGATIVE_INFINITY;
  /** The next pass goes on after this stack: one that cannot be resumed keeps no other from it. */
  #lastResumed = '';

  constructor(parts: BridgeParts, options: BridgeOptions) {
    this.#parts = parts;
    this.#options = options;
  }

  /** @throws Error if the stack could not be looked at: the notification must come again. */
  async handleNotification(body: string): Promise<void> {
    this.counters.notifications += 1;
    const notification = parseNotification(body);
    if (notification.ok) return this.#watch(notification.stackId);
    this.counters.garbage += 1;
    this.#parts.log('warn', 'a notification says nothing of a stack', { reason: notification.reason });
  }

  /** @throws Error if the stack could not be looked at: the event must come again. */
  async handleTimeout(body: string): Promise<void> {
    const timeout = parseTimeout(body);
    if (timeout === undefined) return;
    this.counters.timeouts += 1;
    await this.#beginToEnd(timeout.stackId, timeout.operationId);
  }

  /** Looks again at what has not ended yet. */
  async continueEnding(): Promise<void> {
    const { database, rpc, clock } = this.#parts;
    const all = [...this.#ending];
    if (all.length === 0) return;
    // Once for all: without an engine, each of a thousand stacks would be looked at again and again.
    const engineIsBack =
      all.some(([, { waitsForEngine }]) => waitsForEngine) &&
      (await database.hasLivingEngine(this.#options.engineGraceSeconds));
    const due = all.filter(([, one]) => one.at <= clock() || (one.waitsForEngine && engineIsBack));
    // Engines without a free thread leave messages in the queue. Without a broker, SQL may still end it.
    const busy =
      due.some(([, { toldAt }]) => toldAt !== undefined) && (await rpc.waitingSteps().catch(() => 0)) > 0;
    await forEach(due, ([stackId, { operationId }]) => this.#end(stackId, operationId, busy));
  }

  /** Compares all stacks: finds what no notification and no event has told. */
  async reconcile(): Promise<void> {
    const { database, service } = this.#parts;
    // In this order: what the service knows is never newer than what Heat says.
    const ours = new Map<string, Stack>();
    for await (const stack of service.stacks())
      if (stack.metadata?.source === SOURCE) ours.set(stack.stackId, stack);
    const heats = await database.stacksInProgress();
    const inProgress = new Set(heats.map(({ id }) => id));
    const different = heats.filter(({ id, traversal }) => ours.get(id)?.operationId !== traversal);
    const ended = [...ours.keys()].filter((id) => !inProgress.has(id));
    const watched = forEach([...different.map(({ id }) => id), ...ended], (id) => this.#watch(id));
    // A stack that the service refuses keeps no other from its end.
    await watched.catch(() => {});
    const now = await database.now();
    const overdue = heats.filter(
      (one) => this.#dueAt(one) < now && ours.get(one.id)?.operationId !== one.traversal,
    );
    await forEach(overdue, ({ id, traversal }) => this.#beginToEnd(id, traversal));
    await watched;
  }

  /** Resumes what lost its engine. */
  async resume(): Promise<void> {
    const { database, rpc, log } = this.#parts;
    const { engineGraceSeconds, dryRun } = this.#options;
    // A dry run must not keep another bridge from it.
    const since = dryRun ? this.#othersAt : await database.resumesSince();
    if (since === undefined) return;
    this.#othersAt = Math.max(this.#othersAt, since);
    const started = await database.now();
    const candidates = (await database.stacksWithoutEngine(started - engineGraceSeconds * 1000)).sort();
    for (const id of this.#seen.keys()) if (!candidates.includes(id)) this.#seen.delete(id);
    if (candidates.length === 0) return;
    // A step may wait in the queue for an engine that is busy.
    const waits = (await rpc.waitingSteps()) > 0;
    this.#forgetResumed(started, waits);
    if (waits) return;
    const later = (id: string) => id > this.#lastResumed;
    const inTurn = [...candidates.filter(later), ...candidates.filter((id) => !later(id))];
    for (const id of inTurn.slice(0, MAX_RESUMED)) {
      this.#lastResumed = id;
      const view = await database.view(id);
      const now = await database.now();
      const print = fingerprint(view);
      let seen = this.#seen.get(id);
      if (seen?.fingerprint !== print) seen = { fingerprint: print, since: now };
      this.#seen.set(id, seen);
      const pokes = decideResume(view, { ...this.#options, now }, seen.since);
      for (const poke of pokes) {
        const step = `${poke.traversal} ${poke.resourceId} ${poke.isUpdate}`;
        const resumedAt = Math.max(this.#othersAt, this.#resumedAt.get(step) ?? Number.NEGATIVE_INFINITY);
        if (this.#isUnderWay(resumedAt, now)) continue;
        log('info', dryRun ? 'would resume a step' : 'resuming a step', {
          stackId: id,
          ...poke,
          data: undefined,
        });
        this.#resumedAt.set(step, now);
        if (dryRun) continue;
        await rpc.poke(view.stack as HeatStack, poke);
        this.counters.resumed += 1;
      }
    }
  }

  /** Forgets the steps that are no longer under way. While steps wait for an engine, they may be among them. */
  #forgetResumed(now: number, waits: boolean): void {
    if (waits && this.#isUnderWay(this.#othersAt, now)) this.#othersAt = now;
    for (const [step, at] of this.#resumedAt) {
      if (!this.#isUnderWay(at, now)) this.#resumedAt.delete(step);
      else if (waits) this.#resumedAt.set(step, now);
    }
  }

  #isUnderWay(resumedAt: number, now: number): boolean {
    return now - resumedAt < (this.#options.dryRun ? DRY_RUN_AGAIN_MS : RESUMING_MS);
  }

  get #againMs(): number {
    return this.#options.dryRun ? DRY_RUN_AGAIN_MS : AGAIN_MS;
  }

  #dueAt = (stack: HeatStack): number =>
    heatDeadline(stack, this.#options.defaultTimeoutSeconds) + this.#options.graceSeconds * 1000;

  /** @throws Error if others change the stack each time. */
  async #watch(stackId: string): Promise<void> {
    for (let comparisons = 0; comparisons < MAX_COMPARISONS; comparisons++)
      if (await this.#compareOnce(stackId)) return;
    throw new Error(`stack ${stackId} changes too often`);
  }

  /** Compares a stack with the service once, and tells it one thing. False: compare again. */
  async #compareOnce(stackId: string): Promise<boolean> {
    const { database, service, log } = this.#parts;
    // In this order: what the service knows is never newer than what Heat says.
    const answer = await service.getStack({ stackId });
    if (!answer.ok && answer.error.code !== 'StackNotFound') throw new Error(answer.error.message);
    const [heat] = await database.stacks([stackId]);
    const now = await database.now();
    const decision = decideWatch(heat, answer.ok ? answer.stack : undefined, { ...this.#options, now });
    if (decision.kind === 'nothing') return true;
    const told =
      decision.kind === 'start'
        ? await service.startOperation(decision.fields)
        : await service.completeOperation(decision.fields);
    const { stackId: id, operationId } = decision.fields;
    if (told.ok) {
      this.counters[decision.kind === 'start' ? 'started' : 'completed'] += 1;
      log('info', decision.kind === 'start' ? 'operation started' : 'operation ended', {
        stackId: id,
        operationId,
        action: heat?.action,
        status: heat?.status,
      });
      // What has ended for another operation to begin.
      return decision.kind === 'start' || !isInProgress(heat);
    }
    log('warn', 'the service refused', { stackId: id, operationId, error: told.error.code });
    // Another bridge, or another notification, was faster.
    const again = decision.kind === 'start' ? told.error.code === 'OperationInProgress' : isInProgress(heat);
    return !again;
  }

  async #beginToEnd(stackId: string, operationId: string): Promise<void> {
    if (this.#ending.get(stackId)?.operationId !== operationId) await this.#end(stackId, operationId);
  }

  /**
   * Takes one step towards the end of an operation, and remembers when to take the next.
   *
   * @param busy whether messages to the engines wait in their queue
   */
  async #end(stackId: string, operationId: string, busy = false): Promise<void> {
    const { database, log } = this.#parts;
    const view = await database.view(stackId);
    const now = await database.now();
    const before = this.#ending.get(stackId);
    const toldAt = before?.operationId === operationId ? before.toldAt : undefined;
    const decision = decideEnd(view, operationId, { ...this.#options, toldAt, now });
    if (decision.kind === 'done') {
      if (this.#ending.delete(stackId)) log('info', 'overdue operation ended', { stackId, operationId });
      return;
    }
    const remember = (milliseconds: number, more: Partial<Ending> = {}) => {
      const at = this.#parts.clock() + Math.max(milliseconds, MIN_WAIT_MS);
      this.#ending.set(stackId, { operationId, at, toldAt, waitsForEngine: false, ...more });
    };
    if (decision.kind === 'wait') return remember(decision.until - now);
    if (decision.kind === 'wait_for_engine') return remember(decision.until - now, { waitsForEngine: true });
    remember(this.#againMs);
    // The message that was sent is among those that wait.
    if (decision.kind === 'poke' && toldAt !== undefined && busy) return;
    const stack = view.stack as HeatStack;
    log('warn', this.#options.dryRun ? 'would end an overdue operation' : 'ending an overdue operation', {
      stackId,
      operationId,
      by: decision.kind,
      overdueSeconds: (now - heatDeadline(stack, this.#options.defaultTimeoutSeconds)) / 1000,
    });
    if (this.#options.dryRun) return;
    await this.#apply(decision, stack);
    remember(this.#againMs, { toldAt: toldAt ?? now });
  }

  async #apply(decision: EndStep, stack: HeatStack): Promise<void> {
    const { database, rpc } = this.#parts;
    if (decision.kind === 'poke') {
      await rpc.poke(stack, decision);
      this.counters.poked += 1;
    } else if (decision.kind === 'force') {
      if (await database.forceEnd(stack.id, decision.traversal)) this.counters.forced += 1;
    } else {
      await rpc.cancel(stack, decision.kind === 'cancel_update');
      this.counters.cancelled += 1;
    }
  }
}

/** One that fails stops no other; the first failure is thrown in the end. */
async function forEach<T>(items: readonly T[], work: (item: T) => Promise<void>): Promise<void> {
  const failures: unknown[] = [];
  await pMap(items, (item) => work(item).catch((error) => failures.push(error)), {
    concurrency: CONCURRENCY,
  });
  if (failures.length > 0) throw failures[0];
}
