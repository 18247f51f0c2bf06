import { setTimeout as sleep } from 'node:timers/promises';
import { aborted } from '../../../local/interruption.ts';
import type { Random } from '../../simulation/random.ts';
import type { Ledger } from './ledger.ts';
import type { WorkloadRequest } from './observations.ts';
import { type StackScript, scriptOf } from './scripts.ts';

export interface WorkloadOptions {
  readonly random: Random;
  readonly ledger: Ledger;
  /** No script begins after this. */
  readonly endAt: number;
  /** No deadline is asked for that is later. */
  readonly lastDeadline: number;
  /** Between the beginnings of two scripts, on average. */
  readonly everyMs: number;
  readonly signal: AbortSignal;
}

/**
 * Runs a script for one stack after the other, many at a time. Resolves when all of them have
 * ended.
 */
export async function work(options: WorkloadOptions): Promise<ReadonlyMap<string, number>> {
  const { random, endAt, everyMs, signal } = options;
  const kinds = new Map<string, number>();
  const running: Promise<void>[] = [];
  const failure = new AbortController();
  const either = AbortSignal.any([signal, failure.signal]);
  for (let n = 1; Date.now() < endAt; n++) {
    const script = scriptOf(`stack-${n}`, random.fork(`stack-${n}`));
    kinds.set(script.kind, (kinds.get(script.kind) ?? 0) + 1);
    running.push(runScript(script, options, either).catch((error) => failure.abort(error)));
    await sleep(random.between(0, 2 * everyMs), undefined, { signal: either });
  }
  // A request that is being made cannot be taken back: it is not waited for.
  await Promise.race([Promise.all(running), aborted(either)]);
  return kinds;
}

/** Requests that are left when the workload ends are not sent: their operations time out. */
async function runScript(
  { steps }: StackScript,
  options: WorkloadOptions,
  signal: AbortSignal,
): Promise<void> {
  const { ledger, endAt, lastDeadline } = options;
  const beganAt = Date.now();
  for (const { atMs, requests } of steps) {
    const at = beganAt + atMs;
    if (at > endAt) return;
    await sleep(Math.max(0, at - Date.now()), undefined, { signal });
    const most = Math.max(1, Math.floor((lastDeadline - Date.now()) / 1000));
    await Promise.all(requests.map((request) => ledger.ask(clamped(request, most))));
  }
}

const clamped = <R extends WorkloadRequest>(request: R, mostSeconds: number): R =>
  'timeoutSeconds' in request
    ? { ...request, timeoutSeconds: Math.min(request.timeoutSeconds, mostSeconds) }
    : request;
