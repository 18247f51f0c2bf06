import { CreateEventBusCommand, type EventBridgeClient } from '@aws-sdk/client-eventbridge';
import {
  CreateScheduleGroupCommand,
  GetScheduleCommand,
  ListSchedulesCommand,
  type SchedulerClient,
} from '@aws-sdk/client-scheduler';
import type { SQSClient } from '@aws-sdk/client-sqs';
import { createEventBus } from '../../lambdas/adapters/eventbridge/event-bus.ts';
import { createSchedules } from '../../lambdas/adapters/eventbridge/schedules.ts';
import { createTimerQueue } from '../../lambdas/adapters/sqs/timer-queue.ts';
import { routeEvents } from '../../local/route-events.ts';
import { createQueue, drain } from '../support/queues.ts';
import { eventBusSuite, schedulesSuite, timerQueueSuite } from './messaging.ts';

export interface MessagingClients {
  readonly sqs: SQSClient;
  readonly scheduler: SchedulerClient;
  readonly eventBridge: EventBridgeClient;
}

/**
 * Every suite of what is sent, on queues, schedules and a bus of their own. `clients` is asked when
 * a test needs them. `unique` gives a name that nothing else has.
 */
export function messagingSuites(clients: () => MessagingClients, unique: (prefix: string) => string): void {
  timerQueueSuite(async () => {
    const { sqs } = clients();
    const { url } = await createQueue(sqs, unique('port'));
    return { queue: createTimerQueue(sqs, url), received: () => drain(sqs, url) };
  });

  schedulesSuite(async () => {
    const { sqs, scheduler } = clients();
    const groupName = unique('port');
    await scheduler.send(new CreateScheduleGroupCommand({ Name: groupName }));
    const { arn: queueArn } = await createQueue(sqs, unique('port-target'));
    const { arn: deadLetterQueueArn } = await createQueue(sqs, unique('port-dead'));
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
    const { sqs, eventBridge } = clients();
    const name = unique('port');
    await eventBridge.send(new CreateEventBusCommand({ Name: name }));
    const { url: queueUrl } = await createQueue(sqs, unique('port-bus'));
    const pattern = { source: ['stack-timeouts'] };
    await routeEvents({ sqs, eventBridge }, { eventBusName: name, name: 'all', pattern, queueUrl });
    const received = async () => (await drain(sqs, queueUrl)).map((body) => JSON.parse(body).detail);
    return { bus: createEventBus(eventBridge, name), received };
  });
}
