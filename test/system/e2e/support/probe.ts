import { setTimeout as sleep } from 'node:timers/promises';
import { GetFunctionConfigurationCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { CreateScheduleCommand, DeleteScheduleCommand, SchedulerClient } from '@aws-sdk/client-scheduler';
import {
  CreateQueueCommand,
  DeleteQueueCommand,
  GetQueueAttributesCommand,
  ReceiveMessageCommand,
  SQSClient,
} from '@aws-sdk/client-sqs';
import { sdkConfig } from '../../../../local/environment.ts';
import type { Outputs } from '../../../../local/local-cloud.ts';

/** The coarsest scheduler known looks every 60 s for what is due; the local ones every 10 s. */
const PATIENCE_MS = 70_000;

/**
 * The role of the deployment's schedules, since EventBridge Scheduler takes none that does not
 * exist.
 */
async function scheduleRole(outputs: Outputs): Promise<string> {
  const { Environment } = await new LambdaClient(sdkConfig(outputs)).send(
    new GetFunctionConfigurationCommand({ FunctionName: outputs.ArmFunctionName }),
  );
  const role = Environment?.Variables?.SCHEDULE_ROLE_ARN;
  if (role === undefined) throw new Error('arm has no SCHEDULE_ROLE_ARN');
  return role;
}

/**
 * Finds out by a probe schedule whether an endpoint fires schedules: some store them and never do.
 */
export async function firesSchedules(outputs: Outputs): Promise<boolean> {
  const config = sdkConfig(outputs);
  const sqs = new SQSClient(config);
  const scheduler = new SchedulerClient(config);
  const Name = `probe-${Date.now()}`;
  const role = await scheduleRole(outputs);
  // By itself, the role may send to the deployment's queues only.
  const statement = { Effect: 'Allow', Principal: { AWS: role }, Action: 'sqs:SendMessage', Resource: '*' };
  const Policy = JSON.stringify({ Version: '2012-10-17', Statement: [statement] });
  const { QueueUrl } = await sqs.send(new CreateQueueCommand({ QueueName: Name, Attributes: { Policy } }));
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
      // Not `{}`: an emulator may take that for no input, and send nothing.
      Target: { Arn: Attributes?.QueueArn, RoleArn: role, Input: JSON.stringify({ probe: Name }) },
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
