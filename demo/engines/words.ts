/** The journal in words, for whoever watches. */
import { isSamePiece, lossesOf } from './history.ts';
import { type EngineAttempt, type Entry, inOrder } from './journal.ts';
import { STACK_ID } from './plan.ts';

const seconds = (milliseconds: number): string => `${(milliseconds / 1000).toFixed(1)} s`;

/** An entry in words; undefined if it is not worth a line. `entries` holds it and all others. */
export function inWords(
  entry: Entry,
  entries: readonly Entry[],
  pids: ReadonlyMap<string, number>,
): string | undefined {
  switch (entry.kind) {
    case 'engine':
      return engineInWords(entry, entries, pids);
    case 'work': {
      const { engine, resource, attempt, did } = entry;
      const which = attempt === 1 ? '' : `, attempt ${attempt}`;
      if (did === 'claimed') return `engine ${engine} works on ${resource}${which}`;
      if (did === 'toldToStop') return `engine ${engine} is told to stop working on ${resource}${which}`;
      return undefined;
    }
    case 'lateReport': {
      const { engine, resource, answer } = entry;
      return `engine ${engine} reports ${resource} as done: ${answer}${holderNow(entry, entries)}`;
    }
    case 'noticed': {
      const loss = lossesOf(entries).find((one) => isSamePiece(one, entry) && one.noticedAt === entry.at);
      if (loss === undefined) return undefined;
      const { engine, resource, how, at } = loss;
      return `${resource}: engine ${engine} declared lost, ${seconds(entry.at - at)} after it was ${how}`;
    }
    case 'resourceEnded': {
      const { resource, status, cause, attempt } = entry;
      if (cause === 'CANCELLED') return `${resource} ends with its operation`;
      if (status !== 'COMPLETE') return `${resource} is ${status}`;
      return `${resource} is COMPLETE${attempt > 1 ? `, by attempt ${attempt}` : ''}`;
    }
    case 'operationStarted': {
      const { action, deadline } = entry;
      return `${action} of stack ${STACK_ID} starts, deadline ${timeOfDay(deadline)}`;
    }
    case 'operationEnded': {
      const { action, status, statusReason, cause } = entry;
      const late = cause === 'TIMEOUT' ? `, ${lateness(entry, entries)} after its deadline` : '';
      return `stack ${STACK_ID} is ${action}_${status}: ${statusReason}${late}`;
    }
    case 'published':
      return undefined;
  }
}

/** Who has the work that a late report was about. */
function holderNow(report: EngineAttempt & { readonly at: number }, entries: readonly Entry[]): string {
  const claim = inOrder(entries).findLast(
    (entry) =>
      entry.kind === 'work' &&
      entry.did === 'claimed' &&
      entry.at <= report.at &&
      entry.attempt > report.attempt &&
      isSamePiece(entry, report),
  );
  return claim?.kind === 'work' ? `, attempt ${claim.attempt} is on engine ${claim.engine}` : '';
}

function lateness(
  { operationId, at }: { readonly operationId: string; readonly at: number },
  entries: readonly Entry[],
): string {
  const started = entries.find(
    (entry) => entry.kind === 'operationStarted' && entry.operationId === operationId,
  );
  return started?.kind === 'operationStarted' ? seconds(at - started.deadline) : '-';
}

const timeOfDay = (at: number): string => new Date(at).toISOString().slice(11, 19);

function engineInWords(
  entry: Extract<Entry, { kind: 'engine' }>,
  entries: readonly Entry[],
  pids: ReadonlyMap<string, number>,
): string {
  const { engine, did } = entry;
  switch (did) {
    case 'started':
      return `engine ${engine} starts, process ${pids.get(engine)}`;
    case 'continued':
      return `engine ${engine}: continued (SIGCONT), unaware of what has happened meanwhile`;
    case 'killed':
    case 'stopped': {
      const work = lossesOf(entries).filter((loss) => loss.engine === engine && loss.at === entry.at);
      const middle = work.map(({ resource }) => resource).join(' and ');
      const signal = did === 'killed' ? 'SIGKILL' : 'SIGSTOP';
      const left = isAnyAlive(entry, entries) ? '' : '; no engine is alive';
      return `engine ${engine}: ${did} (${signal})${middle && ` in the middle of ${middle}`}${left}`;
    }
  }
}

/** After an entry. */
function isAnyAlive(last: Entry, entries: readonly Entry[]): boolean {
  const alive = new Set<string>();
  for (const entry of inOrder(entries)) {
    if (entry.kind === 'engine' && entry.did === 'killed') alive.delete(entry.engine);
    else if (entry.kind === 'engine') alive.add(entry.engine);
    if (entry === last) break;
  }
  return alive.size > 0;
}
