/** The health of a deployment on AWS. */
import {
  CloudWatchClient,
  GetMetricStatisticsCommand,
  paginateDescribeAlarms,
} from '@aws-sdk/client-cloudwatch';
import { DynamoDBClient, GetItemCommand } from '@aws-sdk/client-dynamodb';
import { SQSClient } from '@aws-sdk/client-sqs';
import { marshall, unmarshall } from '@aws-sdk/util-dynamodb';
import { DEPLOYMENT_ITEMS } from '../../contract/deployment.ts';
import { DEPLOYMENT_DIMENSION, METRIC_NAMESPACE, type MetricName } from '../../contract/metrics.ts';
import { lazily } from '../lazily.ts';
import type { Deployment } from '../locate.ts';
import { awsDeadLetters } from '../redrive/aws.ts';
import { SqsDeadLetterQueue } from '../redrive/sqs.ts';
import type { HealthSources } from './health.ts';
import type { AlarmLine } from './view.ts';

/** A sweep runs each minute, and its metric takes a while to appear. */
const SWEEP_PERIOD_MS = 15 * 60_000;

export function awsHealth(deployment: Deployment, now: () => number): HealthSources {
  const { aws, output } = deployment;
  const cloudWatch = new CloudWatchClient(aws);
  const dynamodb = new DynamoDBClient(aws);
  const sqs = new SQSClient(aws);
  const region = async () => String(await cloudWatch.config.region());
  /** The dashboard is called `<deployment>-<region>`. */
  const deploymentName = async () => {
    const name = await output('DashboardName');
    return name.slice(0, -`-${await region()}`.length);
  };
  return {
    deadLetters: lazily(() => awsDeadLetters(deployment)),

    async alarms() {
      const on: AlarmLine[] = [];
      const prefix = { AlarmNamePrefix: `${await deploymentName()}-`, StateValue: 'ALARM' } as const;
      for await (const page of paginateDescribeAlarms({ client: cloudWatch }, prefix))
        for (const {
          AlarmName = '',
          AlarmDescription = '',
          StateTransitionedTimestamp,
          StateUpdatedTimestamp,
        } of page.MetricAlarms ?? []) {
          const since = StateTransitionedTimestamp ?? StateUpdatedTimestamp;
          on.push({
            name: AlarmName,
            description: AlarmDescription,
            ...(since && { since: since.toISOString() }),
          });
        }
      return on;
    },

    async lastSweep() {
      const { Datapoints = [] } = await cloudWatch.send(
        new GetMetricStatisticsCommand({
          Namespace: METRIC_NAMESPACE,
          MetricName: 'SweepCompleted' satisfies MetricName,
          Dimensions: [{ Name: DEPLOYMENT_DIMENSION, Value: await deploymentName() }],
          StartTime: new Date(now() - SWEEP_PERIOD_MS),
          EndTime: new Date(now()),
          Period: 60,
          Statistics: ['Sum'],
        }),
      );
      const times = Datapoints.flatMap(({ Timestamp, Sum = 0 }) =>
        Timestamp && Sum > 0 ? [Timestamp.toISOString()] : [],
      );
      return times.toSorted().at(-1) ?? null;
    },

    async canary() {
      const { Item } = await dynamodb.send(
        new GetItemCommand({
          TableName: await output('TableName'),
          Key: marshall({ pk: DEPLOYMENT_ITEMS.canary, sk: 'CANARY' }),
        }),
      );
      const { succeededAt, failedAt } = Item ? unmarshall(Item) : {};
      return { ...time('succeededAt', succeededAt), ...time('failedAt', failedAt) };
    },

    workQueue: async () => new SqsDeadLetterQueue(sqs, await output('WorkQueueUrl')).count(),

    async dashboard() {
      const [name, at] = [await output('DashboardName'), await region()];
      return `https://${at}.console.aws.amazon.com/cloudwatch/home?region=${at}#dashboards/dashboard/${encodeURIComponent(name)}`;
    },
  };
}

const time = (name: string, at: unknown) =>
  typeof at === 'number' ? { [name]: new Date(at).toISOString() } : {};
