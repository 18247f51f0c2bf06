import {
  EVENT_SOURCE,
  OPERATION_STATUS_CHANGE,
  operationStatusChangeSchema,
  RESOURCE_STATUS_CHANGE,
  resourceActionSchema,
  resourceActionStatusChangeSchema,
  stackSchema,
} from '../../contract/index.ts';
import { OPERATION_CHANGE_DESCRIPTIONS, RESOURCE_CHANGE_DESCRIPTIONS } from './descriptions.ts';
import { answerTable, type Shape } from './fields.ts';
import { code, json, page } from './markdown.ts';

const INTRODUCTION = `\
Every status change is an event on the deployment's EventBridge bus (output \`EventBusName\`). To observe
them, add a rule of yours to the bus.

- **At least once.** The same event may arrive twice. Its \`id\` is then the same.
- **In no order.** Of two events of one stack or resource action, the one with the higher \`version\` is newer.
- **Not everything.** A moved deadline and a heartbeat are no status changes.`;

const PATTERN = `\
A rule with this pattern sees every operation that failed:`;

const WORK = `\
The work queue's messages are these events too: a rule of the deployment sends each event with phase QUEUED
to the queue (output \`WorkQueueUrl\`). The message is EventBridge's envelope, and \`detail\` is the work. Work
that no engine claims is published again, with the same \`attempt\`: after 60 to 90 s, then after twice that time,
at last every 60 to 90 minutes. See [Engines](../guides/engines.md).`;

/** What an event adds to the stack or resource action that it shows. */
const added = (event: Shape, shown: Shape): Shape =>
  Object.fromEntries(Object.entries(event).filter(([name]) => !(name in shown)));

const operation = {
  stackId: 'web',
  operationId: '7f3c',
  action: 'CREATE',
  status: 'FAILED',
  statusReason: 'Timed out',
  cause: 'TIMEOUT',
  startedAt: '2026-01-31T12:00:00.000Z',
  deadline: '2026-01-31T12:30:00.000Z',
  endedAt: '2026-01-31T12:30:00.412Z',
  version: 2,
  id: 'web/7f3c//2/TIMEOUT',
  previousStatus: 'IN_PROGRESS',
};

const work = {
  stackId: 'web',
  operationId: '7f3c',
  resource: 'server',
  resourceType: 'OS::Nova::Server',
  action: 'CREATE',
  status: 'IN_PROGRESS',
  phase: 'QUEUED',
  attempt: 2,
  maxAttempts: 3,
  statusReason: 'Engine engine-a went down during resource CREATE',
  cause: 'ENGINE_LOST',
  version: 3,
  id: 'web/7f3c/server/3/ENGINE_LOST',
  previousStatus: 'IN_PROGRESS',
  previousPhase: 'RUNNING',
};

const envelope = (detailType: string, detail: object) => ({
  source: EVENT_SOURCE,
  'detail-type': detailType,
  detail,
});

export function eventsPage(): string {
  return page(
    'contract/ and scripts/reference/descriptions.ts',
    '# Events',
    INTRODUCTION,
    PATTERN,
    json({
      source: [EVENT_SOURCE],
      'detail-type': [OPERATION_STATUS_CHANGE],
      detail: { status: ['FAILED'] },
    }),
    `## ${OPERATION_STATUS_CHANGE}`,
    `Published when an operation starts and when it ends. ${code('detail')} is a [\`stack\`](commands.md#stack) with:`,
    answerTable(added(operationStatusChangeSchema.shape, stackSchema.shape), OPERATION_CHANGE_DESCRIPTIONS),
    json(envelope(OPERATION_STATUS_CHANGE, operationStatusChangeSchema.parse(operation))),
    `## ${RESOURCE_STATUS_CHANGE}`,
    `Published when the status or the phase of a resource action changes, and when QUEUED work is offered\nagain. ${code('detail')} is a [\`resource\`](commands.md#resource) with:`,
    answerTable(
      added(resourceActionStatusChangeSchema.shape, resourceActionSchema.shape),
      RESOURCE_CHANGE_DESCRIPTIONS,
    ),
    json(envelope(RESOURCE_STATUS_CHANGE, resourceActionStatusChangeSchema.parse(work))),
    '## Work',
    WORK,
  );
}
