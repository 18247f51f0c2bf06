import {
  ConflictException,
  CreateScheduleCommand,
  DeleteScheduleCommand,
  ResourceNotFoundException,
  type SchedulerClient,
  SchedulerServiceException,
} from '@aws-sdk/client-scheduler';
import { DELIVERY_RETRY } from '../../../contract/deployment.ts';
import { toIso } from '../../domain/time.ts';
import type { Schedules } from '../../ports/messaging.ts';

export interface ScheduleTarget {
  readonly groupName: string;
  readonly queueArn: string;
  readonly roleArn: string;
  readonly deadLetterQueueArn: string;
}

const RETRY_POLICY = {
  MaximumEventAgeInSeconds: DELIVERY_RETRY.maxAgeSeconds,
  MaximumRetryAttempts: DELIVERY_RETRY.maxAttempts,
};

export function createSchedules(scheduler: SchedulerClient, target: ScheduleTarget): Schedules {
  return {
    async create({ name, at, wakeUp }) {
      try {
        await scheduler.send(
          new CreateScheduleCommand({
            GroupName: target.groupName,
            Name: name,
            // at(yyyy-mm-ddThh:mm:ss): no fraction, no zone suffix.
            ScheduleExpression: `at(${toIso(at).slice(0, 19)})`,
            ScheduleExpressionTimezone: 'UTC',
            FlexibleTimeWindow: { Mode: 'OFF' },
            ActionAfterCompletion: 'DELETE',
            Target: {
              Arn: target.queueArn,
              RoleArn: target.roleArn,
              Input: JSON.stringify(wakeUp),
              RetryPolicy: RETRY_POLICY,
              DeadLetterConfig: { Arn: target.deadLetterQueueArn },
            },
          }),
        );
        return 'created';
      } catch (error) {
        // An earlier delivery of the same change has armed this timer.
        if (error instanceof ConflictException) return 'created';
        if (isUnavailable(error)) return 'unavailable';
        throw error;
      }
    },

    async delete(name) {
      try {
        await scheduler.send(new DeleteScheduleCommand({ GroupName: target.groupName, Name: name }));
        return 'deleted';
      } catch (error) {
        // It has fired and deleted itself, or was never created.
        if (error instanceof ResourceNotFoundException) return 'deleted';
        // Whatever the service's reason, arming must not wait for it: a schedule that is left fires
        // in vain, and deletes itself.
        if (error instanceof SchedulerServiceException || isUnavailable(error)) return 'unavailable';
        throw error;
      }
    },
  };
}

/**
 * Whether the service, not the request, is at fault: throttled, at its quota, failing, or out of
 * reach. Anything else (a missing permission, a request that it finds invalid) is ours to mend, and
 * thrown.
 */
function isUnavailable(error: unknown): boolean {
  if (!(error instanceof SchedulerServiceException)) return isNetworkFault(error) || isServerFault(error);
  return (
    error.$fault === 'server' ||
    error.name === 'ThrottlingException' ||
    error.name === 'ServiceQuotaExceededException'
  );
}

/** An answer that is none of the service's, such as the page of a proxy in front of it. */
const isServerFault = (error: unknown): boolean =>
  ((error as { $metadata?: { httpStatusCode?: number } }).$metadata?.httpStatusCode ?? 0) >= 500;

/** The SDK's own time-out, or a system error such as ECONNREFUSED. */
const isNetworkFault = (error: unknown): boolean =>
  error instanceof Error &&
  (error.name === 'TimeoutError' || ('code' in error && /^E(?!RR_)[A-Z]/.test(String(error.code))));
