/** Listens to the bus, as any observer may. */
import { CreateQueueCommand } from '@aws-sdk/client-sqs';
import {
  EVENT_SOURCE,
  OPERATION_STATUS_CHANGE,
  type OperationStatusChange,
  type ResourceActionStatusChange,
} from '../../../contract/index.ts';
import { routeEvents } from '../../../local/route-events.ts';
import type { Deployment } from './deployment.ts';

export interface Observer {
  /** What has come so far, each id once. */
  readonly operationEvents: readonly OperationStatusChange[];
  readonly resourceEvents: readonly ResourceActionStatusChange[];
  /** Events of work that is QUEUED, word for word as they are on the work queue. */
  readonly workMessages: readonly string[];
  /** Aborts, with an error as the reason, if it cannot listen any more. */
  readonly lost: AbortSignal;
}

type Envelope =
  | { readonly 'detail-type': typeof OPERATION_STATUS_CHANGE; readonly detail: OperationStatusChange }
  | { readonly 'detail-type': string; readonly detail: ResourceActionStatusChange };

const isOfOperation = (event: Envelope): event is Extract<Envelope, { detail: OperationStatusChange }> =>
  event['detail-type'] === OPERATION_STATUS_CHANGE;

/** Listens until the signal aborts. */
export async function observe(deployment: Deployment, signal: AbortSignal): Promise<Observer> {
  const queueUrl = await subscribe(deployment);
  const operationEvents = new Map<string, OperationStatusChange>();
  const resourceEvents = new Map<string, ResourceActionStatusChange>();
  const workMessages: string[] = [];

  function note(body: string): void {
    const event = JSON.parse(body) as Envelope;
    if (isOfOperation(event)) {
      operationEvents.set(event.detail.id, event.detail);
      return;
    }
    const detail = event.detail as ResourceActionStatusChange;
    resourceEvents.set(detail.id, detail);
    if (detail.phase === 'QUEUED') workMessages.push(body);
  }
  async function listen(): Promise<void> {
    while (!signal.aborted) for (const body of await deployment.drain(queueUrl, 1)) note(body);
  }

  const lost = new AbortController();
  listen().catch((error) => lost.abort(error));
  return {
    get operationEvents() {
      return [...operationEvents.values()];
    },
    get resourceEvents() {
      return [...resourceEvents.values()];
    },
    workMessages,
    lost: lost.signal,
  };
}

async function subscribe({ sqs, eventBridge, output }: Deployment): Promise<string> {
  const name = 'chaos-observer';
  const { QueueUrl: queueUrl = '' } = await sqs.send(new CreateQueueCommand({ QueueName: name }));
  const pattern = { source: [EVENT_SOURCE] };
  const eventBusName = output('EventBusName');
  await routeEvents({ sqs, eventBridge }, { eventBusName, name, pattern, queueUrl });
  return queueUrl;
}
