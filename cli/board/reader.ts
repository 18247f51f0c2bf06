/**
 * Reads the service for all browsers together, within a budget of calls, and only while one asks.
 *
 * Each refresh reads what has ended since the last one, and goes on with its round over the stacks
 * in progress, at most `PAGES` pages of it. Single stacks are read while they are in sight, and a
 * few of the others each time, for the numbers of work.
 */
import pMap from 'p-map';
import type { StackTimeoutsClient } from '../../client/client.ts';
import { accepted } from '../../client/errors.ts';
import type { HistoryEntry, ResourceAction, Stack } from '../../contract/index.ts';
import { isCancelled } from '../rows.ts';
import { Shared } from './shared.ts';
import { DAY_MS, KnownStacks } from './stacks.ts';
import type { Failure, OperationLine, OperationsView, Overview, StackView, WorkCounts } from './view.ts';

export type BoardClient = Pick<
  StackTimeoutsClient,
  'listStacks' | 'getStack' | 'getHistory' | 'getResource' | 'cancelOperation' | 'extendOperation'
>;

/** What to tell the reader of an error: what happened, and what to do. */
export type Explain = (error: unknown) => string;

interface Operation {
  readonly stackId: string;
  readonly operationId: string;
}

/** What was read so long ago is read again. */
const FRESH_MS = 1500;
/** Pages of 100 stacks in progress that a refresh reads at most: enough for 1 000 stacks. */
const PAGES = 12;
const PAGE_LIMIT = 100;
/** Pages of stacks that ended, in a refresh. */
const ENDED_PAGES = 5;
/** Of the stacks that failed in the day before the board started: at most 2 000 are shown. */
const BACKLOG_PAGES = 20;
/** Pages of the history, or of the resource actions, of the stack that is open. */
const OPEN_PAGES = 10;
/** Of the stacks out of sight, so many are read after those in sight, if what is known is so old. */
const SURVEY_STACKS = 5;
const SURVEY_MS = 30_000;
/** Calls at a time: the command function's concurrency belongs to the engines. */
const AT_ONCE = 5;
/** What nobody looks at any more is forgotten. */
const UNSEEN_MS = 60_000;
/** The index of ended stacks may lag, and the clocks of two functions differ. */
const OVERLAP_MS = 30_000;
/** How much the clock of this machine may be ahead of the service's. */
const CLOCK_MS = 900_000;

/** What can fail apart from the rest. */
type Reading = 'ended' | 'round' | 'inSight' | 'survey';

export interface StackRead {
  readonly stack: Stack;
  readonly resources: readonly ResourceAction[];
  readonly moreResources: boolean;
}

/** What is remembered of a stack's resource actions. */
interface WorkRead {
  readonly operationId: string;
  readonly counts: WorkCounts;
  /** Of the attempts under way. */
  readonly engines: readonly string[];
  readonly at: number;
}

export class Reader {
  readonly stacks = new KnownStacks();
  readonly #client: BoardClient;
  readonly #now: () => number;
  readonly #explain: Explain;
  readonly #endedRead: Shared<void>;
  readonly #roundRead: Shared<void>;
  readonly #surveyRead: Shared<void>;
  readonly #work = new Map<string, WorkRead>();
  readonly #details = new Map<string, Shared<StackRead | undefined>>();
  readonly #histories = new Map<string, Shared<HistoryRead>>();
  readonly #backlog: EndedStacks;
  readonly #ended: readonly EndedStacks[];
  readonly #begun = Promise.withResolvers<void>();
  #round = 1;
  #roundToken: string | undefined;
  /** By what failed. */
  readonly #failures = new Map<Reading, Failure>();
  #complete = false;

  constructor(client: BoardClient, explain: Explain, now: () => number) {
    this.#client = client;
    this.#explain = explain;
    this.#now = now;
    this.#endedRead = new Shared(FRESH_MS, () => this.#attempt('ended', () => this.#readEnded()));
    this.#roundRead = new Shared(FRESH_MS, () =>
      this.#attempt('round', () => this.#readRound()).finally(this.#begun.resolve),
    );
    this.#surveyRead = new Shared(FRESH_MS, () => this.#attempt('survey', () => this.#survey()));
    this.#backlog = new EndedStacks(client, 'FAILED', now() - DAY_MS);
    this.#ended = (['FAILED', 'COMPLETE'] as const).map(
      (status) => new EndedStacks(client, status, now() - CLOCK_MS),
    );
  }

  get failure(): Failure | undefined {
    const [first] = [...this.#failures.values()].toSorted((a, b) => (a.since < b.since ? -1 : 1));
    return first;
  }

  /** Resolves when the first stacks are known, or could not be read. */
  get begun(): Promise<void> {
    return this.#begun.promise;
  }

  /** Whether every stack in progress was read once. */
  get complete(): boolean {
    return this.#complete;
  }

  /** Whether more stacks failed in the last day than are known. */
  get moreFailed(): boolean {
    return !this.#backlog.finished;
  }

  /** Never rejects: `failure` says what went wrong. */
  async refresh(): Promise<void> {
    await Promise.all([this.#endedRead.get(this.#now()), this.#roundRead.get(this.#now())]);
  }

  /** Reads again at once what a command has changed. */
  changed(stack: Stack): void {
    this.stacks.add(stack, this.#round);
    this.#details.get(stack.stackId)?.expire();
    this.#endedRead.expire();
    for (const [key, history] of this.#histories) if (key.startsWith(`${stack.stackId} `)) history.expire();
  }

  async #attempt(what: Reading, read: () => Promise<unknown>): Promise<void> {
    try {
      await read();
      this.#failures.delete(what);
    } catch (error) {
      const since = this.#failures.get(what)?.since ?? new Date(this.#now()).toISOString();
      this.#failures.set(what, { message: this.#explain(error), since });
    }
  }

  async #readRound(): Promise<void> {
    for (let page = 0; page < PAGES; page++) {
      const nextToken = this.#roundToken;
      const answer = accepted(
        await this.#client.listStacks({ limit: PAGE_LIMIT, ...(nextToken !== undefined && { nextToken }) }),
      );
      for (const stack of answer.stacks) this.stacks.add(stack, this.#round);
      this.#begun.resolve();
      this.#roundToken = answer.nextToken;
      if (answer.nextToken === undefined) {
        this.stacks.forget(this.#round, this.#now());
        this.#prune();
        this.#round++;
        this.#complete = true;
        return;
      }
    }
  }

  async #readEnded(): Promise<void> {
    // What the first screen shows first comes first: each call at the same time may be a cold start.
    await this.begun;
    const isBehind = !this.#backlog.finished && this.#backlog.pages < BACKLOG_PAGES;
    const scans = isBehind ? [...this.#ended, this.#backlog] : this.#ended;
    for (const scan of scans) await scan.read(ENDED_PAGES, this.#add);
  }

  readonly #add = (stack: Stack): void => this.stacks.add(stack, this.#round);

  /** What is known of a stack from the last time it was read. */
  known(stackId: string): StackRead | undefined {
    return this.#details.get(stackId)?.last;
  }

  /** The work of a stack's operation, as far as it was read. */
  workOf({ stackId, operationId }: Operation): WorkCounts | undefined {
    const work = this.#work.get(stackId);
    return work?.operationId === operationId ? work.counts : undefined;
  }

  /** Counted over all stacks in progress whose work was read. */
  get work(): Overview['work'] {
    const read = this.stacks.inProgress.flatMap(({ stackId }) => this.#work.get(stackId) ?? []);
    const sum = (of: (counts: WorkCounts) => number) => read.reduce((all, { counts }) => all + of(counts), 0);
    return {
      stacks: read.length,
      waiting: sum(({ queued }) => queued),
      running: sum(({ running }) => running),
      engines: [...new Set(read.flatMap(({ engines }) => engines))].toSorted(),
    };
  }

  /** Reads the stacks in sight, then some of the others. Never rejects. */
  async readInSight(stackIds: readonly string[]): Promise<void> {
    await this.#attempt('inSight', () =>
      pMap(stackIds, (stackId) => this.stack(stackId), { concurrency: AT_ONCE }),
    );
    void this.#surveyRead.get(this.#now());
  }

  async #survey(): Promise<void> {
    const readAt = ({ stackId }: Operation) => this.#work.get(stackId)?.at ?? 0;
    const old = this.stacks.inProgress.filter((stack) => readAt(stack) < this.#now() - SURVEY_MS);
    for (const { stackId } of old.toSorted((a, b) => readAt(a) - readAt(b)).slice(0, SURVEY_STACKS))
      await this.#readStack(stackId);
  }

  /** Undefined if there is no such stack. */
  stack(stackId: string): Promise<StackRead | undefined> {
    const shared = this.#details.get(stackId) ?? new Shared(FRESH_MS, () => this.#readStack(stackId));
    this.#details.set(stackId, shared);
    return shared.get(this.#now());
  }

  async #readStack(stackId: string): Promise<StackRead | undefined> {
    const resources: ResourceAction[] = [];
    let nextToken: string | undefined;
    let stack: Stack | undefined;
    for (let page = 0; page < OPEN_PAGES; page++) {
      const answer = await this.#client.getStack({ stackId, ...(nextToken !== undefined && { nextToken }) });
      if (!answer.ok && answer.error.code === 'StackNotFound') {
        this.stacks.remove(stackId);
        return undefined;
      }
      const read = accepted(answer);
      stack ??= read.stack;
      resources.push(...read.resources);
      nextToken = read.nextToken;
      if (nextToken === undefined) break;
    }
    if (stack === undefined) return undefined;
    this.#add(stack);
    const moreResources = nextToken !== undefined;
    this.#work.set(stackId, {
      operationId: stack.operationId,
      counts: countWork(resources, moreResources),
      engines: resources.flatMap(({ phase, engineId }) => (phase === 'RUNNING' && engineId) || []),
      at: this.#now(),
    });
    return { stack, resources, moreResources };
  }

  /** The history of an operation. Never rejects. */
  history(stackId: string, operationId: string): Promise<HistoryRead> {
    const key = `${stackId} ${operationId}`;
    let shared = this.#histories.get(key);
    if (shared === undefined) {
      const cache = new HistoryCache(this.#client, this.#explain, { stackId, operationId });
      shared = new Shared(FRESH_MS, () => cache.read());
      this.#histories.set(key, shared);
    }
    return shared.get(this.#now());
  }

  #prune(): void {
    const before = this.#now() - UNSEEN_MS;
    for (const [stackId, { usedAt }] of this.#details) if (usedAt < before) this.#details.delete(stackId);
    const inProgress = new Set(this.stacks.inProgress.map(({ stackId }) => stackId));
    for (const stackId of this.#work.keys()) if (!inProgress.has(stackId)) this.#work.delete(stackId);
    for (const [key, { usedAt }] of this.#histories) if (usedAt < before) this.#histories.delete(key);
  }
}

/** A walk over the stacks that ended after a time, newest first; then over those that ended since. */
class EndedStacks {
  readonly #client: BoardClient;
  readonly #status: 'COMPLETE' | 'FAILED';
  #since: number;
  #newest = 0;
  #token: string | undefined;
  pages = 0;
  /** Whether it has come to the end once. */
  finished = false;

  constructor(client: BoardClient, status: 'COMPLETE' | 'FAILED', since: number) {
    this.#client = client;
    this.#status = status;
    this.#since = since;
  }

  async read(pages: number, add: (stack: Stack) => void): Promise<void> {
    for (let page = 0; page < pages; page++) {
      const nextToken = this.#token;
      const answer = accepted(
        await this.#client.listStacks({
          status: this.#status,
          since: new Date(this.#since).toISOString(),
          limit: PAGE_LIMIT,
          ...(nextToken !== undefined && { nextToken }),
        }),
      );
      this.pages++;
      for (const stack of answer.stacks) {
        add(stack);
        this.#newest = Math.max(this.#newest, Date.parse(stack.endedAt ?? '') || 0);
      }
      this.#token = answer.nextToken;
      if (answer.nextToken !== undefined) continue;
      this.finished = true;
      this.#since = Math.max(this.#since, this.#newest - OVERLAP_MS);
      return;
    }
  }
}

export type HistoryRead = Pick<StackView, 'history' | 'moreHistory' | 'historyFailure'>;

/** Entries never change, so only what is new is read. */
class HistoryCache {
  readonly #client: BoardClient;
  readonly #explain: Explain;
  readonly #operation: Operation;
  readonly #entries = new Map<string, HistoryEntry>();
  #more = false;

  constructor(client: BoardClient, explain: Explain, operation: Operation) {
    this.#client = client;
    this.#explain = explain;
    this.#operation = operation;
  }

  async read(): Promise<HistoryRead> {
    let historyFailure: string | undefined;
    try {
      await this.#readNew();
    } catch (error) {
      historyFailure = this.#explain(error);
    }
    const history = [...this.#entries.values()].toSorted(
      (a, b) => b.at.localeCompare(a.at) || b.version - a.version,
    );
    return { history, moreHistory: this.#more, ...(historyFailure !== undefined && { historyFailure }) };
  }

  async #readNew(): Promise<void> {
    const read: HistoryEntry[] = [];
    let more = false;
    for await (const { history, nextToken } of historyPages(this.#client, this.#operation)) {
      read.push(...history);
      const isKnown = history.some((entry) => this.#entries.has(keyOf(entry)));
      more = nextToken !== undefined && !isKnown;
      if (isKnown) break;
    }
    // Taken as a whole: after a page that could not be read, what is older would count as known.
    for (const entry of read) this.#entries.set(keyOf(entry), entry);
    if (more) this.#more = true;
  }
}

/** The pages of a history, newest first: so many that one answer waits for. */
async function* historyPages(
  client: BoardClient,
  filter: { readonly stackId: string; readonly operationId?: string },
  from?: string | undefined,
) {
  let nextToken = from;
  for (let page = 0; page < OPEN_PAGES; page++) {
    const answer = accepted(
      await client.getHistory({
        ...filter,
        limit: PAGE_LIMIT,
        ...(nextToken !== undefined && { nextToken }),
      }),
    );
    yield answer;
    nextToken = answer.nextToken;
    if (nextToken === undefined) return;
  }
}

const keyOf = ({ resource = '', version, transition }: HistoryEntry): string =>
  `${resource} ${version} ${transition}`;

/** A page of the operations of a stack, newest first, from its history. */
export async function readOperations(
  client: BoardClient,
  stackId: string,
  from: string | undefined,
): Promise<OperationsView> {
  const found = new Map<string, OperationLine>();
  let nextToken: string | undefined;
  for await (const answer of historyPages(client, { stackId }, from)) {
    for (const entry of answer.history) found.set(entry.operationId, withEntry(found, entry));
    nextToken = answer.nextToken;
  }
  return { operations: [...found.values()], ...(nextToken !== undefined && { nextToken }) };
}

function withEntry(found: ReadonlyMap<string, OperationLine>, entry: HistoryEntry): OperationLine {
  const { operationId, resource, action, status, cause, statusReason: reason, at, transition } = entry;
  const known = found.get(operationId) ?? { operationId };
  if (resource !== undefined) return known;
  const start = transition === 'START' && { startedAt: at };
  if (known.status !== undefined) return { ...known, ...start };
  const end = status !== 'IN_PROGRESS' && { endedAt: at };
  return { ...known, action, status, reason, ...(cause && { cause }), ...start, ...end };
}

function countWork(resources: readonly ResourceAction[], more: boolean): WorkCounts {
  const count = (is: (one: ResourceAction) => boolean) => resources.filter(is).length;
  return {
    total: resources.length,
    more,
    delayed: count(({ phase }) => phase === 'DELAYED'),
    queued: count(({ phase }) => phase === 'QUEUED'),
    running: count(({ phase }) => phase === 'RUNNING'),
    backoff: count(({ phase }) => phase === 'BACKOFF'),
    complete: count(({ status }) => status === 'COMPLETE'),
    failed: count((one) => one.status === 'FAILED' && !isCancelled(one)),
    cancelled: count(isCancelled),
  };
}
