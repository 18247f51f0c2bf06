/** Proves a deployment: runs every case, reads its parts, and judges. */
import type { StackTimeoutsClient } from '../../client/client.ts';
import { errorMessage } from '../../client/retry.ts';
import { statesOf } from '../restore/restore.ts';
import { type Finding, judge, judgeDeployment, judgeHistory, type Read } from './judge.ts';
import type { Parts } from './parts.ts';
import type { Case } from './plan.ts';
import { type Context, cleanUp, runCase } from './run.ts';

export interface Environment extends Pick<Context, 'now' | 'sleep' | 'newId'> {
  /** A case has ended. */
  onEnded(one: Case): void;
}

export interface Report {
  readonly findings: readonly Finding[];
  /** Stacks whose operation could not be cancelled: it ends at its deadline. */
  readonly left: readonly string[];
  /** Whether the user has stopped it. */
  readonly interrupted: boolean;
}

export async function verify(
  client: StackTimeoutsClient,
  parts: Parts,
  { plan, prefix, stop }: { plan: readonly Case[]; prefix: string; stop: AbortSignal },
  environment: Environment,
): Promise<Report> {
  const { now, sleep, newId, onEnded } = environment;
  const context: Context = {
    client,
    parts,
    prefix,
    stop,
    running: new Map(),
    dispatched: new Set(),
    now,
    sleep,
    newId,
  };
  const before = await read(() => parts.alarms());
  const settled = await Promise.allSettled(
    plan.map(async (one) => {
      const seen = await runCase(one, context);
      onEnded(one);
      return { one, seen };
    }),
  );
  const left = await cleanUp(context);
  if (stop.aborted) return { findings: [], left, interrupted: true };
  const observed = settled.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []));
  const [deadLetters, triggers, after, canary, concurrency] = await Promise.all([
    Promise.all(
      parts.deadLetters.map(async ({ name, count }) => ({ name, count: await read(() => count()) })),
    ),
    read(async () => statesOf(await parts.triggers())),
    read(() => parts.alarms()),
    read(() => parts.canary()),
    read(() => parts.concurrency()),
  ]);
  const alarms = { before, after };
  // By the clock of the service, as the canary is: this machine's may be wrong.
  const ends = observed.flatMap(({ seen: { stack } }) => (stack?.endedAt ? Date.parse(stack.endedAt) : []));
  const lastEnd = ends.length > 0 ? Math.max(...ends) : now();
  const inspection = { deadLetters, triggers, alarms, canary, concurrency, lastEnd };
  return {
    findings: [
      ...observed.map(({ one, seen }) => judge(one, seen, parts.settings)),
      judgeHistory(observed, parts.settings),
      ...judgeDeployment(inspection, parts.settings),
    ],
    left,
    interrupted: false,
  };
}

const read = <T>(from: () => Promise<T>): Promise<Read<T>> =>
  from().then(
    (value) => ({ value }),
    (error: unknown) => ({ error: errorMessage(error) }),
  );
