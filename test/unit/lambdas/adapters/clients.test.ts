/** Every function's clients give up on calls that hang, within its own time. */
import { expect, test, vi } from 'vitest';
import { clientDefaults, impatientDefaults } from '../../../../lambdas/adapters/clients.ts';
import { canaryClient } from '../../../../lambdas/adapters/lambda/canary.ts';

test('a call that hangs is given up, and made again twice', () => {
  // throwOnRequestTimeout: without it the SDK only warns, and waits on.
  expect(clientDefaults).toEqual({
    maxAttempts: 3,
    requestHandler: { requestTimeout: 1000, connectionTimeout: 1000, throwOnRequestTimeout: true },
  });
});

const made = vi.hoisted(() => [] as [string, unknown][]);

/** The client of a module, remembering what it is made with. */
const watched = vi.hoisted(
  () =>
    (name: string) =>
    async <M extends object>(original: () => Promise<M>): Promise<M> => {
      const module = await original();
      const Client: new (settings: unknown) => object = Reflect.get(module, name as keyof M) as never;
      class Watched extends Client {
        constructor(settings: unknown) {
          super(settings);
          made.push([name, settings]);
        }
      }
      return { ...module, [name]: Watched };
    },
);

vi.mock('@aws-sdk/client-dynamodb', watched('DynamoDBClient'));
vi.mock('@aws-sdk/client-eventbridge', watched('EventBridgeClient'));
vi.mock('@aws-sdk/client-lambda', watched('LambdaClient'));
vi.mock('@aws-sdk/client-scheduler', watched('SchedulerClient'));
vi.mock('@aws-sdk/client-sqs', watched('SQSClient'));

/** What the functions want to know; a number does for each. */
const VARIABLES = [
  'TABLE_NAME',
  'TIMER_QUEUE_URL',
  'TIMER_QUEUE_ARN',
  'COMMAND_FUNCTION_NAME',
  'EVENT_BUS_NAME',
  'SCHEDULE_GROUP_NAME',
  'SCHEDULE_ROLE_ARN',
  'SCHEDULE_DEAD_LETTER_QUEUE_ARN',
  'NEAR_HORIZON_SECONDS',
  'LEAD_SECONDS',
  'RETENTION_SECONDS',
  'HISTORY_RETENTION_SECONDS',
  'GRACE_SECONDS',
  'SWEEP_BUDGET_SECONDS',
  'POWERTOOLS_SERVICE_NAME',
  'POWERTOOLS_METRICS_NAMESPACE',
];

const table = ['DynamoDBClient', clientDefaults] as const;
const canary = ['LambdaClient', canaryClient] as const;
const queue = ['SQSClient', clientDefaults] as const;

test.each([
  ['command', [table]],
  ['arm', [queue, ['SchedulerClient', impatientDefaults]]],
  ['effects', [table, ['EventBridgeClient', clientDefaults]]],
  ['wake', [table, canary, queue]],
  ['sweep', [table, canary]],
])('%s', async (name, clients) => {
  for (const variable of VARIABLES) vi.stubEnv(variable, '60');
  made.length = 0;
  await import(`../../../../lambdas/${name}/handler.ts`);
  expect(made).toEqual(clients);
  vi.unstubAllEnvs();
});
