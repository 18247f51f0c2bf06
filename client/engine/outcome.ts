/** Turns what a handler returned or threw into the fields of CompleteResource. */
import { MAX_PAYLOAD_BYTES, MAX_REASON_BYTES } from '../../contract/index.ts';
import type { Fields } from '../client.ts';
import { toJson } from '../json.ts';
import { errorMessage } from '../retry.ts';
import { WorkFailed } from './work.ts';

export type Outcome = Pick<Fields<'CompleteResource'>, 'status' | 'reason' | 'retryable' | 'output'>;

/** Never rejects. */
export async function outcomeOf(handle: () => Promise<unknown>): Promise<Outcome> {
  try {
    return withOutput({ status: 'COMPLETE' }, await handle());
  } catch (error) {
    const { retryable, output } =
      error instanceof WorkFailed ? error : { retryable: true, output: undefined };
    return withOutput({ status: 'FAILED', reason: truncated(errorMessage(error)), retryable }, output);
  }
}

/**
 * The outcome for an output that the service does not accept. That is a defect of the handler, and
 * another attempt would produce the same output.
 */
export function withoutOutput(outcome: Outcome, why: string): Outcome {
  if (outcome.status === 'FAILED') {
    const { output: _, ...rest } = outcome;
    return { ...rest, reason: truncated(`${outcome.reason} (its output cannot be reported: ${why})`) };
  }
  return { status: 'FAILED', reason: truncated(`its output cannot be reported: ${why}`), retryable: false };
}

function withOutput(outcome: Outcome, output: unknown): Outcome {
  if (output === undefined) return outcome;
  let json: string | undefined;
  try {
    json = toJson(output);
  } catch (error) {
    return withoutOutput(outcome, errorMessage(error));
  }
  // An object whose toJSON returns nothing.
  if (json === undefined) return outcome;
  // The service checks this too, but the largest outputs exceed what Lambda accepts as a request.
  const bytes = new TextEncoder().encode(json).length;
  if (bytes > MAX_PAYLOAD_BYTES)
    return withoutOutput(outcome, `it has ${bytes} bytes as JSON, at most ${MAX_PAYLOAD_BYTES} are allowed`);
  // A copy: the handler's object may change before the report is sent.
  return { ...outcome, output: JSON.parse(json) };
}

/** The first bytes that a reason may have, without half a character at the end. */
function truncated(text: string): string {
  const wellFormed = text.toWellFormed();
  const { read } = new TextEncoder().encodeInto(wellFormed, new Uint8Array(MAX_REASON_BYTES));
  return wellFormed.slice(0, read);
}
