/**
 * Sends dead-lettered messages again, at least once: it sends a message before it deletes it. A
 * crash between the two sends it twice, which is harmless (a wake-up has no authority, work is
 * claimed once, the stream's consumers are idempotent). It ends after as many messages as there
 * were at the start.
 */
import { errorMessage } from '../../client/retry.ts';
import type { ParsedDeadLetter } from './dead-letters.ts';
import { emptyReport, type Item, type Report } from './report.ts';

export interface DeadLetter {
  readonly id: string;
  readonly body: string;
}

export interface DeadLetterQueue<L extends DeadLetter = DeadLetter> {
  /** Approximate number of visible messages. */
  count(): Promise<number>;
  /**
   * Up to `limit` (1 to 10) messages, hidden from other receivers for minutes. None: the queue is
   * empty.
   */
  receive(limit: number): Promise<readonly L[]>;
  /** Resolves with those that could not be deleted. */
  delete(messages: readonly L[]): Promise<readonly L[]>;
  /** Makes messages visible again at once. */
  release(messages: readonly L[]): Promise<void>;
}

/**
 * Sends bodies to a queue without delay. Resolves with the ids of those that the queue rejected.
 */
export type Send = (messages: readonly DeadLetter[]) => Promise<ReadonlySet<string>>;

/** A queue to send to, and how to parse what is sent there. */
export interface Destination {
  /** As in "the timer queue". */
  readonly name: string;
  readonly send: Send;
  parse(body: string): ParsedDeadLetter;
}

/** The stream's on-failure destination: a bucket of failure records. */
export interface FailureRecords {
  /** Keys, oldest first. */
  list(): Promise<readonly string[]>;
  read(key: string): Promise<string>;
  delete(key: string): Promise<void>;
}

/** The functions that read the stream. */
export interface StreamFunctions {
  readonly names: readonly string[];
  /**
   * Waits for the function's answer; throws if the function failed, even on a part of the batch.
   */
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

export async function redriveQueue<L extends DeadLetter>(
  source: string,
  queue: DeadLetterQueue<L>,
  destination: Destination,
  options: RedriveOptions,
): Promise<Report> {
  const report = emptyReport(source);
  /** Received and not known to be deleted. */
  const hidden = new Map<string, L>();
  try {
    for (let left = await queue.count(); left > 0; ) {
      const messages = await queue.receive(Math.min(10, left));
      if (messages.length === 0) break;
      left -= messages.length;
      const fresh = messages.filter(({ id }) => !hidden.has(id));
      for (const message of messages) hidden.set(message.id, message);
      for (const { id } of await redriveDeadLetters(fresh, queue, destination, options, report))
        hidden.delete(id);
    }
  } catch (error) {
    report.error = errorMessage(error);
  } finally {
    // A failure is harmless: hidden messages become visible by themselves.
    await queue.release([...hidden.values()]).catch(() => undefined);
  }
  return report;
}

/** Resolves with the messages that were deleted from the queue. */
async function redriveDeadLetters<L extends DeadLetter>(
  messages: readonly L[],
  queue: DeadLetterQueue<L>,
  { name, send, parse }: Destination,
  { dryRun, deleteMalformed }: RedriveOptions,
  report: Report,
): Promise<readonly L[]> {
  const parsed = new Map<L, Item & DeadLetter>();
  const malformed: L[] = [];
  for (const message of messages) {
    const content = parse(message.body);
    if (content.ok) {
      parsed.set(message, { id: message.id, ...content });
    } else {
      malformed.push(message);
      report.malformed.push({ id: message.id, about: content.message, body: excerpt(message.body) });
    }
  }
  if (dryRun) {
    report.sent.push(...[...parsed.values()].map(({ id, about }) => ({ id, about })));
    return [];
  }
  const rejected = parsed.size > 0 ? await send([...parsed.values()]) : new Set();
  const accepted = [...parsed.keys()].filter(({ id }) => !rejected.has(id));
  const toDelete = deleteMalformed ? [...accepted, ...malformed] : accepted;
  const undeleted = toDelete.length > 0 ? await queue.delete(toDelete) : [];
  for (const [message, { id, about }] of parsed) {
    if (rejected.has(id)) report.failed.push({ id, about: `${about}: ${name} rejected it` });
    else if (!undeleted.includes(message)) report.sent.push({ id, about });
    else report.failed.push({ id, about: `${about}: sent, but could not be deleted` });
  }
  return toDelete.filter((message) => !undeleted.includes(message));
}

const EXCERPT_LENGTH = 200;
const excerpt = (body: string): string =>
  body.length > EXCERPT_LENGTH ? `${body.slice(0, EXCERPT_LENGTH)}…` : body;
