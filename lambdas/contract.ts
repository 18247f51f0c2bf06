/**
 * The wire contract: every request, answer, event and wake-up, as schemas from which the types are derived.
 * `docs/contract.schema.json` is generated from this file for engines in other languages (`npm run contract`).
 *
 * Times on the wire are ISO-8601 in UTC with milliseconds; durations are whole seconds.
 */
import * as z from 'zod/mini';

/** The longest timeout: 365 days in seconds. */
export const MAX_TIMEOUT_SECONDS = 31_536_000;
export const MAX_METADATA_BYTES = 4096;
export const MAX_REASON_BYTES = 1024;
export const MAX_METADATA_LEVELS = 32;

const utf8Bytes = (text: string): number => new TextEncoder().encode(text).length;

/**
 * Whether every service on the way takes a value as it is: what is accepted must also be publishable. EventBridge
 * refuses integers beyond 64 bits and deep nesting; JSON has numbers and broken text that JavaScript cannot give back.
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

/** A field whose every violation is reported as "must be <allowed>", so that an error always says what is allowed. */
const must = (allowed: string) => ({ error: `must be ${allowed}` });

const identifier = (maxLength: number) => {
  const allowed = must(`1 to ${maxLength} of the characters A-Z a-z 0-9 . _ : / @ -`);
  return z.string(allowed).check(z.regex(new RegExp(`^[A-Za-z0-9._:/@-]{1,${maxLength}}$`), allowed));
};

const wholeNumber = (min: number, max: number, unit = '') => {
  const allowed = must(`a whole number${unit} from ${min} to ${max}`);
  return z.int(allowed).check(z.gte(min, allowed), z.lte(max, allowed));
};

const oneOf = <const T extends readonly string[]>(values: T) =>
  z.enum(values, must(`one of ${values.join(', ')}`));

const flag = z.boolean(must('true or false'));
const time = z.iso.datetime({
  precision: 3,
  ...must('a time in UTC with milliseconds, as 2026-01-31T12:00:00.000Z'),
});

const stackId = identifier(255);
const operationId = identifier(64);
const reason = z
  .string(must('a string'))
  .check(
    z.refine(
      (text) => text.isWellFormed() && utf8Bytes(text) <= MAX_REASON_BYTES,
      must(`at most ${MAX_REASON_BYTES} bytes of valid Unicode`),
    ),
  );
const timeoutSeconds = wholeNumber(1, MAX_TIMEOUT_SECONDS, ' of seconds');
const metadataAllowed = must(
  `a JSON object of at most ${MAX_METADATA_BYTES} bytes as JSON, nested at most ${MAX_METADATA_LEVELS} levels deep, with integers of at most 53 bits and valid Unicode`,
);
const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const metadata = z.custom<Record<string, unknown>>(
  (value) =>
    isObject(value) &&
    isPlain(value, MAX_METADATA_LEVELS) &&
    utf8Bytes(JSON.stringify(value)) <= MAX_METADATA_BYTES,
  metadataAllowed,
);
const pageToken = z.string(must('a nextToken from an earlier answer'));

/** What an operation does to its stack: Heat's actions. */
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
const action = oneOf(ACTIONS);
export type Action = z.infer<typeof action>;

const STATUSES = ['IN_PROGRESS', 'COMPLETE', 'FAILED'] as const;
/** The two statuses an engine can report. */
export const REPORTABLE_STATUSES = ['COMPLETE', 'FAILED'] as const;
const reportableStatus = oneOf(REPORTABLE_STATUSES);
export type ReportableStatus = z.infer<typeof reportableStatus>;

/** Why an operation ended, for programs. */
const CAUSES = ['TIMEOUT', 'REPORTED', 'CANCELLED', 'SUPERSEDED'] as const;

const startOperation = z.strictObject({
  command: z.literal('StartOperation'),
  stackId,
  operationId,
  action,
  timeoutSeconds,
  supersede: z.optional(flag),
  metadata: z.optional(metadata),
});
const completeOperation = z.strictObject({
  command: z.literal('CompleteOperation'),
  stackId,
  operationId,
  status: reportableStatus,
  reason: z.optional(reason),
});
const cancelOperation = z.strictObject({
  command: z.literal('CancelOperation'),
  stackId,
  operationId,
  reason: z.optional(reason),
});
const extendOperation = z.strictObject({
  command: z.literal('ExtendOperation'),
  stackId,
  operationId,
  timeoutSeconds,
});
const getStack = z.strictObject({ command: z.literal('GetStack'), stackId });
const listStacks = z.strictObject({
  command: z.literal('ListStacks'),
  limit: z.optional(wholeNumber(1, 100)),
  nextToken: z.optional(pageToken),
});

/** Every request by the name of its command. */
export const requests = {
  StartOperation: startOperation,
  CompleteOperation: completeOperation,
  CancelOperation: cancelOperation,
  ExtendOperation: extendOperation,
  GetStack: getStack,
  ListStacks: listStacks,
};
export type CommandName = keyof typeof requests;
export const COMMANDS = Object.keys(requests) as CommandName[];

const requestSchema = z.discriminatedUnion('command', [
  startOperation,
  completeOperation,
  cancelOperation,
  extendOperation,
  getStack,
  listStacks,
]);
export type Request = z.infer<typeof requestSchema>;
export type RequestOf<N extends CommandName> = Extract<Request, { command: N }>;

/** A stack and its current (or last) operation, as every answer and event shows it. */
export const stackSchema = z.object({
  stackId,
  operationId,
  action,
  status: oneOf(STATUSES),
  statusReason: z.string(),
  cause: z.optional(oneOf(CAUSES)),
  startedAt: time,
  deadline: time,
  endedAt: z.optional(time),
  metadata: z.optional(metadata),
  version: z.int(),
});
export type Stack = z.infer<typeof stackSchema>;
export type Status = Stack['status'];

/**
 * Why a request was refused. Nothing was written.
 *
 * - `ValidationError`: a field is missing, unknown or out of its bounds; the message names it and what is allowed.
 * - `StackNotFound`: there is no such stack, or its retention time is over.
 * - `OperationInProgress`: another operation of the stack is running, and `supersede` was not asked for.
 * - `StaleOperation`: not the stack's current operation, or one that ended before.
 * - `OperationEnded`: the operation has ended, in another way than the one asked for.
 */
export const ERROR_CODES = [
  'ValidationError',
  'StackNotFound',
  'OperationInProgress',
  'StaleOperation',
  'OperationEnded',
] as const;
export type ErrorCode = (typeof ERROR_CODES)[number];

export const refusalSchema = z.object({
  ok: z.literal(false),
  error: z.object({
    code: z.enum(ERROR_CODES),
    message: z.string(),
    current: z.optional(stackSchema),
  }),
});
export type Refusal = z.infer<typeof refusalSchema>;

const stackAnswer = z.object({ ok: z.literal(true), stack: stackSchema });
export const answers = {
  StartOperation: stackAnswer,
  CompleteOperation: stackAnswer,
  CancelOperation: stackAnswer,
  ExtendOperation: stackAnswer,
  GetStack: stackAnswer,
  ListStacks: z.object({
    ok: z.literal(true),
    stacks: z.array(stackSchema),
    nextToken: z.optional(z.string()),
  }),
} satisfies Record<CommandName, z.ZodMiniType>;
/** The answer to command N: what was asked for, or a refusal. */
export type AnswerOf<N extends CommandName> = z.infer<(typeof answers)[N]> | Refusal;
export type Answer = AnswerOf<CommandName>;

/** The body of a message on the timer queue. Unknown fields are ignored, so that old code reads newer wake-ups. */
export const wakeUpSchema = z.object(
  {
    v: z.literal(1, must('1')),
    stackId,
    operationId,
    generation: wholeNumber(1, Number.MAX_SAFE_INTEGER),
    dueAt: time,
    hops: wholeNumber(0, Number.MAX_SAFE_INTEGER),
  },
  must('a JSON object'),
);
/** "Look at this row now": a hint without authority. `hops` counts how often it went round through the timer queue. */
export type WakeUp = z.infer<typeof wakeUpSchema>;

export const EVENT_SOURCE = 'stack-timeouts';
export const OPERATION_STATUS_CHANGE = 'Stack Operation Status Change';

/** The detail of a `Stack Operation Status Change` event. `id` is stable: the same change always has the same one. */
export const operationStatusChangeSchema = z.extend(stackSchema, {
  id: z.string(),
  previousStatus: z.optional(oneOf(STATUSES)),
});
export type OperationStatusChange = z.infer<typeof operationStatusChangeSchema>;

/** The first violation of a schema as one sentence that names the field. */
function explain(error: z.core.$ZodError): string {
  const issue = error.issues[0];
  if (issue === undefined) return 'invalid';
  if (issue.code === 'unrecognized_keys') {
    return `${[...issue.path, ...issue.keys.slice(0, 1)].join('.')} is not a known field`;
  }
  return `${issue.path.join('.') || 'the body'} ${issue.message}`;
}

export type Parsed<T> = { ok: true; value: T } | { ok: false; message: string };

/** Parses a value from outside; a violation comes back as a sentence that names the field and what is allowed. */
function parse<T>(schema: z.ZodMiniType<T>, value: unknown): Parsed<T> {
  const parsed = schema.safeParse(value);
  return parsed.success ? { ok: true, value: parsed.data } : { ok: false, message: explain(parsed.error) };
}

/** Parses a request to the command function. */
export function parseRequest(value: unknown): Parsed<Request> {
  if (!isObject(value)) {
    return { ok: false, message: 'the request must be a JSON object with a field "command"' };
  }
  const { command } = value;
  if (typeof command !== 'string' || !Object.hasOwn(requests, command)) {
    return { ok: false, message: `command must be one of ${COMMANDS.join(', ')}` };
  }
  return parse(requestSchema, value);
}

/** Parses the body of a message on the timer queue. */
export function parseWakeUp(body: string): Parsed<WakeUp> {
  let value: unknown;
  try {
    value = JSON.parse(body);
  } catch {
    return { ok: false, message: 'the body must be JSON' };
  }
  return parse(wakeUpSchema, value);
}
