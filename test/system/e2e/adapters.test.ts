/** The real adapters pass the same port suites as the memory adapters of the unit tests. */
import { CreateEventBusCommand, PutRuleCommand, PutTargetsCommand } from '@aws-sdk/client-eventbridge';
import {
  CreateScheduleGroupCommand,
  GetScheduleCommand,
  ListSchedulesCommand,
} from '@aws-sdk/client-scheduler';
import { createEventBus } from '../../../lambdas/adapters/eventbridge/event-bus.ts';
import { createSchedules } from '../../../lambdas/adapters/eventbridge/schedules.ts';
import { createTimerQueue } from '../../../lambdas/adapters/sqs/timer-queue.ts';
import { dynamoDbSuites } from '../../ports/dynamodb.ts';
import { eventBusSuite, schedulesSuite, timerQueueSuite } from '../../ports/messaging.ts';
import { createTableLike } from '../../support/table-like.ts';
import { createQueue, drain, dynamodb, eventBridge, output, scheduler, sqs, unique } from './support/aws.ts';

dynamoDbSuites(
  () => dynamodb,
  async () => {
    const TableName = unique('port');
    await createTableLike(dynamodb, output('TableName'), TableName);
    return TableName;
  },
);

timerQueueSuite(async () => {
  const { url } = await createQueue('port');
  return { queue: createTimerQueue(sqs, url), received: () => drain(url) };
});

schedulesSuite(async () => {
  const groupName = unique('port');
  await scheduler.send(new CreateScheduleGroupCommand({ Name: groupName }));
  const { arn: queueArn } = await createQueue('port-target');
  const { arn: deadLetterQueueArn } = await createQueue('port-dead');
  const roleArn = 'arn:aws:iam::000000000000:role/port';
  const schedules = createSchedules(scheduler, { groupName, queueArn, roleArn, deadLetterQueueArn });
  const stored = async () => {
    const { Schedules = [] } = await scheduler.send(new ListSchedulesCommand({ GroupName: groupName }));
    return Promise.all(
      Schedules.map(async ({ Name = '' }) => {
        const schedule = await scheduler.send(new GetScheduleCommand({ GroupName: groupName, Name }));
        const [, at] = /^at\((.{19})\)$/.exec(schedule.ScheduleExpression ?? '') ?? [];
        return { name: Name, at: Date.parse(`${at}Z`), body: schedule.Target?.Input ?? '' };
      }),
    );
  };
  return { schedules, stored };
});

eventBusSuite(async () => {
  const name = unique('port');
  await eventBridge.send(new CreateEventBusCommand({ Name: name }));
  const queue = await createQueue('port-bus');
  await eventBridge.send(
    new PutRuleCommand({ EventBusName: name, Name: 'all', EventPattern: '{"source":["stack-timeouts"]}' }),
  );
  await eventBridge.send(
    new PutTargetsCommand({ EventBusName: name, Rule: 'all', Targets: [{ Id: 'queue', Arn: queue.arn }] }),
  );
  const received = async () => (await drain(queue.url)).map((body) => JSON.parse(body).detail);
  return { bus: createEventBus(eventBridge, name), received };
});
