/** The limits of SQS batch calls, and their partial failures. */
import type { DeadLetter } from './redrive.ts';

/**
 * The limits of a batch: its entries, and the bytes of all bodies (256 KiB, less some room for the
 * rest).
 */
const BATCH_ENTRIES = 10;
const BATCH_BYTES = 250_000;

/** Splits messages into batches within the limits. */
export function batches<L extends DeadLetter>(messages: readonly L[]): L[][] {
  const parts: L[][] = [];
  let bytes = 0;
  for (const message of messages) {
    const size = Buffer.byteLength(message.body);
    const last = parts.at(-1);
    if (last === undefined || last.length === BATCH_ENTRIES || bytes + size > BATCH_BYTES) {
      parts.push([message]);
      bytes = size;
    } else {
      last.push(message);
      bytes += size;
    }
  }
  return parts;
}

/** A batch call answers 200 and lists the entries that failed. */
export function failedEntries<T>(batch: readonly T[], failed: readonly { Id?: string | undefined }[]): T[] {
  const ids = new Set(failed.map(({ Id }) => Id));
  return batch.filter((_, n) => ids.has(String(n)));
}

/** How many records of its batch a stream consumer reports as failed. */
export function batchItemFailures(answer: string): number {
  if (answer === '') return 0;
  const parsed = JSON.parse(answer) as { batchItemFailures?: unknown } | null;
  return Array.isArray(parsed?.batchItemFailures) ? parsed.batchItemFailures.length : 0;
}
