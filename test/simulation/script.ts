/**
 * What is done in a history: the requests of clients, and the lives of engines. Made from a seed,
 * written as JSON.
 */
import type { Parent, Request, RequestOf } from '../../contract/index.ts';
import type { Random } from './random.ts';

export type Entry = { readonly at: number } & (
  | { readonly request: Request; readonly tries: number }
  | { readonly engine: string; readonly does: EngineMove }
  | Forged
  | HandedOver
);

/**
 * Engines that stop take the work and give it back, one after the other; then the network delivers
 * copies of all that they said.
 */
export interface HandedOver {
  readonly handOver: { readonly stackId: string; readonly operationId: string; readonly resource: string };
  readonly times: number;
}

const FORGED = ['Heartbeat', 'CompleteResource', 'ReleaseResource'] as const;

/**
 * What an engine says that has no say: one thing is wrong about the claim that somebody has at that
 * moment.
 */
export interface Forged {
  readonly forge: (typeof FORGED)[number];
  readonly wrong: 'attempt' | 'claimId';
  readonly of: { readonly stackId: string; readonly operationId: string; readonly resource: string };
}

/** `freeze`: it stands still for minutes, and goes on as if nothing had happened. */
type EngineMove = 'start' | 'stop' | 'kill' | 'freeze';

/** What the handler of an engine does with a resource action: its input. */
export interface Work {
  readonly operationId: string;
  readonly seconds: number;
  readonly ends: 'well' | 'badly' | 'badly for good' | 'badly the first time';
  /** Whether it stops when its signal fires. */
  readonly heeds: boolean;
  /** How many attempts have an output, the later ones having none; undefined: all. */
  readonly outputs?: number;
}

const SECOND = 1000;

/** Whether a schedule is made or a message sent is decided here, in seconds. */
const HORIZON = 120;

/** Mostly short, sometimes long: in seconds. */
function timeout(random: Random): number {
  const kind = random.next();
  if (kind < 0.25) return random.between(1, 10);
  if (kind < 0.55) return random.between(10, 110);
  if (kind < 0.6) return HORIZON;
  if (kind < 0.7) return random.between(HORIZON - 10, HORIZON + 15);
  return kind < 0.95 ? random.between(130, 600) : random.between(600, 5400);
}

/** A moment at which it matters: about the deadline, or anywhere before. */
function moment(random: Random, start: number, seconds: number): number {
  const end = start + seconds * SECOND;
  if (random.chance(0.4)) return Math.max(start, end + random.between(-1500, 1500));
  return random.between(start, end);
}

export function makeScript(random: Random): Entry[] {
  const entries: Entry[] = [];
  const stacks = random.between(1, 4);
  const parents: { stackId: string; operationId: string; at: number; until: number }[] = [];
  for (let s = 1; s <= stacks; s++) {
    // Any of a hundred, so that they come to all shards.
    const stackId = `stack-${100 * s + random.between(0, 99)}`;
    let at = random.between(0, 90) * SECOND + random.between(0, 999);
    for (let o = random.between(1, 3); o > 0; o--) {
      // The characters that identifiers may have are among those that others are put together with.
      const operationId = `op-${stackId}${'/x'.repeat(o)}`;
      const seconds = timeout(random);
      const parent = random.chance(0.35)
        ? parents.findLast((one) => one.at < at && at < one.until)
        : undefined;
      const asked = operation(random, { stackId, operationId, at, seconds, parent });
      entries.push(...asked);
      if (parent && random.chance(0.15))
        entries.push(underOwnChild(parent, { stackId, operationId }, at + random.between(0, 5000)));
      if (parent && random.chance(0.2)) entries.push(endOf(random, parent, at + random.between(-500, 1000)));
      parents.push({ stackId, operationId, at, until: at + seconds * SECOND });
      at = moment(random, at, Math.min(seconds, 900)) + random.between(0, 3000);
      // While the next operation starts, and dispatches the same resources.
      const late = asked.filter(
        (entry) => 'request' in entry && entry.request.command === 'DispatchResource',
      );
      if (late.length > 0 && random.chance(0.3))
        entries.push({ ...random.pick(late), at: at + random.between(0, 2000) });
    }
  }
  if (random.chance(0.1)) entries.push(...longWork(random));
  const end = Math.max(...entries.map((entry) => entry.at));
  if (entries.some((entry) => 'request' in entry && entry.request.command === 'DispatchResource'))
    entries.push(...engines(random, end));
  return entries.sort((a, b) => a.at - b.at);
}

/** A start of the parent under its own child, which is refused as long as that is its child. */
function underOwnChild(stack: Parent, child: Parent, at: number): Entry {
  const operationId = `${stack.operationId}/under`;
  const start = { command: 'StartOperation', stackId: stack.stackId, operationId, action: 'UPDATE' } as const;
  return { at, request: { ...start, timeoutSeconds: 60, supersede: true, parent: child }, tries: 4 };
}

/** An engine sends heartbeats for a long time, or dies. */
function longWork(random: Random): Entry[] {
  const of = { stackId: `stack-${random.between(900, 999)}`, operationId: 'op-long' };
  const at = random.between(0, 5000);
  const ask = (when: number, request: Request): Entry => ({ at: when, request, tries: 20 });
  const work: Work = { operationId: of.operationId, seconds: 2500, ends: 'well', heeds: true };
  const dispatched: Request = {
    command: 'DispatchResource',
    ...of,
    resource: 'long',
    action: 'CREATE',
    input: { ...work },
    startToCloseSeconds: 3000,
    heartbeatSeconds: random.pick([10, 30, 60, 120, 300]),
    retry: { maxAttempts: 3, jitter: 'NONE' },
    onFailure: 'CONTINUE',
  };
  return [
    ask(at, { command: 'StartOperation', ...of, action: 'CREATE', timeoutSeconds: 3500 }),
    ask(at + 1000, dispatched),
    { at: at + 2000, engine: 'worker', does: 'start' },
    ...(random.chance(0.5)
      ? [{ at: random.between(30_000, 400_000), engine: 'worker', does: 'kill' } as const]
      : []),
    ask(random.between(900_000, 1_500_000), { command: 'GetStack', stackId: of.stackId }),
  ];
}

/** Just when something else happens. */
function endOf(
  random: Random,
  { stackId, operationId }: { stackId: string; operationId: string },
  at: number,
): Entry {
  const of = { stackId, operationId };
  const request: Request = random.chance(0.5)
    ? { command: 'CompleteOperation', ...of, status: 'COMPLETE' }
    : { command: 'CancelOperation', ...of };
  return { at, request, tries: 20 };
}

/** Many stacks with an operation each, most of which time out; twenty begin each second. */
export function makeCrowd(random: Random, stacks: number): Entry[] {
  const entries: Entry[] = [];
  const window = Math.max(60, stacks / 20);
  for (let s = 1; s <= stacks; s++) {
    const of = { stackId: `stack-${s}`, operationId: 'op' };
    const at = random.between(0, window * SECOND);
    const seconds = random.between(1, 300);
    const start = { command: 'StartOperation', ...of, action: 'CREATE', timeoutSeconds: seconds } as const;
    entries.push({ at, request: start, tries: 20 });
    const then = random.next();
    if (then > 0.15) continue;
    const request: Request =
      then < 0.05
        ? { command: 'CompleteOperation', ...of, status: 'COMPLETE' }
        : { command: 'ExtendOperation', ...of, timeoutSeconds: random.between(1, 300) };
    entries.push({ at: moment(random, at, seconds), request, tries: 20 });
  }
  return entries;
}

interface Planned {
  readonly stackId: string;
  readonly operationId: string;
  readonly at: number;
  readonly seconds: number;
  readonly parent: { stackId: string; operationId: string } | undefined;
}

function operation(random: Random, { stackId, operationId, at, seconds, parent }: Planned): Entry[] {
  const of = { stackId, operationId };
  const ask = (when: number, request: Request): Entry => ({
    at: when,
    request,
    tries: random.pick([1, 4, 20]),
  });
  const start: Request = {
    command: 'StartOperation',
    ...of,
    action: random.pick(['CREATE', 'UPDATE', 'DELETE']),
    timeoutSeconds: seconds,
    ...(random.chance(0.7) && { supersede: true }),
    ...(parent && { parent: { stackId: parent.stackId, operationId: parent.operationId } }),
  };
  const entries = [ask(at, start)];
  if (random.chance(0.2)) entries.push(ask(at + random.between(0, 5000), start));
  for (let n = random.pick([0, 0, 1, 2]); n > 0; n--) {
    const extend: Request = { command: 'ExtendOperation', ...of, timeoutSeconds: timeout(random) };
    entries.push(ask(moment(random, at, seconds), extend));
  }
  const when = () => moment(random, at, seconds);
  if (random.chance(0.4))
    entries.push(
      ask(when(), { command: 'CompleteOperation', ...of, status: random.pick(['COMPLETE', 'FAILED']) }),
    );
  if (random.chance(0.2)) entries.push(ask(when(), { command: 'CancelOperation', ...of }));
  if (random.chance(0.1)) entries.push(ask(when(), { command: 'GetStack', stackId }));
  if (random.chance(0.05)) entries.push(ask(when(), { command: 'ListStacks' }));
  if (!random.chance(0.6)) return entries;
  for (let n = random.between(1, 4); n > 0; n--) {
    const resource = `${random.chance(0.2) ? 'x/' : ''}resource-${n}`;
    const request = dispatch(random, { ...of, resource }, seconds);
    const begins = random.chance(0.7) ? at + random.between(0, 3000) : when();
    entries.push(ask(begins, request));
    if (random.chance(0.15)) entries.push(ask(begins + random.between(0, 5000), request));
    if (random.chance(0.15))
      entries.push(ask(when(), { command: 'GetResource', stackId, resource: request.resource }));
    if (random.chance(0.15)) entries.push(forge(random, when(), request));
    if (random.chance(0.15)) {
      const { delaySeconds = 0, startToCloseSeconds } = request;
      const cancel: Request = { command: 'CancelResource', ...of, resource };
      const at = begins + random.between(0, (delaySeconds + startToCloseSeconds) * SECOND);
      entries.push(ask(at, cancel));
      if (random.chance(0.3)) entries.push(ask(at + random.between(0, 5000), cancel));
    }
    if (random.chance(0.1))
      entries.push({ at: begins + 200, handOver: { ...of, resource }, times: random.pick([1, 2, 3, 25]) });
  }
  return entries;
}

function dispatch(
  random: Random,
  of: { stackId: string; operationId: string; resource: string },
  operationSeconds: number,
): RequestOf<'DispatchResource'> {
  const startToCloseSeconds = random.chance(0.5) ? random.between(1, 40) : timeout(random);
  // Longer than a gap between canaries may be, or not.
  const isLong = startToCloseSeconds > 120 && random.chance(0.5);
  const heartbeatSeconds = isLong
    ? random.between(101, Math.min(300, startToCloseSeconds))
    : random.between(2, 30);
  const delaySeconds = random.chance(0.25) ? random.pick([1, 20, HORIZON, 200]) + random.between(0, 20) : 0;
  const scheduleToCloseSeconds =
    delaySeconds + startToCloseSeconds + random.between(0, Math.max(10, operationSeconds));
  const input: Work = {
    operationId: of.operationId,
    seconds: random.chance(0.7) ? random.between(0, startToCloseSeconds) : startToCloseSeconds * 3,
    ends: random.pick(['well', 'well', 'well', 'badly', 'badly for good', 'badly the first time']),
    heeds: random.chance(0.7),
    ...(random.chance(0.5) && { outputs: 1 }),
  };
  return {
    command: 'DispatchResource',
    ...of,
    action: 'CREATE',
    startToCloseSeconds,
    input: { ...input },
    ...(delaySeconds > 0 && { delaySeconds }),
    ...(random.chance(0.3) && { scheduleToCloseSeconds }),
    ...(random.chance(0.2) && {
      scheduleToStartSeconds: random.between(1, Math.min(scheduleToCloseSeconds - delaySeconds, 60)),
    }),
    ...(random.chance(0.6) && heartbeatSeconds <= startToCloseSeconds && { heartbeatSeconds }),
    ...(random.chance(0.7) && {
      retry: {
        maxAttempts: random.between(1, 4),
        intervalSeconds: random.pick([1, 5, 30]),
        jitter: random.pick(['FULL', 'NONE']),
      },
    }),
    ...(random.chance(0.5) && { onFailure: 'CONTINUE' }),
  };
}

function forge(
  random: Random,
  at: number,
  { stackId, operationId, resource }: RequestOf<'DispatchResource'>,
): Entry {
  const command = random.pick(FORGED);
  return {
    at,
    forge: command,
    wrong: random.pick(['attempt', 'claimId']),
    of: { stackId, operationId, resource },
  };
}

function engines(random: Random, end: number): Entry[] {
  const entries: Entry[] = [];
  for (let n = random.between(0, 3); n > 0; n--) {
    const engine = `engine-${n}`;
    let at = random.between(0, 60_000);
    entries.push({ at, engine, does: 'start' });
    for (let moves = random.between(0, 4); moves > 0; moves--) {
      at = random.between(at, Math.max(at, end));
      const does = random.pick(['stop', 'kill', 'freeze'] as const);
      entries.push({ at, engine, does });
      if (does !== 'freeze') {
        at += random.between(0, 30_000);
        entries.push({ at, engine, does: 'start' });
      }
    }
  }
  return entries;
}
