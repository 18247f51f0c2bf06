/** Gives every live row a new timer, one request of the command function after the other. */
import { RefusedError } from '../../client/errors.ts';
import { type RetryOptions, withRetries } from '../../client/retry.ts';
import type { Transport } from '../../client/transport.ts';
import type { Refusal } from '../../contract/index.ts';
import type { RearmAnswer, RearmRequest } from '../../contract/rearm.ts';

/** Rearms one page of rows. */
export type RearmPage = (request: RearmRequest) => Promise<RearmAnswer>;

/** @throws RefusedError, InvocationError */
export function rearmThrough(transport: Transport, retry: RetryOptions = {}): RearmPage {
  return async (request) => {
    const answer = await withRetries<RearmAnswer | Refusal>(
      async () => JSON.parse(await transport.invoke(JSON.stringify(request))),
      retry,
    );
    if (!answer.ok) throw new RefusedError(answer);
    return answer;
  };
}

export interface RearmOptions {
  /**
   * Timers set at this time or later stay as they are.
   * @default the service's time
   */
  readonly before?: Date | undefined;
  /** Rows a second. */
  readonly rate: number;
  readonly dryRun: boolean;
}

/**
 * EventBridge Scheduler's quota for CreateSchedule is 250 a second in small regions. Timers above
 * it get no wake-up, and the sweep ends them late.
 */
export const DEFAULT_REARM_RATE = 200;

export interface RearmCounts {
  readonly rearmed: number;
  readonly failed: number;
}

export interface Rearmed extends RearmCounts {
  /** Timers set before this time were to be rearmed; undefined before the first answer. */
  readonly before: string | undefined;
}

export async function rearmAll(
  rearmPage: RearmPage,
  { before, rate, dryRun }: RearmOptions,
  clock: { now(): number; sleep(milliseconds: number): Promise<unknown> },
  onPage: (soFar: Rearmed) => void,
): Promise<Rearmed> {
  const startedAt = clock.now();
  let total: Rearmed = { before: before?.toISOString(), rearmed: 0, failed: 0 };
  let nextToken: string | undefined;
  do {
    const page = await rearmPage({
      rearm: true,
      ...(total.before !== undefined && { before: total.before }),
      ...(dryRun && { dryRun }),
      ...(nextToken !== undefined && { nextToken }),
    });
    total = {
      before: page.before,
      rearmed: total.rearmed + page.rearmed,
      failed: total.failed + page.failed,
    };
    onPage(total);
    nextToken = page.nextToken;
    const ahead = startedAt + (total.rearmed / rate) * 1000 - clock.now();
    if (!dryRun && nextToken !== undefined && ahead > 0) await clock.sleep(ahead);
  } while (nextToken !== undefined);
  return total;
}
