/**
 * Work of a test's own, so that engines of tests that run at the same time do not take it from each
 * other.
 */
import { CreateQueueCommand } from '@aws-sdk/client-sqs';
import { RESOURCE_STATUS_CHANGE } from '../../../../contract/index.ts';
import { routeEvents } from '../../../../local/route-events.ts';
import { eventBridge, output, sqs, unique } from './aws.ts';

/** What an engine that was killed has received and not deleted comes again after this. */
const VISIBILITY_SECONDS = 5;

/**
 * A queue that gets the events of resource actions that become QUEUED, as the deployment's work
 * queue does, but only those whose detail matches.
 *
 * @returns its URL.
 */
export async function routedWork(detail: object): Promise<string> {
  const name = unique('work');
  const { QueueUrl } = await sqs.send(
    new CreateQueueCommand({
      QueueName: name,
      Attributes: { VisibilityTimeout: String(VISIBILITY_SECONDS) },
    }),
  );
  await route(QueueUrl as string, { ...detail, status: ['IN_PROGRESS'], phase: ['QUEUED'] });
  return QueueUrl as string;
}

/** Sends the events of resource actions whose detail matches to a queue, from now on. */
export const route = (queueUrl: string, detail: object): Promise<void> =>
  routeEvents(
    { sqs, eventBridge },
    {
      eventBusName: output('EventBusName'),
      name: unique('rule'),
      pattern: { 'detail-type': [RESOURCE_STATUS_CHANGE], detail },
      queueUrl,
    },
  );

/** A resource type that only one test uses, and a queue that its work is routed to. */
export async function ownWork(): Promise<{ readonly resourceType: string; readonly queueUrl: string }> {
  const resourceType = unique('Test::Type');
  return { resourceType, queueUrl: await routedWork({ resourceType: [resourceType] }) };
}
