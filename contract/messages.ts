/** What goes over queues and the bus: wake-ups and status changes. */
import * as z from 'zod/mini';
import { resourceActionSchema, stackSchema } from './answers.ts';
import * as f from './fields.ts';

/**
 * The body of a message on the timer queue. Unknown fields are ignored, so that old code reads
 * newer wake-ups.
 */
export const wakeUpSchema = z.object(
  {
    v: z.literal(1, f.must('1')),
    stackId: f.stackId,
    /** Of a resource action's timer. */
    resource: z.optional(f.resource),
    operationId: f.operationId,
    generation: f.wholeNumber(1, Number.MAX_SAFE_INTEGER),
    dueAt: f.time,
    hops: f.wholeNumber(0, Number.MAX_SAFE_INTEGER),
  },
  f.must('a JSON object'),
);
/**
 * "Look at this row now": a hint without authority. `hops` counts how often it went round through
 * the timer queue.
 */
export type WakeUp = z.infer<typeof wakeUpSchema>;

export const EVENT_SOURCE = 'stack-timeouts';
export const OPERATION_STATUS_CHANGE = 'Stack Operation Status Change';
export const RESOURCE_STATUS_CHANGE = 'Resource Action Status Change';

const change = { id: z.string(), previousStatus: z.optional(f.status) };

/**
 * The detail of a `Stack Operation Status Change` event. `id` is for de-duplication: the same
 * change always has the same one, and no other change of the deployment has it. It is
 * `stackId/operationId/resource/version/transition`, each part percent-encoded, `resource` empty
 * for an operation.
 */
export const operationStatusChangeSchema = z.extend(stackSchema, change);
export type OperationStatusChange = z.infer<typeof operationStatusChangeSchema>;

/**
 * The detail of a `Resource Action Status Change` event: of status or phase, or QUEUED work that is
 * offered again. With phase QUEUED it is work to be claimed.
 */
export const resourceActionStatusChangeSchema = z.extend(resourceActionSchema, {
  ...change,
  previousPhase: z.optional(f.phase),
});
export type ResourceActionStatusChange = z.infer<typeof resourceActionStatusChangeSchema>;

/** A message of the work queue: EventBridge's envelope, of which only this is looked at. */
export const workMessageSchema = z.object(
  { detail: resourceActionStatusChangeSchema },
  f.must('an event of the bus, with a detail'),
);
