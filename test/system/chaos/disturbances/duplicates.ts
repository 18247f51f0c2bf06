/** Messages that were sent before, word for word, and at any time. */
import { QueryCommand } from '@aws-sdk/client-dynamodb';
import { marshall } from '@aws-sdk/util-dynamodb';
import type { WakeUp } from '../../../../contract/index.ts';
import { isResourceActionItem, isStackItem, pkOf } from '../../../../lambdas/adapters/dynamodb/keys.ts';
import { fromResourceActionItem } from '../../../../lambdas/adapters/dynamodb/resource-action-item.ts';
import { fromStackItem } from '../../../../lambdas/adapters/dynamodb/stack-item.ts';
import { firstWakeUp, timerOf } from '../../../../lambdas/domain/timer.ts';
import type { Deployment } from '../deployment.ts';
import type { Disturbance } from './disturbance.ts';

/** How old the stacks may be whose wake-ups are repeated. */
const RECENT = 40;
const STACKS = 4;
const COPIES = 3;

/** What was armed for the timers that a stack has at the moment. */
async function wakeUpsOf({ dynamodb, output }: Deployment, stackId: string): Promise<WakeUp[]> {
  const { Items = [] } = await dynamodb.send(
    new QueryCommand({
      TableName: output('TableName'),
      ConsistentRead: true,
      KeyConditionExpression: 'pk = :pk',
      ExpressionAttributeValues: marshall({ ':pk': pkOf(stackId) }),
    }),
  );
  const rows = [
    ...Items.filter(isStackItem).map(fromStackItem),
    ...Items.filter(isResourceActionItem).map(fromResourceActionItem),
  ];
  return rows.flatMap((row) => (row.status === 'IN_PROGRESS' ? [firstWakeUp(timerOf(row))] : []));
}

/**
 * Copies of the wake-ups of what is in progress: at once, or so that they come with the real one or
 * after it.
 */
export const repeatWakeUps: Disturbance = async ({ deployment, ledger, wakeUps, count }, random) => {
  const recent = [...new Set(ledger.asked.slice(-RECENT).map(({ request }) => request.stackId))];
  let copies = 0;
  for (let n = 0; n < STACKS && recent.length > 0; n++) {
    for (const wakeUp of await wakeUpsOf(deployment, random.pick(recent))) {
      const body = JSON.stringify(wakeUp);
      wakeUps.push(body);
      for (let copy = 0; copy < COPIES; copy++, copies++) {
        const delaySeconds = random.pick([0, 0, random.between(1, 30)]);
        await deployment.send(deployment.output('TimerQueueUrl'), body, delaySeconds);
      }
    }
  }
  count('copies of wake-ups sent', copies);
  return { what: `${copies} copies of wake-ups` };
};

/** Wake-ups of earlier timers, most of them of what has ended. */
export const sendOldWakeUps: Disturbance = async ({ deployment, wakeUps, count }, random) => {
  if (wakeUps.length === 0) return undefined;
  for (let n = 0; n < 10; n++)
    await deployment.send(deployment.output('TimerQueueUrl'), random.pick(wakeUps), random.between(0, 5));
  count('old wake-ups sent', 10);
  return { what: '10 old wake-ups' };
};

export const repeatWork: Disturbance = async ({ deployment, observer, count }, random) => {
  if (observer.workMessages.length === 0) return undefined;
  for (let n = 0; n < 10; n++)
    await deployment.send(deployment.output('WorkQueueUrl'), random.pick(observer.workMessages));
  count('copies of work messages sent', 10);
  return { what: '10 copies of work messages' };
};
