/** What a handler's end becomes in CompleteResource. */
import { MAX_PAYLOAD_BYTES, MAX_REASON_BYTES } from '../../contract/index.ts';
import type { Fields } from '../client.ts';
import { reasonOf } from '../retry.ts';
import { WorkFailed } from './work.ts';

export type Outcome = Pick<Fields<'CompleteResource'>, 'status' | 'reason' | 'retryable' | 'output'>;

/** Never rejects. */
export async function outcomeOf(handle: () => Promise<unknown>): Promise<Outcome> {
  try {
    return withOutput({ status: 'COMPLETE' }, await handle());
  } catch (error) {
    const { retryable, output } =
      error instanceof WorkFailed ? error : { retryable: true, output: undefined };
    return withOutput({ status: 'FAILED', reason: shortened(textOf(error)), retryable }, output);
  }
}

/** An output that nobody can take is a defect of the handler: doing the work again would not change it. */
export function withoutOutput(outcome: Outcome, why: string): Outcome {
  if (outcome.status === 'FAILED') {
    const { output: _, ...rest } = outcome;
    return { ...rest, reason: shortened(`${outcome.reason} (its output cannot be reported: ${why})`) };
  }
  return { status: 'FAILED', reason: shortened(`its output cannot be reported: ${why}`), retryable: false };
}

function withOutput(outcome: Outcome, output: unknown): Outcome {
  if (output === undefined) return outcome;
  let json: string | undefined;
  try {
    json = JSON.stringify(output);
  } catch (error) {
    return withoutOutput(outcome, textOf(error));
  }
  if (json === undefined) return withoutOutput(outcome, `a ${typeof output} is no JSON`);
  // The service checks it all; but the largest do not even get there.
  const bytes = new TextEncoder().encode(json).length;
  if (bytes > MAX_PAYLOAD_BYTES) {
    return withoutOutput(outcome, `it has ${bytes} bytes as JSON, at most ${MAX_PAYLOAD_BYTES} are allowed`);
  }
  // As it is now, whatever becomes of the object until the report is through.
  return { ...outcome, output: JSON.parse(json) };
}

/** What was thrown may be anything, even what has no text. */
export function textOf(error: unknown): string {
  try {
    return String(reasonOf(error));
  } catch {
    return 'a value was thrown that has no text';
  }
}

/** At most as many bytes as a reason may have, without a broken character. */
function shortened(text: string): string {
  const wellFormed = text.toWellFormed();
  const { read } = new TextEncoder().encodeInto(wellFormed, new Uint8Array(MAX_REASON_BYTES));
  return wellFormed.slice(0, read);
}
