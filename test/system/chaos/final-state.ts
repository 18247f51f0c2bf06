/** Reads the state of the deployment: table, schedules, queues. */
import { paginateScan } from '@aws-sdk/client-dynamodb';
import { paginateListObjectsV2 } from '@aws-sdk/client-s3';
import { ListSchedulesCommand } from '@aws-sdk/client-scheduler';
import { GetQueueAttributesCommand } from '@aws-sdk/client-sqs';
import type { StackTimeoutsClient } from '../../../client/index.ts';
import {
  CHILD,
  type Item,
  isResourceActionItem,
  isStackItem,
} from '../../../lambdas/adapters/dynamodb/keys.ts';
import { fromResourceActionItem } from '../../../lambdas/adapters/dynamodb/resource-action-item.ts';
import { fromStackItem } from '../../../lambdas/adapters/dynamodb/stack-item.ts';
import { SHARDS } from '../../../lambdas/domain/timer.ts';
import type { Deployment } from './deployment.ts';
import type { DeadLetter, FinalState } from './observations.ts';

export async function readFinalState(
  deployment: Deployment,
  client: StackTimeoutsClient,
): Promise<FinalState> {
  const { output } = deployment;
  const items = await scan(deployment);
  const listed: string[] = [];
  for await (const { stackId } of client.stacks()) listed.push(stackId);
  return {
    stacks: items.filter(isStackItem).map(fromStackItem),
    resources: items.filter(isResourceActionItem).map(fromResourceActionItem),
    items: items.filter(isLeft).map(({ pk, sk }) => `${pk?.S} ${sk?.S}`),
    listed,
    schedules: await schedulesOf(deployment),
    waiting: {
      timer: await waiting(deployment, output('TimerQueueUrl')),
      work: await waiting(deployment, output('WorkQueueUrl')),
    },
    givenUp: await givenUp(deployment),
    undelivered: [
      ...(await deployment.drain(output('ScheduleDeadLetterQueueUrl'))),
      ...(await deployment.drain(output('WorkRuleDeadLetterQueueUrl'))),
    ],
  };
}

/** Takes the dead letters that have come. */
export async function takeDeadLetters({ drain, output }: Deployment): Promise<DeadLetter[]> {
  const of = async (queue: DeadLetter['queue'], name: string) =>
    (await drain(output(name))).map((body) => ({ queue, body }));
  return [...(await of('timer', 'TimerDeadLetterQueueUrl')), ...(await of('work', 'WorkDeadLetterQueueUrl'))];
}

async function scan({ dynamodb, output }: Deployment): Promise<Item[]> {
  const items: Item[] = [];
  const pages = paginateScan({ client: dynamodb }, { TableName: output('TableName'), ConsistentRead: true });
  for await (const { Items = [] } of pages) items.push(...Items);
  return items;
}

/**
 * A child that is still known to its parent; an input or output that does not expire; an ended row
 * with a timer, or that does not expire.
 */
function isLeft(item: Item): boolean {
  const sk = item.sk?.S ?? '';
  if (sk.startsWith(CHILD)) return true;
  if (/^(INPUT|OUTPUT)#/.test(sk)) return item.expiresAt === undefined;
  if (!isStackItem(item) && !isResourceActionItem(item)) return false;
  if (item.status?.S === 'IN_PROGRESS') return false;
  return SHARDS.includes(item.timerShard?.S ?? '') || item.expiresAt === undefined;
}

/** Some of them, if they are many. */
export async function schedulesOf({ scheduler, output }: Deployment): Promise<string[]> {
  const { Schedules = [] } = await scheduler.send(
    new ListSchedulesCommand({ GroupName: output('ScheduleGroupName') }),
  );
  return Schedules.flatMap(({ Name }) => Name ?? []);
}

async function waiting({ sqs }: Deployment, QueueUrl: string): Promise<number> {
  const { Attributes = {} } = await sqs.send(
    new GetQueueAttributesCommand({
      QueueUrl,
      AttributeNames: [
        'ApproximateNumberOfMessages',
        'ApproximateNumberOfMessagesNotVisible',
        'ApproximateNumberOfMessagesDelayed',
      ],
    }),
  );
  return Object.values(Attributes).reduce((sum, count) => sum + Number(count), 0);
}

async function givenUp({ s3, output }: Deployment): Promise<string[]> {
  const keys: string[] = [];
  const pages = paginateListObjectsV2({ client: s3 }, { Bucket: output('StreamFailureBucketName') });
  for await (const { Contents = [] } of pages) keys.push(...Contents.flatMap(({ Key }) => Key ?? []));
  return keys;
}
