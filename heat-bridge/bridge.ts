/** Keeps the service and Heat in step: watches, ends, resumes. Every step can be repeated. */
import pMap from 'p-map';
import type { Stack } from '../client/index.ts';
import { decideEnd, type EndContext } from './domain/end.ts';
import { type HeatStack, heatDeadline } from './domain/heat.ts';
import { parseNotification } from './domain/notification.ts';
import { decideResume, fingerprint } from './domain/resume.ts';
import { parseTimeout } from './domain/timeout-event.ts';
import { decideWatch, SOURCE } from './domain/watch.ts';
import type { HeatDatabase, HeatRpc, Log, Service } from './ports.ts';

export interface BridgeOptions extends Omit<EndContext, 'now'> {
  /** Only report what would be ended or resumed. */
  readonly dryRun: boolean;
}

export interface BridgeParts {
  readonly database: HeatDatabase;
  readonly rpc: HeatRpc;
  readonly service: Service;
  readonly log: Log;
}

/** How long an engine may take to do what it was told: Heat itself gives a dead one 2 s to answer. */
const AGAIN_MS = 5000;
/** A report is not repeated so soon. */
const DRY_RUN_AGAIN_MS = 60_000;
/** How many stacks one pass looks at: each costs a few queries. */
const MAX_RESUMED = 50;
const CONCURRENCY = 8;

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
  /** Operations to end, and when to look at them next: only reminders, found again by `reconcile`. */
  readonly #ending = new Map<string, { operationId: string; at: number }>();
  /** Since when a stack is as it is. */
  readonly #seen = new Map<string, { fingerprint: string; since: number; pokedAt: number }>();

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
    if (this.#ending.get(timeout.stackId)?.operationId === timeout.operationId) return;
    await this.#end(timeout.stackId, timeout.operationId);
  }

  /** Looks again at what has not ended yet. */
  async continueEnding(): Promise<void> {
    const due = [...this.#ending].filter(([, { at }]) => at <= Date.now());
    await forEach(due, ([stackId, { operationId }]) => this.#end(stackId, operationId));
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
    await forEach([...different.map(({ id }) => id), ...ended], (id) => this.#watch(id));
    const now = await database.now();
    const overdue = heats.filter(
      (one) => this.#dueAt(one) < now && ours.get(one.id)?.operationId !== one.traversal,
    );
    await forEach(overdue, ({ id, traversal }) => this.#end(id, traversal));
  }

  /** Resumes what lost its engine. */
  async resume(): Promise<void> {
    const { database, rpc, log } = this.#parts;
    const { engineGraceSeconds, dryRun } = this.#options;
    if (!(await database.mayResume())) return;
    const started = await database.now();
    const candidates = await database.stacksWithoutEngine(started - engineGraceSeconds * 1000);
    for (const id of this.#seen.keys()) if (!candidates.includes(id)) this.#seen.delete(id);
    // A step may wait in the queue for an engine that is busy.
    if (candidates.length === 0 || (await rpc.waitingSteps()) > 0) return;
    for (const id of candidates.slice(0, MAX_RESUMED)) {
      const view = await database.view(id);
      const now = await database.now();
      const print = fingerprint(view);
      let seen = this.#seen.get(id);
      if (seen?.fingerprint !== print)
        seen = { fingerprint: print, since: now, pokedAt: Number.NEGATIVE_INFINITY };
      this.#seen.set(id, seen);
      if (now - seen.pokedAt < this.#againMs) continue;
      const pokes = decideResume(view, { ...this.#options, now }, seen.since);
      for (const poke of pokes) {
        log('info', dryRun ? 'would resume a step' : 'resuming a step', {
          stackId: id,
          ...poke,
          data: undefined,
        });
        seen.pokedAt = now;
        if (dryRun) continue;
        await rpc.poke(view.stack as HeatStack, poke);
        this.counters.resumed += 1;
      }
    }
  }

  get #againMs(): number {
    return this.#options.dryRun ? DRY_RUN_AGAIN_MS : AGAIN_MS;
  }

  #dueAt = (stack: HeatStack): number =>
    heatDeadline(stack, this.#options.defaultTimeoutSeconds) + this.#options.graceSeconds * 1000;

  async #watch(stackId: string): Promise<void> {
    const { database, service, log } = this.#parts;
    // In this order: what the service knows is never newer than what Heat says.
    const answer = await service.getStack({ stackId });
    if (!answer.ok && answer.error.code !== 'StackNotFound') throw new Error(answer.error.message);
    const [heat] = await database.stacks([stackId]);
    const now = await database.now();
    const decision = decideWatch(heat, answer.ok ? answer.stack : undefined, { ...this.#options, now });
    if (decision.kind === 'nothing') return;
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
    } else log('warn', 'the service refused', { stackId: id, operationId, error: told.error.code });
  }

  /** Takes one step towards the end of an operation, and remembers when to take the next. */
  async #end(stackId: string, operationId: string): Promise<void> {
    const { database, rpc, log } = this.#parts;
    const view = await database.view(stackId);
    const now = await database.now();
    const decision = decideEnd(view, operationId, { ...this.#options, now });
    if (decision.kind === 'done') {
      if (this.#ending.delete(stackId)) log('info', 'overdue operation ended', { stackId, operationId });
      return;
    }
    const later = decision.kind === 'wait' ? decision.until - now : this.#againMs;
    this.#ending.set(stackId, { operationId, at: Date.now() + Math.max(later, 500) });
    if (decision.kind === 'wait') return;
    log('warn', this.#options.dryRun ? 'would end an overdue operation' : 'ending an overdue operation', {
      stackId,
      operationId,
      by: decision.kind,
      overdueSeconds:
        (now - heatDeadline(view.stack as HeatStack, this.#options.defaultTimeoutSeconds)) / 1000,
    });
    if (this.#options.dryRun) return;
    const stack = view.stack as HeatStack;
    if (decision.kind === 'poke') {
      await rpc.poke(stack, decision);
      this.counters.poked += 1;
    } else if (decision.kind === 'force') {
      await database.forceEnd(stackId, decision.traversal);
      this.counters.forced += 1;
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
