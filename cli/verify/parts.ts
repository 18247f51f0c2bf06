/** What verify reads of a deployment besides what the command function answers. */
import type { WorkQueue } from '../../client/engine/work-queue.ts';
import type { Trigger } from '../restore/restore.ts';
import type { Settings } from './plan.ts';

export interface Schedule {
  /** `at(2026-01-31T12:00:00)`, in UTC. */
  readonly expression: string;
  readonly targetArn: string;
  readonly input: string;
  /** Whether it deletes itself when it has fired. */
  readonly deletesItself: boolean;
}

export interface Alarm {
  readonly name: string;
  readonly isOn: boolean;
}

export interface Canary {
  /** Milliseconds since the epoch. */
  readonly succeededAt?: number;
  readonly failedAt?: number;
}

export interface Concurrency {
  /** What the account has left for functions without a reserved concurrency. */
  readonly unreserved: number;
  /** What `wake` may take of it. */
  readonly wake: number;
}

export interface Parts {
  readonly settings: Settings;
  readonly workQueue: WorkQueue;
  /** The schedule of this name, if there is one. */
  schedule(name: string): Promise<Schedule | undefined>;
  deleteSchedule(name: string): Promise<void>;
  /** What keeps dead letters, and how many there are. */
  readonly deadLetters: readonly { readonly name: string; count(): Promise<number> }[];
  triggers(): Promise<readonly Pick<Trigger, 'name' | 'state'>[]>;
  /** Whose names begin with the deployment's. */
  alarms(): Promise<readonly Alarm[]>;
  canary(): Promise<Canary>;
  /** Undefined on an emulator, which has no quotas. */
  concurrency(): Promise<Concurrency | undefined>;
}
