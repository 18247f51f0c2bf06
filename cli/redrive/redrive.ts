/**
 * Brings dead letters back to where they belong. At least once: a message is sent first and deleted after, so that a
 * crash between the two repeats it, and repeating is harmless (a wake-up has no authority, work is claimed once, the
 * stream's consumers are repeatable). Bounded: it ends when as many messages were seen as there were at the start.
 */
import { errorMessage } from '../../client/retry.ts';
import type { ReadDeadLetter } from './dead-letters.ts';

export interface DeadLetter {
  readonly id: string;
  readonly body: string;
}

/** A dead-letter queue. */
export interface DeadLetterQueue<L extends DeadLetter = DeadLetter> {
  /** About how many messages there are to be received. */
  count(): Promise<number>;
  /** At most `limit` (1 to 10) messages, hidden from other receivers for minutes. None: the queue is empty. */
  receive(limit: number): Promise<readonly L[]>;
  /** The answer holds those that could not be deleted. */
  delete(messages: readonly L[]): Promise<readonly L[]>;
  /** Makes messages visible again at once. */
  release(messages: readonly L[]): Promise<void>;
}

/** Sends bodies to a queue without delay. The answer holds the ids of those that the queue did not take. */
export type Send = (messages: readonly DeadLetter[]) => Promise<ReadonlySet<string>>;

/** Where messages go, and what they must be to go there. */
export interface Destination {
  /** As in "the timer queue". */
  readonly name: string;
  readonly send: Send;
  read(body: string): ReadDeadLetter;
}

/** The bucket of the stream's failure records. */
export interface FailureRecords {
  /** The keys, oldest first. */
  list(): Promise<readonly string[]>;
  read(key: string): Promise<string>;
  delete(key: string): Promise<void>;
}

/** The functions that read the stream. */
export interface StreamFunctions {
  readonly names: readonly string[];
  /** Waits for the function's answer; throws if it failed, also if it failed in part. */
  invoke(functionArn: string, payload: string): Promise<void>;
}

export interface DeadLetters {
  readonly timers: DeadLetterQueue;
  readonly schedules: DeadLetterQueue;
  readonly sendWakeUps: Send;
  readonly work: DeadLetterQueue;
  readonly workRule: DeadLetterQueue;
  readonly sendWork: Send;
  readonly stream: FailureRecords;
  readonly streamFunctions: StreamFunctions;
}

export interface RedriveOptions {
  readonly dryRun: boolean;
  readonly deleteMalformed: boolean;
}

export interface Item {
  readonly id: string;
  /** What it is about, or what is wrong with it. */
  readonly about: string;
}

export interface Report {
  readonly source: string;
  /** In a dry run: what would be sent. */
  readonly sent: Item[];
  /** Left where they are, or deleted if that was asked for. */
  readonly malformed: Item[];
  /** Left where they are, to be tried again. */
  readonly failed: Item[];
  /** Why it ended before all was seen. */
  error?: string;
}

export const newReport = (source: string): Report => ({ source, sent: [], malformed: [], failed: [] });

export async function redriveQueue<L extends DeadLetter>(
  source: string,
  queue: DeadLetterQueue<L>,
  destination: Destination,
  options: RedriveOptions,
): Promise<Report> {
  const report = newReport(source);
  const held = new Map<string, L>();
  try {
    for (let left = await queue.count(); left > 0; ) {
      const messages = await queue.receive(Math.min(10, left));
      if (messages.length === 0) break;
      left -= messages.length;
      const fresh = messages.filter(({ id }) => !held.has(id));
      // Held until proven deleted, so that what follows may fail at any point.
      for (const message of messages) held.set(message.id, message);
      for (const { id } of await redriveDeadLetters(fresh, queue, destination, options, report))
        held.delete(id);
    }
  } catch (error) {
    report.error = errorMessage(error);
  } finally {
    // Failing here is harmless: hidden messages become visible by themselves.
    await queue.release([...held.values()]).catch(() => undefined);
  }
  return report;
}

/** The messages that are gone from the queue afterwards. */
async function redriveDeadLetters<L extends DeadLetter>(
  messages: readonly L[],
  queue: DeadLetterQueue<L>,
  { name, send, read }: Destination,
  { dryRun, deleteMalformed }: RedriveOptions,
  report: Report,
): Promise<readonly L[]> {
  const readable = new Map<L, Item & DeadLetter>();
  const malformed: L[] = [];
  for (const message of messages) {
    const content = read(message.body);
    if (content.ok) {
      readable.set(message, { id: message.id, ...content });
    } else {
      malformed.push(message);
      report.malformed.push({ id: message.id, about: `${content.message}: ${excerpt(message.body)}` });
    }
  }
  if (dryRun) {
    report.sent.push(...[...readable.values()].map(({ id, about }) => ({ id, about })));
    return [];
  }
  const refused = readable.size > 0 ? await send([...readable.values()]) : new Set();
  const accepted = [...readable.keys()].filter(({ id }) => !refused.has(id));
  const toDelete = deleteMalformed ? [...accepted, ...malformed] : accepted;
  const undeleted = toDelete.length > 0 ? await queue.delete(toDelete) : [];
  for (const [message, { id, about }] of readable) {
    if (refused.has(id)) report.failed.push({ id, about: `${about}: ${name} did not take it` });
    else if (!undeleted.includes(message)) report.sent.push({ id, about });
    else report.failed.push({ id, about: `${about}: sent, but could not be deleted` });
  }
  return toDelete.filter((message) => !undeleted.includes(message));
}

const EXCERPT_LENGTH = 200;
/** Enough of a body to tell whose it is. */
const excerpt = (body: string): string =>
  JSON.stringify(body.length > EXCERPT_LENGTH ? `${body.slice(0, EXCERPT_LENGTH)}…` : body);
