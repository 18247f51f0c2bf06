/** Every request to the command function. */
import * as z from 'zod/mini';
import type { Status } from './fields.ts';
import * as f from './fields.ts';

const operation = { stackId: f.stackId, operationId: f.operationId };
const resource = { ...operation, resource: f.resource };
/** What an engine says about the attempt that it has claimed. */
const claimed = { ...resource, attempt: f.attempt, claimId: f.claimId };

const startOperation = z.strictObject({
  command: z.literal('StartOperation'),
  ...operation,
  action: f.action,
  timeoutSeconds: f.seconds,
  supersede: z.optional(f.flag),
  parent: z.optional(f.parent),
  metadata: z.optional(f.metadata),
});
const completeOperation = z.strictObject({
  command: z.literal('CompleteOperation'),
  ...operation,
  status: f.reportableStatus,
  reason: z.optional(f.reason),
});
const cancelOperation = z.strictObject({
  command: z.literal('CancelOperation'),
  ...operation,
  reason: z.optional(f.reason),
});
const extendOperation = z.strictObject({
  command: z.literal('ExtendOperation'),
  ...operation,
  timeoutSeconds: f.seconds,
});
const getStack = z.strictObject({
  command: z.literal('GetStack'),
  stackId: f.stackId,
  nextToken: z.optional(f.pageToken),
});
const getHistory = z.strictObject({
  command: z.literal('GetHistory'),
  stackId: f.stackId,
  operationId: z.optional(f.operationId),
  resource: z.optional(f.resource),
  limit: z.optional(f.wholeNumber(1, 100)),
  nextToken: z.optional(f.pageToken),
});
const listStacks = z.strictObject({
  command: z.literal('ListStacks'),
  status: z.optional(f.status),
  since: z.optional(f.time),
  limit: z.optional(f.wholeNumber(1, 100)),
  nextToken: z.optional(f.pageToken),
});
const dispatchResource = z.strictObject({
  command: z.literal('DispatchResource'),
  ...resource,
  action: f.action,
  resourceType: z.optional(f.resourceType),
  input: z.optional(f.payload),
  delaySeconds: z.optional(f.delaySeconds),
  startToCloseSeconds: f.seconds,
  scheduleToStartSeconds: z.optional(f.seconds),
  scheduleToCloseSeconds: z.optional(f.seconds),
  heartbeatSeconds: z.optional(f.seconds),
  retry: z.optional(f.retry),
  onFailure: z.optional(f.onFailure),
});
const claimResource = z.strictObject({
  command: z.literal('ClaimResource'),
  ...claimed,
  engineId: f.engineId,
});
const heartbeat = z.strictObject({ command: z.literal('Heartbeat'), ...claimed });
const completeResource = z.strictObject({
  command: z.literal('CompleteResource'),
  ...claimed,
  status: f.reportableStatus,
  reason: z.optional(f.reason),
  retryable: z.optional(f.flag),
  output: z.optional(f.payload),
});
const releaseResource = z.strictObject({ command: z.literal('ReleaseResource'), ...claimed });
const cancelResource = z.strictObject({
  command: z.literal('CancelResource'),
  ...resource,
  reason: z.optional(f.reason),
});
const getResource = z.strictObject({
  command: z.literal('GetResource'),
  stackId: f.stackId,
  resource: f.resource,
});

/** Every request by the name of its command. */
export const requests = {
  StartOperation: startOperation,
  CompleteOperation: completeOperation,
  CancelOperation: cancelOperation,
  ExtendOperation: extendOperation,
  GetStack: getStack,
  GetHistory: getHistory,
  ListStacks: listStacks,
  DispatchResource: dispatchResource,
  ClaimResource: claimResource,
  Heartbeat: heartbeat,
  CompleteResource: completeResource,
  ReleaseResource: releaseResource,
  CancelResource: cancelResource,
  GetResource: getResource,
};
export type CommandName = keyof typeof requests;
export const COMMANDS = Object.keys(requests) as CommandName[];

export const requestSchema = z.discriminatedUnion('command', [
  startOperation,
  completeOperation,
  cancelOperation,
  extendOperation,
  getStack,
  getHistory,
  listStacks,
  dispatchResource,
  claimResource,
  heartbeat,
  completeResource,
  releaseResource,
  cancelResource,
  getResource,
]);
export type Request = z.infer<typeof requestSchema>;
export type RequestOf<N extends CommandName> = Extract<Request, { command: N }>;

/**
 * What no schema of a single field can say: fields that contradict one another, and a deadline
 * behind another one, which would never come (P12).
 */
export function contradiction(request: Request): string | undefined {
  if (request.command === 'StartOperation' && request.parent?.stackId === request.stackId)
    return 'parent.stackId must be another stack';
  if (request.command === 'ListStacks' && request.since !== undefined && !isEnded(request.status))
    return 'since must come with status COMPLETE or FAILED: what is IN_PROGRESS has not ended';
  if (request.command !== 'DispatchResource') return undefined;
  const { startToCloseSeconds, scheduleToStartSeconds, scheduleToCloseSeconds, heartbeatSeconds } = request;
  const { delaySeconds, retry = {} } = request;
  const { intervalSeconds, maxDelaySeconds } = retry;
  // scheduleToClose counts from the dispatch, the other two from the end of the delay at the
  // earliest.
  const delayed = (name: string) => (delaySeconds === undefined ? name : `delaySeconds + ${name}`);
  const orders = [
    ['heartbeatSeconds', heartbeatSeconds, 'startToCloseSeconds', startToCloseSeconds],
    [
      delayed('startToCloseSeconds'),
      startToCloseSeconds + (delaySeconds ?? 0),
      'scheduleToCloseSeconds',
      scheduleToCloseSeconds,
    ],
    [
      delayed('scheduleToStartSeconds'),
      scheduleToStartSeconds && scheduleToStartSeconds + (delaySeconds ?? 0),
      'scheduleToCloseSeconds',
      scheduleToCloseSeconds,
    ],
    ['retry.intervalSeconds', intervalSeconds, 'retry.maxDelaySeconds', maxDelaySeconds],
  ] as const;
  const wrong = orders.find(([, one, , other]) => one !== undefined && other !== undefined && one > other);
  return wrong && `${wrong[0]} must be at most ${wrong[2]}, else it would never come to bear`;
}

const isEnded = (status: Status | undefined): boolean => status === 'COMPLETE' || status === 'FAILED';
