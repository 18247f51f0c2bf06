/** Brings the stream records that a function failed on back to that function. */
import { errorMessage } from '../../client/retry.ts';
import {
  type FailureRecords,
  newReport,
  type RedriveOptions,
  type Report,
  type StreamFunctions,
} from './redrive.ts';

export async function redriveStream(
  source: string,
  records: FailureRecords,
  functions: StreamFunctions,
  { dryRun, deleteMalformed }: RedriveOptions,
): Promise<Report> {
  const report = newReport(source);
  try {
    for (const id of await records.list()) {
      const read = readFailureRecord(await records.read(id), functions.names);
      if (!read.ok) {
        report.malformed.push({ id, about: read.message });
        if (deleteMalformed && !dryRun) await records.delete(id);
        continue;
      }
      const { about, functionArn, payload } = read;
      const failure = dryRun ? undefined : await attempt(() => functions.invoke(functionArn, payload));
      if (failure !== undefined) {
        report.failed.push({ id, about: `${about}: ${failure}` });
        continue;
      }
      report.sent.push({ id, about });
      if (!dryRun) await records.delete(id);
    }
  } catch (error) {
    report.error = errorMessage(error);
  }
  return report;
}

/** Why it failed; undefined if it did not. */
async function attempt(call: () => Promise<void>): Promise<string | undefined> {
  try {
    await call();
    return undefined;
  } catch (error) {
    return errorMessage(error);
  }
}

type ReadRecord =
  | { readonly ok: true; readonly functionArn: string; readonly payload: string; readonly about: string }
  | { readonly ok: false; readonly message: string };

/**
 * Lambda's record of a failed invocation by an event source mapping. On S3, and only there, `payload` holds the whole
 * event, as a string.
 */
function readFailureRecord(text: string, functionNames: readonly string[]): ReadRecord {
  try {
    const record = JSON.parse(text) as {
      requestContext?: { functionArn?: unknown };
      payload?: unknown;
    } | null;
    const functionArn = record?.requestContext?.functionArn;
    // An object is only data: it cannot make this call any function.
    const name = typeof functionArn === 'string' ? functionArn.split(':')[6] : undefined;
    if (typeof functionArn !== 'string' || name === undefined || !functionNames.includes(name)) {
      return { ok: false, message: `requestContext.functionArn must be of ${functionNames.join(' or ')}` };
    }
    const payload =
      typeof record?.payload === 'string' ? record.payload : JSON.stringify(record?.payload ?? null);
    const event = JSON.parse(payload) as { Records?: unknown } | null;
    if (!Array.isArray(event?.Records)) {
      return { ok: false, message: 'payload must be an event with Records' };
    }
    return { ok: true, functionArn, payload, about: `${name}, ${event.Records.length} records` };
  } catch {
    return { ok: false, message: 'the object and its payload must be JSON' };
  }
}
