/**
 * What the schemas of the contract do not say: what each command and field is for. A command or
 * field of the contract without a description fails `tsc`.
 */
import type {
  CommandName,
  ErrorCode,
  HistoryEntry,
  OperationStatusChange,
  RequestOf,
  ResourceAction,
  ResourceActionStatusChange,
  Stack,
} from '../../contract/index.ts';

/** What a field means, and what applies if it is left out. */
export type Description = string | { readonly text: string; readonly default: string };

type FieldsOf<N extends CommandName> = Exclude<keyof RequestOf<N>, 'command'>;
type Retry = NonNullable<RequestOf<'DispatchResource'>['retry']>;

export interface CommandDescription<N extends CommandName> {
  readonly does: string;
  readonly fields: Readonly<Record<FieldsOf<N>, Description>>;
  /** The fields of the answer beside `ok`. */
  readonly answer: string;
  /** What a repetition of a request that took effect comes to. */
  readonly repeated?: string;
  /** Why it may be refused, beside ValidationError and NotPermitted. */
  readonly refusals: readonly Exclude<ErrorCode, 'ValidationError' | 'NotPermitted'>[];
  readonly example: Readonly<RequestOf<N>>;
}

const stackId = 'The stack.';
const operationId = 'The operation.';
const resource = 'The resource.';
const operation = { stackId, operationId };
const claimed = {
  ...operation,
  resource,
  attempt: 'The attempt, as the work message says.',
  claimId: 'The claim that the engine made.',
};
const of = { stackId: 'web', operationId: '7f3c' };
const ofResource = { ...of, resource: 'server' };
const ofClaim = { ...ofResource, attempt: 1, claimId: 'c-91' };

const STALE = ['ResourceNotFound', 'StaleOperation', 'OperationEnded', 'StaleAttempt'] as const;

export const COMMAND_DESCRIPTIONS: { readonly [N in CommandName]: CommandDescription<N> } = {
  StartOperation: {
    does: 'Starts an operation on a stack. From the answer `ok` on, the operation has a timeout.',
    fields: {
      stackId: 'The stack. It need not exist before.',
      operationId:
        'Names this operation. You choose it; it must be new for this stack (a UUID, for example).',
      action: 'What the operation does.',
      timeoutSeconds: 'The deadline, in seconds from now.',
      supersede: {
        text: 'Whether to replace an operation that is IN_PROGRESS. The one replaced ends as FAILED, cause SUPERSEDED.',
        default: 'false',
      },
      parent:
        "The operation that this one belongs to. This one's deadline is at most the parent's, and it ends with the parent.",
      metadata: 'An object of yours, which every answer and event of the operation shows.',
    },
    answer: '[`stack`](#stack)',
    repeated: 'With the `operationId` of the current operation: `ok`, whatever the other fields say.',
    refusals: ['OperationInProgress', 'StaleOperation', 'StackNotFound', 'ParentEnded'],
    example: { command: 'StartOperation', ...of, action: 'CREATE', timeoutSeconds: 1800 },
  },
  CompleteOperation: {
    does: 'Reports that an operation has ended.',
    fields: {
      ...operation,
      status: 'How it ended.',
      reason: { text: 'Why, for people: becomes `statusReason`.', default: 'a standard sentence' },
    },
    answer: '[`stack`](#stack)',
    repeated: 'With the same `status`: `ok`. With the other one: refused with OperationEnded.',
    refusals: ['StackNotFound', 'StaleOperation', 'OperationEnded'],
    example: { command: 'CompleteOperation', ...of, status: 'COMPLETE' },
  },
  CancelOperation: {
    does: 'Ends an operation as FAILED, with cause CANCELLED. Its resource actions and child stacks end too.',
    fields: {
      ...operation,
      reason: { text: 'Why, for people: becomes `statusReason`.', default: 'a standard sentence' },
    },
    answer: '[`stack`](#stack)',
    repeated: 'Of a cancelled operation: `ok`.',
    refusals: ['StackNotFound', 'StaleOperation', 'OperationEnded'],
    example: { command: 'CancelOperation', ...of, reason: 'wrong template' },
  },
  ExtendOperation: {
    does: 'Moves the deadline of an operation, later or earlier.',
    fields: {
      ...operation,
      timeoutSeconds: "The new deadline, in seconds from now; at most the parent's.",
    },
    answer: '[`stack`](#stack)',
    repeated: 'Counts again, from when it is repeated.',
    refusals: ['StackNotFound', 'StaleOperation', 'OperationEnded', 'ParentEnded'],
    example: { command: 'ExtendOperation', ...of, timeoutSeconds: 3600 },
  },
  GetStack: {
    does: 'Shows a stack with its current or last operation, and the resource actions of that operation.',
    fields: {
      stackId,
      nextToken: { text: 'The `nextToken` of the page before.', default: 'the first page' },
    },
    answer:
      '[`stack`](#stack), `resources` (a page of at most 500 [`resource`](#resource), without input and output), and `nextToken` if there are more',
    refusals: ['StackNotFound'],
    example: { command: 'GetStack', stackId: 'web' },
  },
  GetHistory: {
    does: 'Shows what happened to a stack: every status change of its operations and their resource actions. Heartbeats and moved deadlines are none. Empty if the setting `history` is false.',
    fields: {
      stackId,
      operationId: { text: 'Only what belongs to this operation.', default: 'all' },
      resource: { text: 'Only what belongs to this resource.', default: 'all' },
      limit: { text: 'The most entries on a page.', default: '100' },
      nextToken: { text: 'The `nextToken` of the page before.', default: 'the first page' },
    },
    answer:
      '`history` (of [`entry`](#entry), newest first), and `nextToken` if there may be more. A page may hold fewer entries than asked for, even none: only a missing `nextToken` means the end. Entries are kept for `historyRetentionDays`; they come a moment after their change, and outlive the stack',
    refusals: ['StackNotFound'],
    example: { command: 'GetHistory', stackId: 'web' },
  },
  ListStacks: {
    does: 'Lists the stacks whose current or last operation has a status. Those that have ended come newest first, until their rows expire; those IN_PROGRESS in no order. Stacks that ended before this version of the service are not listed.',
    fields: {
      status: { text: 'The status of the current or last operation.', default: 'IN_PROGRESS' },
      since: {
        text: 'Only those that ended at this time or later. Not with status IN_PROGRESS.',
        default: 'all',
      },
      limit: { text: 'The most stacks on a page.', default: '100' },
      nextToken: { text: 'The `nextToken` of the page before.', default: 'the first page' },
    },
    answer:
      '`stacks` (of [`stack`](#stack)), and `nextToken` if there may be more. A page may hold fewer stacks than asked for: only a missing `nextToken` means the end. Operations that start or end meanwhile may be missed or listed twice.',
    refusals: [],
    example: { command: 'ListStacks', limit: 20 },
  },
  DispatchResource: {
    does: 'Queues a resource action: a piece of work under an operation, for any engine to claim, now or after a delay.',
    fields: {
      ...operation,
      resource: 'Names the resource within the stack. A resource has one resource action in an operation.',
      action: 'What to do with the resource.',
      resourceType:
        'What kind of resource it is. Engines choose their handler by it, and rules of yours can route by it.',
      input: 'What the engine needs to know. Pass references, not secrets.',
      delaySeconds: {
        text: 'How long the resource action is DELAYED before it is QUEUED. It is never queued early. If its operation ends before, it ends too.',
        default: '0',
      },
      startToCloseSeconds: 'How long one attempt may take. Then it fails with cause TIMEOUT.',
      scheduleToStartSeconds: {
        text: 'How long it may wait for an engine, in each attempt; a delay does not count. Then it is FAILED with cause NO_ENGINE.',
        default: 'no limit',
      },
      scheduleToCloseSeconds: {
        text: 'How long all attempts together may take, from the dispatch on: a delay counts. Then it is FAILED with cause TIMEOUT.',
        default: 'no limit',
      },
      heartbeatSeconds: {
        text: 'How long an attempt may go without a heartbeat. Then, and up to a third of that time later, it fails with cause ENGINE_LOST.',
        default: 'no heartbeats',
      },
      retry: { text: 'How failed attempts are repeated.', default: 'one attempt' },
      onFailure: {
        text: 'What happens to the operation when the resource action is FAILED for good.',
        default: 'FAIL_OPERATION',
      },
    },
    answer: '[`resource`](#resource)',
    repeated:
      'With the same fields: `ok` with the current state, whatever became of it. With other fields: refused with ResourceInProgress.',
    refusals: ['StackNotFound', 'StaleOperation', 'OperationEnded', 'ResourceInProgress'],
    example: {
      command: 'DispatchResource',
      ...ofResource,
      action: 'CREATE',
      resourceType: 'OS::Nova::Server',
      startToCloseSeconds: 300,
      heartbeatSeconds: 30,
      retry: { maxAttempts: 3 },
      input: { flavor: 'm1.small' },
    },
  },
  ClaimResource: {
    does: 'Takes an attempt for an engine. From here on the row guards the work: delete the work message.',
    fields: {
      ...operation,
      resource,
      attempt: 'The attempt, as the work message says.',
      engineId: 'Names the engine, for people.',
      claimId: 'Names this claim. The engine chooses a new one for each work message that it receives.',
    },
    answer:
      '[`resource`](#resource), `input` if there is one, and `remainingSeconds`: whole seconds until the attempt, the resource action or the operation times out',
    repeated: 'With the same `claimId`: `ok`.',
    refusals: [
      'StackNotFound',
      'ResourceNotFound',
      'StaleOperation',
      'OperationEnded',
      'StaleAttempt',
      'NotClaimable',
    ],
    example: { command: 'ClaimResource', ...ofClaim, engineId: 'engine-a' },
  },
  Heartbeat: {
    does: 'Tells that the engine is alive, and moves the heartbeat deadline. A refusal tells the engine to stop.',
    fields: claimed,
    answer:
      "`remainingSeconds`: whole seconds until the attempt or the resource action times out, whatever the operation's deadline is; 0 tells the engine to stop",
    repeated: 'Harmless.',
    refusals: STALE,
    example: { command: 'Heartbeat', ...ofClaim },
  },
  CompleteResource: {
    does: 'Reports that an attempt has ended. FAILED is followed by another attempt if one is left.',
    fields: {
      ...claimed,
      status: 'How it ended.',
      reason: { text: 'Why, for people: becomes `statusReason`.', default: 'a standard sentence' },
      retryable: { text: 'Whether another attempt may follow a FAILED one.', default: 'true' },
      output: 'What came of it, for GetResource.',
    },
    answer: '[`resource`](#resource)',
    repeated: 'Of the attempt last ended by this `claimId`, with the same `status`: `ok`.',
    refusals: STALE,
    example: { command: 'CompleteResource', ...ofClaim, status: 'COMPLETE', output: { serverId: 'i-42' } },
  },
  ReleaseResource: {
    does: 'Gives an attempt back. It is QUEUED again, and not counted: for engines that shut down.',
    fields: claimed,
    answer: '[`resource`](#resource)',
    repeated: 'By the claim released last in this attempt: `ok`.',
    refusals: STALE,
    example: { command: 'ReleaseResource', ...ofClaim },
  },
  CancelResource: {
    does: 'Ends one resource action as FAILED, with cause CANCELLED. Its operation goes on, whatever `onFailure` says. An engine that works on it is told to stop by its next heartbeat, or by its report.',
    fields: {
      ...operation,
      resource,
      reason: { text: 'Why, for people: becomes `statusReason`.', default: 'a standard sentence' },
    },
    answer: '[`resource`](#resource)',
    repeated:
      'Of a cancelled resource action: `ok`. Of one that has ended otherwise: refused with StaleAttempt.',
    refusals: ['StackNotFound', 'ResourceNotFound', 'StaleOperation', 'OperationEnded', 'StaleAttempt'],
    example: { command: 'CancelResource', ...ofResource, reason: 'not needed any more' },
  },
  GetResource: {
    does: "Shows a stack's last resource action of a resource, be it of an earlier operation, with its input and output.",
    fields: { stackId, resource },
    answer: '[`resource`](#resource), `input` and `output`, as far as they exist',
    refusals: ['StackNotFound', 'ResourceNotFound'],
    example: { command: 'GetResource', stackId: 'web', resource: 'server' },
  },
};

export const RETRY_DESCRIPTIONS: Readonly<Record<keyof Retry, Description>> = {
  maxAttempts: { text: 'How many attempts there are in all. A lost engine consumes one.', default: '1' },
  intervalSeconds: { text: 'How long after the first attempt the second one begins.', default: '1' },
  backoffRate: { text: 'By how much the interval grows after each attempt.', default: '2' },
  maxDelaySeconds: { text: 'The longest interval.', default: '100 × `intervalSeconds`' },
  jitter: { text: 'FULL waits for a random part of the interval, NONE for all of it.', default: 'FULL' },
};

export const STACK_DESCRIPTIONS: Readonly<Record<keyof Stack, string>> = {
  stackId: 'The stack.',
  operationId: 'Its current or last operation.',
  action: 'What the operation does.',
  status: 'How the operation stands.',
  statusReason: 'A sentence for people. Of an operation that timed out: `Timed out`.',
  cause: 'Why it ended, for programs. Absent while IN_PROGRESS.',
  startedAt: 'When it started.',
  deadline: 'When it times out.',
  endedAt: 'When it ended. Absent while IN_PROGRESS.',
  parent: 'The operation that it belongs to, if any.',
  metadata: 'As given to StartOperation, if it was.',
  version: "Rises with every write of the stack's row: of two answers or events, the higher one is newer.",
};

export const RESOURCE_DESCRIPTIONS: Readonly<Record<keyof ResourceAction, string>> = {
  stackId: 'The stack.',
  operationId: 'The operation that it belongs to.',
  resource: 'The resource.',
  resourceType: 'As dispatched, if it was given.',
  action: 'What is done with the resource.',
  status: 'How the resource action stands.',
  phase:
    'Where it stands while IN_PROGRESS: waiting for its delay, waiting for an engine, claimed, or waiting for its next attempt.',
  phaseStartedAt: 'While IN_PROGRESS: since when it is in this phase.',
  attempt: 'The current or last attempt, from 1.',
  maxAttempts: 'How many attempts there may be.',
  engineId: 'The engine of the current or last claim.',
  statusReason: 'A sentence for people.',
  cause: 'Why it ended, for programs. In BACKOFF, and QUEUED after it: why the last attempt failed.',
  timeout: 'Of the causes TIMEOUT, ENGINE_LOST and NO_ENGINE: which timeout was reached.',
  latenessMs: 'How long after that timeout its end was written, in milliseconds.',
  queueAt: 'While DELAYED: when it is QUEUED.',
  lastFailure:
    'How the last attempt failed that another one was to follow: `{attempt, engineId, cause, reason, at}`, with the first 200 characters of the reason. It stays, whatever comes after it.',
  startDeadline: 'While QUEUED: when it fails for want of an engine.',
  attemptDeadline: 'While RUNNING: when the attempt times out.',
  heartbeatDeadline: 'While RUNNING: when the engine counts as lost, unless it sends a heartbeat.',
  lastHeartbeatAt:
    'While RUNNING with a heartbeat timeout: when the engine was last heard; at first, when it claimed.',
  finalDeadline: 'While IN_PROGRESS: when it times out, whatever the attempt.',
  retryAt: 'In BACKOFF: when the next attempt is offered.',
  endedAt: 'When it ended. Absent while IN_PROGRESS.',
  version: 'Rises with every write of its row: of two answers or events, the higher one is newer.',
};

export const ENTRY_DESCRIPTIONS: Readonly<Record<keyof HistoryEntry, string>> = {
  at: 'When the change was written.',
  stackId: 'The stack.',
  operationId: 'The operation.',
  resource: 'The resource. Absent if the change is one of the operation itself.',
  action: 'What the operation or the resource action does.',
  transition:
    'What happened: START, COMPLETE, CANCEL, TIMEOUT, RESOURCE_FAILED, SUPERSEDE or PARENT_ENDED of an operation; DISPATCH, QUEUE, CLAIM, COMPLETE, RELEASE, OFFER, RETRY, TIMEOUT, ENGINE_LOST, NO_ENGINE, CANCEL (with its operation) or CANCEL_RESOURCE of a resource action. Later versions may have more.',
  status:
    'The status after the change. COMPLETE with status IN_PROGRESS: an attempt was reported as FAILED, and another one follows.',
  phase: 'Of a resource action while IN_PROGRESS: the phase after the change.',
  attempt: 'Of a resource action: the attempt that the change is about. Of a failure the one that failed.',
  engineId: 'The engine that had that attempt, if one had claimed it.',
  cause: 'Why the attempt failed, or how it ended, for programs.',
  statusReason: 'A sentence for people.',
  deadline: 'Of an operation: its deadline. Of a CLAIM: when the attempt times out.',
  timeout:
    'Of the causes TIMEOUT, ENGINE_LOST and NO_ENGINE of a resource action: which timeout was reached.',
  latenessMs:
    'How long after that timeout, or after the deadline of the operation, its end was written, in milliseconds.',
  version: 'The version of the row after the change.',
};

type Added<E, S> = Readonly<Record<Exclude<keyof E, keyof S>, string>>;

export const OPERATION_CHANGE_DESCRIPTIONS: Added<OperationStatusChange, Stack> = {
  id: 'Names the change. It is the same however often the event is delivered, and no other change has it: `stackId/operationId/resource/version/transition`, each part percent-encoded.',
  previousStatus: 'The status before, if the operation had one.',
};

export const RESOURCE_CHANGE_DESCRIPTIONS: Added<ResourceActionStatusChange, ResourceAction> = {
  ...OPERATION_CHANGE_DESCRIPTIONS,
  previousStatus: 'The status before, if the resource action had one.',
  previousPhase: 'The phase before, if it had one.',
};

/** Why a request is refused. */
export const ERROR_DESCRIPTIONS: Readonly<Record<ErrorCode, string>> = {
  ValidationError: 'A field is missing, unknown or out of bounds. The message names it and what is allowed.',
  StackNotFound: 'There is no such stack (or parent), or its retention time is over.',
  ResourceNotFound: 'The stack has no such resource action, or its retention time is over.',
  OperationInProgress: 'Another operation of the stack is IN_PROGRESS, and `supersede` was not asked for.',
  StaleOperation: "Not the stack's current operation, or one that ended before.",
  OperationEnded: 'The operation has ended, in another way than the one asked for.',
  ParentEnded: 'The parent is not IN_PROGRESS any more.',
  ResourceInProgress: 'The operation has dispatched this resource before, with other fields.',
  StaleAttempt:
    'The attempt, or this claim on it, is over: stop working. Of a CancelResource: the resource action has ended otherwise.',
  NotClaimable:
    'The attempt is the current one, but cannot be claimed: it is delayed, another claim holds it, it has ended, or no time is left.',
  NotPermitted:
    'The alias that was invoked does not permit this command: a worker asked for what is for operators.',
};
