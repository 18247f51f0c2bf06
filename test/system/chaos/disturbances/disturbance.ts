import type { StackTimeoutsClient } from '../../../../client/index.ts';
import type { Random } from '../../../simulation/random.ts';
import type { Deployment } from '../deployment.ts';
import type { Fleet } from '../fleet.ts';
import type { Ledger } from '../ledger.ts';
import type { DeadLetter } from '../observations.ts';
import type { Observer } from '../observer.ts';

/** The parts of a run that disturbances act on. */
export interface DisturbanceContext {
  readonly deployment: Deployment;
  readonly client: StackTimeoutsClient;
  readonly fleet: Fleet;
  readonly observer: Observer;
  readonly ledger: Ledger;
  /** The folder of the emulator, which tells its processes from all others of the machine. */
  readonly emulatorFolder: string;
  /** What means nothing and was put on a queue. */
  readonly garbage: DeadLetter[];
  /** Wake-ups that were repeated, to be sent again later. */
  readonly wakeUps: string[];
  count(what: string, times?: number): void;
}

export interface Disturbed {
  /** What it has done, for people. */
  readonly what: string;
  /** How long it is to last. */
  readonly lastsMs?: number;
  undo?(): Promise<void> | void;
}

/** Something that goes wrong. It does nothing if there is nothing to disturb. */
export type Disturbance = (context: DisturbanceContext, random: Random) => Promise<Disturbed | undefined>;
