/**
 * The fields of the wire and their bounds. Times are ISO-8601 in UTC with milliseconds; durations
 * are whole seconds.
 */
import * as z from 'zod/mini';

/** The longest duration anywhere: 365 days in seconds. */
export const MAX_TIMEOUT_SECONDS = 31_536_000;
export const MAX_METADATA_BYTES = 4096;
export const MAX_REASON_BYTES = 1024;
/** The input and the output of a resource action, as JSON. */
export const MAX_PAYLOAD_BYTES = 65_536;
/** How deep metadata, input and output may be nested. */
export const MAX_JSON_LEVELS = 32;
const MAX_ATTEMPTS = 1000;

const utf8Bytes = (text: string): number => new TextEncoder().encode(text).length;

export const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/**
 * Whether every service on the way takes a value as it is: what is accepted must also be
 * publishable. EventBridge refuses integers beyond 64 bits and deep nesting; JSON has numbers and
 * broken text that JavaScript cannot give back.
 */
function isPlain(value: unknown, levels: number): boolean {
  if (typeof value === 'string') return value.isWellFormed();
  if (typeof value === 'number')
    return Number.isFinite(value) && (!Number.isInteger(value) || Number.isSafeInteger(value));
  if (typeof value !== 'object' || value === null) return true;
  // A key that JavaScript objects treat as something else.
  if (levels === 0 || Object.hasOwn(value, '__proto__')) return false;
  return Object.entries(value).every(([key, one]) => key.isWellFormed() && isPlain(one, levels - 1));
}

const isPlainJson = (value: unknown, maxBytes: number): boolean =>
  value !== undefined && isPlain(value, MAX_JSON_LEVELS) && utf8Bytes(JSON.stringify(value)) <= maxBytes;

/**
 * A field whose every violation is reported as "must be <allowed>", so that an error always says
 * what is allowed.
 */
export const must = (allowed: string) => ({ error: `must be ${allowed}` });

const identifier = (maxLength: number) => {
  const allowed = must(`1 to ${maxLength} of the characters A-Z a-z 0-9 . _ : / @ -`);
  return z.string(allowed).check(z.regex(new RegExp(`^[A-Za-z0-9._:/@-]{1,${maxLength}}$`), allowed));
};

export const wholeNumber = (min: number, max: number, unit = '') => {
  const allowed = must(`a whole number${unit} from ${min} to ${max}`);
  return z.int(allowed).check(z.gte(min, allowed), z.lte(max, allowed));
};

const oneOf = <const T extends readonly string[]>(values: T) =>
  z.enum(values, must(`one of ${values.join(', ')}`));

export const flag = z.boolean(must('true or false'));
export const time = z.iso.datetime({
  precision: 3,
  ...must('a time in UTC with milliseconds, as 2026-01-31T12:00:00.000Z'),
});

export const stackId = identifier(255);
export const operationId = identifier(64);
export const resource = identifier(255);
export const resourceType = identifier(255);
export const engineId = identifier(255);
export const claimId = identifier(64);
export const attempt = wholeNumber(1, MAX_ATTEMPTS);
export const reason = z
  .string(must('a string'))
  .check(
    z.refine(
      (text) => text.isWellFormed() && utf8Bytes(text) <= MAX_REASON_BYTES,
      must(`at most ${MAX_REASON_BYTES} bytes of valid Unicode`),
    ),
  );
export const seconds = wholeNumber(1, MAX_TIMEOUT_SECONDS, ' of seconds');
export const delaySeconds = wholeNumber(0, MAX_TIMEOUT_SECONDS, ' of seconds');
const plain = `nested at most ${MAX_JSON_LEVELS} levels deep, with finite numbers, integers of at most 53 bits and valid Unicode`;
export const metadata = z.custom<Record<string, unknown>>(
  (value) => isObject(value) && isPlainJson(value, MAX_METADATA_BYTES),
  must(`a JSON object of at most ${MAX_METADATA_BYTES} bytes as JSON, ${plain}`),
);
/** What a resource action is given, or what came of it: any JSON value. */
export const payload = z.custom<unknown>(
  (value) => isPlainJson(value, MAX_PAYLOAD_BYTES),
  must(`a JSON value of at most ${MAX_PAYLOAD_BYTES} bytes as JSON, ${plain}`),
);
export const pageToken = z.string(must('a nextToken from an earlier answer'));

/** The operation that a child stack's operation belongs to. */
export const parent = z.strictObject({ stackId, operationId }, must('an object {stackId, operationId}'));
export type Parent = z.infer<typeof parent>;

/**
 * How a failed attempt is followed by another: after `intervalSeconds × backoffRate ^ (attempt -
 * 1)`, at most `maxDelaySeconds`; with jitter FULL after a part of it that is as good as random.
 */
export const retry = z.strictObject(
  {
    maxAttempts: z.optional(wholeNumber(1, MAX_ATTEMPTS)),
    intervalSeconds: z.optional(seconds),
    backoffRate: z.optional(
      z
        .number(must('a number from 1 to 100'))
        .check(z.gte(1, must('a number from 1 to 100')), z.lte(100, must('a number from 1 to 100'))),
    ),
    maxDelaySeconds: z.optional(seconds),
    jitter: z.optional(oneOf(['FULL', 'NONE'])),
  },
  must('an object {maxAttempts?, intervalSeconds?, backoffRate?, maxDelaySeconds?, jitter?}'),
);

/** What an operation does to its stack, or a resource action to its resource: Heat's actions. */
export const ACTIONS = [
  'CREATE',
  'UPDATE',
  'DELETE',
  'ROLLBACK',
  'SUSPEND',
  'RESUME',
  'ADOPT',
  'SNAPSHOT',
  'RESTORE',
  'CHECK',
] as const;
export const action = oneOf(ACTIONS);
export type Action = z.infer<typeof action>;

export const status = oneOf(['IN_PROGRESS', 'COMPLETE', 'FAILED']);
export type Status = z.infer<typeof status>;
/** The two statuses an engine can report. */
export const REPORTABLE_STATUSES = ['COMPLETE', 'FAILED'] as const;
export const reportableStatus = oneOf(REPORTABLE_STATUSES);
export type ReportableStatus = z.infer<typeof reportableStatus>;

/** What becomes of the operation when a resource action has FAILED for good. */
export const onFailure = oneOf(['FAIL_OPERATION', 'CONTINUE']);

/**
 * Where a resource action IN_PROGRESS stands: waiting for its delay, no engine yet, claimed by one,
 * or waiting for its next attempt.
 */
export const phase = oneOf(['DELAYED', 'QUEUED', 'RUNNING', 'BACKOFF']);
export type Phase = z.infer<typeof phase>;

/** Why an operation ended, for programs. */
export const stackCause = oneOf(['TIMEOUT', 'REPORTED', 'CANCELLED', 'SUPERSEDED', 'RESOURCE_FAILED']);
/** Why an attempt or a resource action ended, for programs. */
export const resourceActionCause = oneOf(['TIMEOUT', 'REPORTED', 'CANCELLED', 'ENGINE_LOST', 'NO_ENGINE']);
export type ResourceActionCause = z.infer<typeof resourceActionCause>;

/** Which of the four timeouts of a resource action was reached. */
export const timeout = oneOf(['SCHEDULE_TO_START', 'START_TO_CLOSE', 'SCHEDULE_TO_CLOSE', 'HEARTBEAT']);
export type Timeout = z.infer<typeof timeout>;
