/** Looks at the stack from outside: asks for it, reads the functions' logs, and changes nothing. */
import type { StackTimeoutsClient } from '../../client/client.ts';
import { accepted } from '../../client/errors.ts';
import type { ResourceAction, Stack } from '../../contract/index.ts';
import type { Logs } from '../logs.ts';
import { type ResourceEvidence, toEntry } from './evidence.ts';
import type { Entry, Journal } from './journal.ts';
import { createMissedNotices } from './missed-notices.ts';

/** An operation as it was last seen. */
export interface Seen {
  readonly stack: Stack;
  readonly resources: readonly ResourceAction[];
}

export interface Observer {
  /** Writes what is new into the journal. */
  look(): Promise<void>;
  /** By operationId. */
  readonly seen: ReadonlyMap<string, Seen>;
}

export function createObserver(
  stackId: string,
  client: StackTimeoutsClient,
  logs: Logs<ResourceEvidence>,
  journal: Journal,
): Observer {
  const seen = new Map<string, Seen>();
  const noted = new Set<string>();
  const once = (id: string, note: () => void) => {
    if (noted.has(id)) return;
    noted.add(id);
    note();
  };

  function noteStack({ operationId, action, status, statusReason, cause, endedAt }: Stack): void {
    if (endedAt === undefined) return;
    const about = { at: Date.parse(endedAt), operationId, action, status, statusReason, cause };
    once(operationId, () => journal.add({ ...about, kind: 'operationEnded' }));
  }
  function noteResource({ operationId, resource, attempt, status, cause, endedAt }: ResourceAction): void {
    if (endedAt === undefined) return;
    const about = { at: Date.parse(endedAt), operationId, resource, attempt, status, cause };
    once(`${operationId}\n${resource}`, () => journal.add({ ...about, kind: 'resourceEnded' }));
  }

  const missed = createMissedNotices();
  const note = (entry: Entry) => {
    if (entry.kind !== 'noticed' || !missed.wasInferred(entry)) journal.add(entry);
  };

  return {
    seen,
    async look() {
      const answer = await client.getStack({ stackId });
      if (!answer.ok && answer.error.code === 'StackNotFound') return;
      // One page holds all of it.
      const { stack, resources } = accepted(answer);
      for (const resource of resources) noteResource(resource);
      noteStack(stack);
      seen.set(stack.operationId, { stack, resources });
      for (const line of await logs.read()) if (line.stackId === stackId) note(toEntry(line));
      for (const resource of resources) missed.look(resource, journal);
    },
  };
}
