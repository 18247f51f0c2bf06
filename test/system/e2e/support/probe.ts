import { setTimeout as sleep } from 'node:timers/promises';
import { CreateScheduleCommand, DeleteScheduleCommand, SchedulerClient } from '@aws-sdk/client-scheduler';
import {
  CreateQueueCommand,
  DeleteQueueCommand,
  GetQueueAttributesCommand,
  ReceiveMessageCommand,
  SQSClient,
} from '@aws-sdk/client-sqs';
import { sdkConfig } from '../../../../local/environment.ts';

/** The coarsest scheduler known looks every 60 s for what is due; the local ones every 10 s. */
const PATIENCE_MS = 70_000;

/** Finds out by a probe schedule whether an endpoint fires schedules: some store them and never do. */
export async function firesSchedules(outputs: { endpoint: string }): Promise<boolean> {
  const config = sdkConfig(outputs);
  const sqs = new SQSClient(config);
  const scheduler = new SchedulerClient(config);
  const Name = `probe-${Date.now()}`;
  const { QueueUrl } = await sqs.send(new CreateQueueCommand({ QueueName: Name }));
  const { Attributes } = await sqs.send(
    new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ['QueueArn'] }),
  );
  const at = new Date(Date.now() + 2000).toISOString().slice(0, 19);
  await scheduler.send(
    new CreateScheduleCommand({
      Name,
      ScheduleExpression: `at(${at})`,
      FlexibleTimeWindow: { Mode: 'OFF' },
      ActionAfterCompletion: 'DELETE',
      Target: { Arn: Attributes?.QueueArn, RoleArn: 'arn:aws:iam::000000000000:role/probe', Input: '{}' },
    }),
  );
  const endBy = Date.now() + PATIENCE_MS;
  try {
    while (Date.now() < endBy) {
      const { Messages = [] } = await sqs.send(new ReceiveMessageCommand({ QueueUrl }));
      if (Messages.length > 0) return true;
      await sleep(250);
    }
    return false;
  } finally {
    await scheduler.send(new DeleteScheduleCommand({ Name })).catch(() => {});
    await sqs.send(new DeleteQueueCommand({ QueueUrl }));
  }
}
