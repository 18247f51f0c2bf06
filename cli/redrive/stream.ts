/** Sends the stream records that a function failed on to that function again. */
import { errorMessage } from '../../client/retry.ts';
import type { FailureRecords, RedriveOptions, StreamFunctions } from './redrive.ts';
import { emptyReport, type Report } from './report.ts';

export async function redriveStream(
  source: string,
  records: FailureRecords,
  functions: StreamFunctions,
  { dryRun, deleteMalformed }: RedriveOptions,
): Promise<Report> {
  const report = emptyReport(source);
  try {
    for (const id of await records.list()) {
      const record = parseFailureRecord(await records.read(id), functions.names);
      if (!record.ok) {
        report.malformed.push({ id, about: record.message });
        if (deleteMalformed && !dryRun) await records.delete(id);
        continue;
      }
      const { about, functionArn, payload } = record;
      const failure = dryRun ? undefined : await failureOf(() => functions.invoke(functionArn, payload));
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

/** The error's message; undefined if the call succeeded. */
async function failureOf(call: () => Promise<void>): Promise<string | undefined> {
  try {
    await call();
    return undefined;
  } catch (error) {
    return errorMessage(error);
  }
}

type ParsedRecord =
  | { readonly ok: true; readonly functionArn: string; readonly payload: string; readonly about: string }
  | { readonly ok: false; readonly message: string };

/**
 * Parses Lambda's record of a failed invocation by an event source mapping. Only on S3 its
 * `payload` holds the whole event, as a string.
 */
function parseFailureRecord(text: string, functionNames: readonly string[]): ParsedRecord {
  try {
    const record = JSON.parse(text) as {
      requestContext?: { functionArn?: unknown };
      payload?: unknown;
    } | null;
    const functionArn = record?.requestContext?.functionArn;
    // An object in the bucket must not choose which function is invoked.
    const name = typeof functionArn === 'string' ? functionArn.split(':')[6] : undefined;
    if (typeof functionArn !== 'string' || name === undefined || !functionNames.includes(name)) {
      return { ok: false, message: `requestContext.functionArn must name ${functionNames.join(' or ')}` };
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
