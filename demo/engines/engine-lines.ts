/** What an engine tells, a line of JSON each, and what of it goes into the journal. */
import type { AttemptKey, EngineEvent } from '../../client/index.ts';
import type { Entry } from './journal.ts';

/** `at` is in milliseconds since 1970. */
export type EngineLine = { readonly at: number } & (
  | { readonly type: 'ready' }
  | EngineEvent
  | (AttemptKey & { readonly type: 'lateReport'; readonly answer: string })
);

/** Whether a lost attempt was given to another engine, and not lost with its operation. */
export const isGivenAway = (event: EngineEvent): boolean =>
  event.type === 'lost' && event.reason.startsWith('StaleAttempt');

const DID = { claimed: 'claimed', completed: 'completed', lost: 'toldToStop' } as const;

/** Undefined: nothing that matters here. */
export function toEntry(engine: string, line: EngineLine): Entry | undefined {
  const { at } = line;
  switch (line.type) {
    case 'ready':
      return { at, kind: 'engine', engine, did: 'started' };
    case 'claimed':
    case 'completed':
    case 'lost': {
      if (line.type === 'lost' && !isGivenAway(line)) return undefined;
      const { type, operationId, resource, attempt } = line;
      return { at, kind: 'work', did: DID[type], engine, operationId, resource, attempt };
    }
    case 'lateReport': {
      const { operationId, resource, attempt, answer } = line;
      return { at, kind: 'lateReport', engine, operationId, resource, attempt, answer };
    }
    default:
      return undefined;
  }
}
