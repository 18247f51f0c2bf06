/** Batches: what fits into a call, and what of it failed. */
import type { DeadLetter } from './redrive.ts';

/** SQS limits: entries of a batch, and the bytes of all bodies together (256 KiB, with some room for the rest). */
const BATCH_ENTRIES = 10;
const BATCH_BYTES = 250_000;

/** Splits messages so that each part keeps to the limits of a batch. */
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

/** A batch call answers 200 with the entries that failed. */
export function failedOf<T>(batch: readonly T[], failed: readonly { Id?: string | undefined }[]): T[] {
  const ids = new Set(failed.map(({ Id }) => Id));
  return batch.filter((_, n) => ids.has(String(n)));
}

/** A stream consumer may succeed in part, and say so in its answer. */
export function failedItems(answer: string): number {
  if (answer === '') return 0;
  const { batchItemFailures } = (JSON.parse(answer) ?? {}) as { batchItemFailures?: unknown };
  return Array.isArray(batchItemFailures) ? batchItemFailures.length : 0;
}
