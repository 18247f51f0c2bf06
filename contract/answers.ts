/** What the command function answers. */
import * as z from 'zod/mini';
import * as f from './fields.ts';
import type { CommandName } from './requests.ts';

/** A stack and its current (or last) operation, as every answer and event shows it. */
export const stackSchema = z.object({
  stackId: f.stackId,
  operationId: f.operationId,
  action: f.action,
  status: f.status,
  statusReason: z.string(),
  cause: z.optional(f.stackCause),
  startedAt: f.time,
  deadline: f.time,
  endedAt: z.optional(f.time),
  parent: z.optional(f.parent),
  metadata: z.optional(f.metadata),
  version: z.int(),
});
export type Stack = z.infer<typeof stackSchema>;

/** How an attempt failed. `reason`: the first 200 characters of it. */
const failureSchema = z.object({
  attempt: z.int(),
  engineId: f.engineId,
  cause: f.resourceActionCause,
  reason: z.string(),
  at: f.time,
});

/**
 * A resource action, as every answer and event shows it. `cause` is that of its end; in BACKOFF,
 * and QUEUED after it, that of the attempt that failed. `lastFailure` is of the last attempt that
 * another one was to follow, whatever came after it. `queueAt` is there while DELAYED. A deadline
 * is there as long as it can come: `startDeadline` while QUEUED, `attemptDeadline` and
 * `heartbeatDeadline` while RUNNING, `finalDeadline` until the end. `phaseStartedAt`: since when it
 * is in its phase. `lastHeartbeatAt`: when its engine was last heard, the claim included; while
 * RUNNING with a heartbeat timeout. `timeout` and `latenessMs` belong to the causes TIMEOUT,
 * ENGINE_LOST and NO_ENGINE: which timeout was reached, and how late that was written.
 */
export const resourceActionSchema = z.object({
  stackId: f.stackId,
  operationId: f.operationId,
  resource: f.resource,
  resourceType: z.optional(f.resourceType),
  action: f.action,
  status: f.status,
  phase: z.optional(f.phase),
  phaseStartedAt: z.optional(f.time),
  attempt: z.int(),
  maxAttempts: z.int(),
  engineId: z.optional(f.engineId),
  statusReason: z.string(),
  cause: z.optional(f.resourceActionCause),
  timeout: z.optional(f.timeout),
  latenessMs: z.optional(z.int()),
  lastFailure: z.optional(failureSchema),
  queueAt: z.optional(f.time),
  startDeadline: z.optional(f.time),
  attemptDeadline: z.optional(f.time),
  heartbeatDeadline: z.optional(f.time),
  lastHeartbeatAt: z.optional(f.time),
  finalDeadline: z.optional(f.time),
  retryAt: z.optional(f.time),
  endedAt: z.optional(f.time),
  version: z.int(),
});
export type ResourceAction = z.infer<typeof resourceActionSchema>;

/**
 * A status change of an operation, or of a resource action of it, as it was published. `at`: when
 * it was written. `attempt` and `engineId` are those that the change is about: of the attempt that
 * failed, not of the one that follows. `deadline`: of the operation, or of the attempt while
 * RUNNING. `timeout` and `latenessMs`: as those of a resource action; an operation that timed out
 * has `latenessMs` alone.
 */
export const historyEntrySchema = z.object({
  at: f.time,
  stackId: f.stackId,
  operationId: f.operationId,
  resource: z.optional(f.resource),
  action: f.action,
  transition: z.string(),
  status: f.status,
  phase: z.optional(f.phase),
  attempt: z.optional(z.int()),
  engineId: z.optional(f.engineId),
  cause: z.optional(z.union([f.stackCause, f.resourceActionCause])),
  statusReason: z.string(),
  deadline: z.optional(f.time),
  timeout: z.optional(f.timeout),
  latenessMs: z.optional(z.int()),
  version: z.int(),
});
export type HistoryEntry = z.infer<typeof historyEntrySchema>;

/**
 * Why a request was refused. Nothing was written.
 *
 * - `ValidationError`: a field is missing, unknown or out of its bounds; the message names it and
 *   what is allowed.
 * - `StackNotFound`: there is no such stack, or its retention time is over.
 * - `ResourceNotFound`: the stack has no such resource action, or its retention time is over.
 * - `OperationInProgress`: another operation of the stack is running, and `supersede` was not asked
 *   for.
 * - `StaleOperation`: not the stack's current operation, or one that ended before.
 * - `OperationEnded`: the operation has ended, in another way than the one asked for.
 * - `ParentEnded`: the parent is not in progress any more.
 * - `ResourceInProgress`: the operation has dispatched this resource before, with other fields.
 * - `StaleAttempt`: the attempt, or this claim on it, is over: stop working. Of a CancelResource:
 *   the resource action has ended otherwise.
 * - `NotClaimable`: the attempt is the current one, but not to be had: it is delayed, somebody has
 *   claimed it, it has ended, or no time is left.
 * - `NotPermitted`: the alias that was invoked does not permit this command: a worker asked for
 *   what is an operator's.
 */
export const ERROR_CODES = [
  'ValidationError',
  'StackNotFound',
  'ResourceNotFound',
  'OperationInProgress',
  'StaleOperation',
  'OperationEnded',
  'ParentEnded',
  'ResourceInProgress',
  'StaleAttempt',
  'NotClaimable',
  'NotPermitted',
] as const;
export type ErrorCode = (typeof ERROR_CODES)[number];

export const refusalSchema = z.object({
  ok: z.literal(false),
  error: z.object({
    code: z.enum(ERROR_CODES),
    message: z.string(),
    current: z.optional(z.union([resourceActionSchema, stackSchema])),
  }),
});
export type Refusal = z.infer<typeof refusalSchema>;

const stackAnswer = z.object({ ok: z.literal(true), stack: stackSchema });
const resourceAnswer = z.object({ ok: z.literal(true), resource: resourceActionSchema });
/**
 * Whole seconds left for the attempt; 0 means stop. Of a Heartbeat: without regard to the
 * operation's deadline.
 */
const remainingSeconds = z.int().check(z.gte(0));

export const answers = {
  StartOperation: stackAnswer,
  CompleteOperation: stackAnswer,
  CancelOperation: stackAnswer,
  ExtendOperation: stackAnswer,
  GetStack: z.object({
    ok: z.literal(true),
    stack: stackSchema,
    /** Those of the stack's current (or last) operation. */
    resources: z.array(resourceActionSchema),
    nextToken: z.optional(z.string()),
  }),
  GetHistory: z.object({
    ok: z.literal(true),
    /** Newest first. */
    history: z.array(historyEntrySchema),
    nextToken: z.optional(z.string()),
  }),
  ListStacks: z.object({
    ok: z.literal(true),
    /** Those that have ended come newest first, those IN_PROGRESS in no order. */
    stacks: z.array(stackSchema),
    nextToken: z.optional(z.string()),
  }),
  DispatchResource: resourceAnswer,
  ClaimResource: z.object({
    ok: z.literal(true),
    resource: resourceActionSchema,
    input: z.optional(f.payload),
    remainingSeconds,
  }),
  Heartbeat: z.object({ ok: z.literal(true), remainingSeconds }),
  CompleteResource: resourceAnswer,
  ReleaseResource: resourceAnswer,
  CancelResource: resourceAnswer,
  GetResource: z.object({
    ok: z.literal(true),
    resource: resourceActionSchema,
    input: z.optional(f.payload),
    /** Of the attempt that ended it, or of the attempt before a BACKOFF. */
    output: z.optional(f.payload),
  }),
} satisfies Record<CommandName, z.ZodMiniType>;
/** The answer to command N: what was asked for, or a refusal. */
export type AnswerOf<N extends CommandName> = z.infer<(typeof answers)[N]> | Refusal;
export type Answer = AnswerOf<CommandName>;
