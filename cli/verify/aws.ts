/** Reads on AWS what verify needs of a deployment. */
import { CloudWatchClient, paginateDescribeAlarms } from '@aws-sdk/client-cloudwatch';
import { DynamoDBClient, GetItemCommand } from '@aws-sdk/client-dynamodb';
import {
  GetAccountSettingsCommand,
  GetFunctionConfigurationCommand,
  LambdaClient,
  paginateListEventSourceMappings,
} from '@aws-sdk/client-lambda';
import {
  DeleteScheduleCommand,
  GetScheduleCommand,
  ResourceNotFoundException,
  SchedulerClient,
} from '@aws-sdk/client-scheduler';
import { SQSClient } from '@aws-sdk/client-sqs';
import { marshall, unmarshall } from '@aws-sdk/util-dynamodb';
import { sqsWorkQueue } from '../../client/engine/work-queue.ts';
import { DEPLOYMENT_ITEMS, type OutputName, type VariableName } from '../../contract/deployment.ts';
import type { Deployment } from '../locate.ts';
import { awsDeadLetters, hasCustomEndpoint } from '../redrive/aws.ts';
import { SOURCE_NAMES } from '../redrive/report.ts';
import { COUNTS } from '../redrive/sources.ts';
import { awsTriggers } from '../restore/aws.ts';
import type { Concurrency, Parts } from './parts.ts';
import type { Settings } from './plan.ts';

export async function awsParts(deployment: Deployment): Promise<Parts> {
  const { aws, output } = deployment;
  const lambda = new LambdaClient(aws);
  const scheduler = new SchedulerClient(aws);
  const dynamodb = new DynamoDBClient(aws);
  const cloudWatch = new CloudWatchClient(aws);
  const GroupName = await output('ScheduleGroupName');
  const TableName = await output('TableName');
  const settings = await settingsOf(lambda, output);
  const deadLetters = await awsDeadLetters(deployment);
  const WakeFunctionName = await output('WakeFunctionName');
  return {
    settings,
    workQueue: sqsWorkQueue(new SQSClient(aws), await output('WorkQueueUrl')),
    async schedule(Name) {
      try {
        const found = await scheduler.send(new GetScheduleCommand({ GroupName, Name }));
        return {
          expression: found.ScheduleExpression ?? '',
          targetArn: found.Target?.Arn ?? '',
          input: found.Target?.Input ?? '',
          deletesItself: found.ActionAfterCompletion === 'DELETE',
        };
      } catch (error) {
        if (error instanceof ResourceNotFoundException) return undefined;
        throw error;
      }
    },
    async deleteSchedule(Name) {
      await scheduler.send(new DeleteScheduleCommand({ GroupName, Name }));
    },
    deadLetters: SOURCE_NAMES.map((name) => ({ name, count: () => COUNTS[name](deadLetters) })),
    triggers: () => awsTriggers(deployment),
    async alarms() {
      const AlarmNamePrefix = `${settings.deploymentName}-`;
      const alarms = [];
      for await (const page of paginateDescribeAlarms({ client: cloudWatch }, { AlarmNamePrefix })) {
        for (const { AlarmName = '', StateValue } of page.MetricAlarms ?? []) {
          alarms.push({ name: AlarmName, isOn: StateValue === 'ALARM' });
        }
      }
      return alarms;
    },
    async canary() {
      const Key = marshall({ pk: DEPLOYMENT_ITEMS.canary, sk: 'CANARY' });
      const { Item } = await dynamodb.send(new GetItemCommand({ TableName, Key, ConsistentRead: true }));
      return Item ? unmarshall(Item) : {};
    },
    concurrency: async () => (hasCustomEndpoint(aws) ? undefined : concurrencyOf(lambda, WakeFunctionName)),
  };
}

/** The deployed settings, as the functions are given them. */
async function settingsOf(
  lambda: LambdaClient,
  output: (name: OutputName) => Promise<string>,
): Promise<Settings> {
  const environmentOf = async (name: 'ArmFunctionName' | 'EffectsFunctionName' | 'SweepFunctionName') => {
    const FunctionName = await output(name);
    const { Environment } = await lambda.send(new GetFunctionConfigurationCommand({ FunctionName }));
    return (variable: VariableName | 'POWERTOOLS_SERVICE_NAME'): string => {
      const value = Environment?.Variables?.[variable];
      if (value === undefined) throw new Error(`function ${FunctionName} has no variable ${variable}`);
      return value;
    };
  };
  const arm = await environmentOf('ArmFunctionName');
  const effects = await environmentOf('EffectsFunctionName');
  const sweep = await environmentOf('SweepFunctionName');
  return {
    deploymentName: arm('POWERTOOLS_SERVICE_NAME'),
    nearHorizonSeconds: Number(arm('NEAR_HORIZON_SECONDS')),
    leadSeconds: Number(arm('LEAD_SECONDS')),
    graceSeconds: Number(sweep('GRACE_SECONDS')),
    timerQueueArn: arm('TIMER_QUEUE_ARN'),
    keepsHistory: Number(effects('HISTORY_RETENTION_SECONDS')) > 0,
  };
}

async function concurrencyOf(lambda: LambdaClient, FunctionName: string): Promise<Concurrency> {
  const { AccountLimit } = await lambda.send(new GetAccountSettingsCommand({}));
  let wake = 0;
  for await (const page of paginateListEventSourceMappings({ client: lambda }, { FunctionName })) {
    for (const { ScalingConfig } of page.EventSourceMappings ?? [])
      wake += ScalingConfig?.MaximumConcurrency ?? 0;
  }
  return { unreserved: AccountLimit?.UnreservedConcurrentExecutions ?? 0, wake };
}
