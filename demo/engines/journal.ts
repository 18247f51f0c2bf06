/** What happens in act two, moment by moment. Times are milliseconds since 1970, of clocks of this one machine. */
import type { Action, Phase, ResourceActionCause, Stack, Status } from '../../contract/index.ts';

/** A resource action. */
export interface Piece {
  readonly operationId: string;
  readonly resource: string;
}
/** An attempt, and the engine that it is on. */
export interface EngineAttempt extends Piece {
  readonly engine: string;
  readonly attempt: number;
}

export type Entry = { readonly at: number } & (
  | EngineEntry
  | WorkEntry
  | LateReport
  | Noticed
  | Published
  | ResourceEnded
  | OperationStarted
  | OperationEnded
);

/** What was done to an engine's process. */
interface EngineEntry {
  readonly kind: 'engine';
  readonly engine: string;
  readonly did: 'started' | 'killed' | 'stopped' | 'continued';
}
/** Told by an engine. `toldToStop`: its attempt was given away. */
interface WorkEntry extends EngineAttempt {
  readonly kind: 'work';
  readonly did: 'claimed' | 'completed' | 'toldToStop';
}
/** An engine reported an attempt as completed that had been given away: the refusal's code, or that it was accepted. */
interface LateReport extends EngineAttempt {
  readonly kind: 'lateReport';
  readonly answer: string;
}
/** An engine was declared lost. */
interface Noticed extends Piece {
  readonly kind: 'noticed';
}
/** A change of status or phase was published; the same `id` is the same change. */
interface Published extends Piece {
  readonly kind: 'published';
  readonly id: string;
  readonly attempt: number;
  readonly status: Status;
  readonly phase?: Phase | undefined;
}
interface ResourceEnded extends Piece {
  readonly kind: 'resourceEnded';
  readonly attempt: number;
  readonly status: Status;
  readonly cause?: ResourceActionCause | undefined;
}
interface OperationStarted {
  readonly kind: 'operationStarted';
  readonly operationId: string;
  readonly action: Action;
  readonly deadline: number;
}
interface OperationEnded {
  readonly kind: 'operationEnded';
  readonly operationId: string;
  readonly action: Action;
  readonly status: Status;
  readonly statusReason: string;
  readonly cause?: Stack['cause'];
}

export interface Journal {
  /** In the order in which they came to be known; see `inOrder`. */
  readonly entries: readonly Entry[];
  add(entry: Entry): unknown;
}

export function createJournal(): Journal {
  const entries: Entry[] = [];
  return { entries, add: (entry) => entries.push(entry) };
}

/** In the order of time: logs are read later than they are written. */
export const inOrder = (entries: readonly Entry[]): Entry[] => entries.toSorted((a, b) => a.at - b.at);
