/** Runs a case of the plan on a deployment, and records what it sees. */
import type { StackTimeoutsClient } from '../../client/client.ts';
import type { WorkMessage } from '../../client/engine/work-queue.ts';
import { accepted } from '../../client/errors.ts';
import { errorMessage } from '../../client/retry.ts';
import { type HistoryEntry, parseWork, type ResourceAction, type Stack } from '../../contract/index.ts';
import { scheduleName } from '../../lambdas/domain/timer.ts';
import type { Parts, Schedule } from './parts.ts';
import type { Case } from './plan.ts';

export interface WorkObservation {
  /** Whether the work message of the attempt was on the work queue. */
  readonly messages: Readonly<Record<number, boolean>>;
  /** By when the first engine had to send a heartbeat. */
  readonly heartbeatDeadline?: string;
  /** As it was offered to the second engine. */
  readonly offered?: ResourceAction;
  /** What the first engine was answered then: an error code, or `ok`. */
  readonly zombie?: string;
  /** As the second engine left it. */
  readonly ended?: ResourceAction;
}

/** What was seen of a case. What is absent was not reached. */
export interface Observation {
  readonly started?: Stack;
  /** Of its timer as it was started. */
  readonly schedule?: Schedule;
  /** As its deadline was moved. */
  readonly moved?: Stack;
  /** As it was read last. */
  readonly stack?: Stack;
  readonly child?: Stack;
  readonly work?: WorkObservation;
  /** Whether schedules were left some time after the end. */
  readonly schedulesLeft?: boolean;
  /** Of its stack, once its end was told. Undefined if that was not told in time. */
  readonly history?: readonly HistoryEntry[];
  /** Why it could not be run to its end. */
  readonly error?: string;
}

type Seen = { -readonly [K in keyof Observation]: Observation[K] };
type SeenWork = { -readonly [K in keyof WorkObservation]: WorkObservation[K] } & {
  readonly messages: Record<number, boolean>;
};

export interface Context {
  readonly client: StackTimeoutsClient;
  readonly parts: Pick<Parts, 'settings' | 'schedule' | 'deleteSchedule' | 'workQueue'>;
  /** What the ids of all stacks begin with. */
  readonly prefix: string;
  /** Fires when the user wants to stop. */
  readonly stop: AbortSignal;
  /** The operations that may be in progress, by stack. */
  readonly running: Map<string, string>;
  /** The operations whose work messages may be on the work queue. */
  readonly dispatched: Set<string>;
  now(): number;
  sleep(milliseconds: number, stop: AbortSignal): Promise<unknown>;
  newId(): string;
}

const POLL_MS = 1000;
/** While a deadline is further away than that. */
const SLOW_POLL_MS = 5000;
/** How long a schedule may take to come and to go, and a work message to come. */
const PATIENCE_MS = 30_000;
/** So long after its deadline nothing touches the row of an operation that was completed. */
const QUIET_MS = 5000;

/** @throws only if `stop` has fired. */
export async function runCase(one: Case, context: Context): Promise<Observation> {
  const seen: Seen = {};
  try {
    await run(one, context, seen);
  } catch (error) {
    context.stop.throwIfAborted();
    seen.error = errorMessage(error);
  }
  return seen;
}

async function run(one: Case, context: Context, seen: Seen): Promise<void> {
  const { parts, now } = context;
  const { timeoutSeconds, step, latestMs, patienceMs } = one;
  const stackId = `${context.prefix}/${one.name}`;
  const stack = await start(context, stackId, timeoutSeconds);
  seen.started = stack;
  // By the clock of the service: this machine's may be wrong.
  const clockDifference = Date.parse(stack.startedAt) - now();
  const timeLeft = ({ deadline }: Stack) => Date.parse(deadline) - now() - clockDifference;
  const readUntil = async (isDone: (stack: Stack) => boolean, of: string): Promise<Stack> => {
    for (;;) {
      const read = accepted(await context.client.getStack({ stackId: of })).stack;
      if (hasEnded(read)) context.running.delete(of);
      if (isDone(read)) return read;
      const isLong = !hasEnded(read) && timeLeft(read) > SLOW_POLL_MS;
      await context.sleep(isLong ? SLOW_POLL_MS : POLL_MS, context.stop);
    }
  };
  const schedules = one.isFar ? [scheduleOf(stack)] : [];
  for (const name of schedules) {
    const schedule = await until(() => parts.schedule(name), PATIENCE_MS, context);
    if (schedule === undefined) throw new Error(`it got no schedule within ${PATIENCE_MS / 1000} s`);
    seen.schedule = schedule;
  }
  if (one.hasChild) {
    const { operationId } = stack;
    seen.child = await start(context, `${stackId}/child`, timeoutSeconds, { stackId, operationId });
    schedules.push(scheduleOf(seen.child));
  }
  await takeStep(one, context, stack, seen);
  if (seen.stack === undefined) {
    seen.stack = await readUntil((now) => hasEnded(now) || timeLeft(now) < -patienceMs, stackId);
  } else if (!one.isFar) {
    seen.stack = await readUntil((now) => timeLeft(now) < -QUIET_MS, stackId);
  }
  if (seen.child !== undefined) {
    const endBy = now() + Math.max(latestMs, PATIENCE_MS);
    seen.child = await readUntil((child) => hasEnded(child) || now() >= endBy, seen.child.stackId);
  }
  const allGone = async () => {
    const found = await Promise.all(schedules.map((name) => parts.schedule(name)));
    return found.every((schedule) => schedule === undefined) || undefined;
  };
  seen.schedulesLeft = (await until(allGone, PATIENCE_MS, context)) === undefined;
  if (!hasEnded(seen.stack) || !parts.settings.keepsHistory) return;
  const told = await until(() => toldHistory(context, stackId, step), PATIENCE_MS, context);
  if (told !== undefined) seen.history = told;
}

async function takeStep({ step, latestMs }: Case, context: Context, stack: Stack, seen: Seen): Promise<void> {
  switch (step?.kind) {
    case 'move':
      seen.moved = await move(context, stack, step.timeoutSeconds);
      break;
    case 'deleteSchedule':
      await context.parts.deleteSchedule(scheduleOf(stack));
      break;
    case 'work':
      await work(context, stack, { heartbeatSeconds: step.heartbeatSeconds, latestMs }, seen);
      seen.stack = await end(context, stack, 'complete');
      break;
    case 'complete':
    case 'cancel':
      seen.stack = await end(context, stack, step.kind);
      break;
    case undefined:
      break;
  }
}

/** The history of a stack, as soon as it tells of every end. */
async function toldHistory(
  { client }: Context,
  stackId: string,
  step: Case['step'],
): Promise<HistoryEntry[] | undefined> {
  const { history } = accepted(await client.getHistory({ stackId }));
  const ends = history.filter(({ status }) => status !== 'IN_PROGRESS');
  return ends.length < (step?.kind === 'work' ? 2 : 1) ? undefined : history;
}

const hasEnded = ({ status }: Stack): boolean => status !== 'IN_PROGRESS';

/** The name of the schedule that the first timer of a new stack gets. */
const scheduleOf = ({ stackId, operationId, deadline }: Stack): string => {
  const dueAt = Date.parse(deadline);
  return scheduleName({ stackId, operationId, generation: 1, dueAt, setAt: dueAt });
};

async function start(
  { client, running, newId, stop }: Context,
  stackId: string,
  timeoutSeconds: number,
  parent?: Pick<Stack, 'stackId' | 'operationId'>,
): Promise<Stack> {
  stop.throwIfAborted();
  const operationId = newId();
  // It may have started even if no answer comes.
  running.set(stackId, operationId);
  const request = {
    stackId,
    operationId,
    action: 'CHECK',
    timeoutSeconds,
    ...(parent && { parent }),
  } as const;
  return accepted(await client.startOperation(request)).stack;
}

async function move({ client }: Context, stack: Stack, timeoutSeconds: number): Promise<Stack> {
  const { stackId, operationId } = stack;
  return accepted(await client.extendOperation({ stackId, operationId, timeoutSeconds })).stack;
}

async function end({ client, running }: Context, of: Stack, how: 'complete' | 'cancel'): Promise<Stack> {
  const { stackId, operationId } = of;
  const { stack } = accepted(
    how === 'complete'
      ? await client.completeOperation({ stackId, operationId, status: 'COMPLETE' })
      : await client.cancelOperation({ stackId, operationId }),
  );
  running.delete(stackId);
  return stack;
}

/** No engine has a handler for it, unless it takes everything. */
const RESOURCE_TYPE = 'StackTimeouts::Verify';
const RESOURCE = 'work';

/** Is two engines: one that claims and falls silent, and one that does the work after it. */
async function work(
  context: Context,
  { stackId, operationId }: Stack,
  { heartbeatSeconds, latestMs }: { heartbeatSeconds: number; latestMs: number },
  seen: Seen,
): Promise<void> {
  const { client, dispatched } = context;
  const action = { stackId, operationId, resource: RESOURCE };
  const observed: SeenWork = { messages: {} };
  seen.work = observed;
  dispatched.add(operationId);
  accepted(
    await client.dispatchResource({
      ...action,
      action: 'CHECK',
      resourceType: RESOURCE_TYPE,
      startToCloseSeconds: 600,
      heartbeatSeconds,
      retry: { maxAttempts: 2 },
    }),
  );
  const claim = async (attempt: number) => {
    observed.messages[attempt] = await takeMessage(context, operationId, attempt);
    const engine = { engineId: `${context.prefix}/engine-${attempt}`, claimId: context.newId() };
    const claimed = accepted(await client.claimResource({ ...action, attempt, ...engine }));
    return { ...claimed.resource, claimId: engine.claimId };
  };
  const first = await claim(1);
  observed.heartbeatDeadline = first.heartbeatDeadline ?? '';
  const offered = await until(
    async () => {
      const { resource } = accepted(await client.getResource({ stackId, resource: RESOURCE }));
      return resource.attempt === 2 && resource.phase === 'QUEUED' ? resource : undefined;
    },
    2 * heartbeatSeconds * 1000 + latestMs,
    context,
  );
  if (offered === undefined) throw new Error('its work was not given to another engine');
  observed.offered = offered;
  const beat = await client.heartbeat({ ...action, attempt: 1, claimId: first.claimId });
  observed.zombie = beat.ok ? 'ok' : beat.error.code;
  const { claimId } = await claim(2);
  if (Object.values(observed.messages).every(Boolean)) dispatched.delete(operationId);
  const completed = await client.completeResource({ ...action, attempt: 2, claimId, status: 'COMPLETE' });
  observed.ended = accepted(completed).resource;
}

/**
 * Takes the work message of an attempt off the work queue, and gives back at once what belongs to
 * others.
 * @returns whether it was there
 */
async function takeMessage(context: Context, operationId: string, attempt: number): Promise<boolean> {
  const { stop } = context;
  const taken = await until(
    async () => (await takeOwn(context, new Set([operationId]), stop)).includes(attempt) || undefined,
    PATIENCE_MS,
    context,
  );
  return taken === true;
}

/** @returns the attempts that the messages which were taken are about. */
async function takeOwn(
  { parts: { workQueue } }: Pick<Context, 'parts'>,
  operationIds: ReadonlySet<string>,
  stop: AbortSignal,
): Promise<number[]> {
  const attempts: number[] = [];
  for (const message of await workQueue.receive(10, stop)) {
    const { operationId, attempt } = workOf(message);
    if (operationId !== undefined && operationIds.has(operationId)) {
      await workQueue.delete(message);
      attempts.push(attempt);
    } else await workQueue.putBack?.(message);
  }
  return attempts;
}

const workOf = ({ body }: WorkMessage) => {
  const parsed = parseWork(body);
  return parsed.ok ? parsed.value : { operationId: undefined, attempt: 0 };
};

/** Reads until there is something, or the time is over. */
async function until<T>(
  read: () => Promise<T | undefined>,
  withinMs: number,
  { now, sleep, stop }: Context,
): Promise<T | undefined> {
  const endBy = now() + withinMs;
  for (;;) {
    stop.throwIfAborted();
    const found = await read();
    if (found !== undefined || now() >= endBy) return found;
    await sleep(POLL_MS, stop);
  }
}

/** How long the last look at the work queue may take. */
const LAST_LOOK_MS = 5000;

/**
 * Cancels what still runs, and takes what is left of its work off the work queue.
 * @returns the stacks whose operation may still be in progress
 */
export async function cleanUp(context: Context): Promise<string[]> {
  const { client, running, dispatched } = context;
  const left = await Promise.all(
    [...running].map(async ([stackId, operationId]) => {
      const reason = 'Cancelled by stack-timeouts verify';
      // A refusal: it has ended, or has never started.
      return client.cancelOperation({ stackId, operationId, reason }).then(
        () => [],
        () => [stackId],
      );
    }),
  );
  if (dispatched.size > 0) {
    // If it fails, an engine is refused the claim, or the message expires within a day.
    await takeOwn(context, dispatched, AbortSignal.timeout(LAST_LOOK_MS)).catch(() => undefined);
  }
  return left.flat();
}
