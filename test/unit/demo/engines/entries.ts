import type { Entry } from '../../../../demo/engines/journal.ts';

/** Seconds from the start, an engine, an operation or a resource, and what happens to it. */
export type Line = readonly [seconds: number, subject: string, what: string];

/** A journal in words: `[9, 'server', 'claimed by A, attempt 2']`. An attempt that is not named is the first. */
export function entriesOf(startedAt: number, lines: readonly Line[]): Entry[] {
  let operationId = '';
  return lines.map(([seconds, subject, what]) => {
    if (what.endsWith('begins')) operationId = subject;
    const at = startedAt + seconds * 1000;
    return { at, ...entryOf(at, operationId, subject, what) } as Entry;
  });
}

function entryOf(at: number, operationId: string, subject: string, what: string): object {
  const attempt = Number(/attempt (\d+)/.exec(what)?.[1] ?? 1);
  const piece = { operationId, resource: subject, attempt };
  const [, did, by] = /^(claimed|completed) by (\w)/.exec(what) ?? [];
  if (by) return { kind: 'work', did, engine: by, ...piece };
  const [, told] = /^(\w) told to stop/.exec(what) ?? [];
  if (told) return { kind: 'work', did: 'toldToStop', engine: told, ...piece };
  const [, reporter, answer] = /^reported by (\w): (\w+)/.exec(what) ?? [];
  if (reporter) return { kind: 'lateReport', engine: reporter, answer, ...piece };
  const [, action, how] = /^(CREATE|DELETE) (\w+)/.exec(what) ?? [];
  if (how === 'begins') return { kind: 'operationStarted', operationId, action, deadline: at + 15_000 };
  if (how !== undefined) return { kind: 'operationEnded', operationId, action, ...endOf(how) };
  const id = `${operationId}/${subject}/${what}`;
  const [word] = what.split(',');
  switch (word) {
    case 'queued':
      return { kind: 'published', id, status: 'IN_PROGRESS', phase: 'QUEUED', ...piece };
    case 'published COMPLETE':
      return { kind: 'published', id, status: 'COMPLETE', ...piece };
    case 'noticed':
      return { kind: 'noticed', operationId, resource: subject };
    case 'COMPLETE':
      return { kind: 'resourceEnded', status: 'COMPLETE', cause: 'REPORTED', ...piece };
    case 'CANCELLED':
      return { kind: 'resourceEnded', status: 'FAILED', cause: 'CANCELLED', ...piece };
    default:
      return { kind: 'engine', engine: subject, did: word };
  }
}

const endOf = (how: string): object =>
  how === 'TIMEOUT'
    ? { status: 'FAILED', statusReason: 'Timed out', cause: 'TIMEOUT' }
    : { status: 'COMPLETE', statusReason: 'All of it is there', cause: 'REPORTED' };
