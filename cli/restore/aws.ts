/** Finds and moves on AWS what a restore needs of a deployment. */
import {
  BatchGetItemCommand,
  ConditionalCheckFailedException,
  DescribeTableCommand,
  DynamoDBClient,
  PutItemCommand,
  paginateScan,
  ResourceNotFoundException,
} from '@aws-sdk/client-dynamodb';
import {
  DescribeRuleCommand,
  DisableRuleCommand,
  EnableRuleCommand,
  EventBridgeClient,
} from '@aws-sdk/client-eventbridge';
import {
  GetEventSourceMappingCommand,
  LambdaClient,
  paginateListEventSourceMappings,
  UpdateEventSourceMappingCommand,
} from '@aws-sdk/client-lambda';
import pMap from 'p-map';
import { backoff } from '../../client/retry.ts';
import type { Deployment } from '../locate.ts';
import type { RearmPage } from './rearm.ts';
import {
  type Item,
  type Restoration,
  revisionOf,
  type SourceTable,
  type TargetTable,
  type Trigger,
} from './restore.ts';

/** @throws Error if a part of the deployment, or the table, does not exist. */
export async function awsRestoration(
  { aws, output }: Deployment,
  fromTable: string,
  rearmPage: RearmPage,
  sleep: (milliseconds: number) => Promise<unknown>,
): Promise<Restoration> {
  // A copy is throttled for as long as the table needs to scale: the SDK waits longer each time,
  // with jitter.
  const dynamodb = new DynamoDBClient({ ...aws, maxAttempts: 10 });
  return {
    triggers: await awsTriggers({ aws, output }),
    source: await sourceTable(dynamodb, fromTable),
    target: await targetTable(dynamodb, await output('TableName'), sleep),
    rearmPage,
  };
}

/** @throws Error if a function has no event source mapping. */
export async function awsTriggers({ aws, output }: Pick<Deployment, 'aws' | 'output'>): Promise<Trigger[]> {
  const lambda = new LambdaClient(aws);
  return [
    ...(await mappingsOf(lambda, 'arm', await output('ArmFunctionName'))),
    ...(await mappingsOf(lambda, 'effects', await output('EffectsFunctionName'))),
    ...(await mappingsOf(lambda, 'wake', await output('WakeFunctionName'))),
    ruleOf(new EventBridgeClient(aws), await output('SweepRuleName')),
  ];
}

const MAPPING_STATES: Record<string, 'on' | 'off'> = { Enabled: 'on', Disabled: 'off' };

async function mappingsOf(lambda: LambdaClient, name: string, FunctionName: string): Promise<Trigger[]> {
  const triggers: Trigger[] = [];
  for await (const page of paginateListEventSourceMappings({ client: lambda }, { FunctionName })) {
    for (const { UUID } of page.EventSourceMappings ?? []) {
      triggers.push({
        name: `event source mapping of ${name}`,
        async state() {
          const { State = '' } = await lambda.send(new GetEventSourceMappingCommand({ UUID }));
          return MAPPING_STATES[State] ?? 'changing';
        },
        async switch(to) {
          await lambda.send(new UpdateEventSourceMappingCommand({ UUID, Enabled: to === 'on' }));
        },
      });
    }
  }
  if (triggers.length === 0) throw new Error(`function ${FunctionName} has no event source mapping`);
  return triggers;
}

function ruleOf(events: EventBridgeClient, Name: string): Trigger {
  return {
    name: 'rule of the sweep',
    async state() {
      const { State } = await events.send(new DescribeRuleCommand({ Name }));
      return State === 'DISABLED' ? 'off' : 'on';
    },
    async switch(to) {
      await events.send(to === 'on' ? new EnableRuleCommand({ Name }) : new DisableRuleCommand({ Name }));
    },
  };
}

async function describe(dynamodb: DynamoDBClient, TableName: string) {
  try {
    const { Table = {} } = await dynamodb.send(new DescribeTableCommand({ TableName }));
    return {
      name: Table.TableName ?? TableName,
      arn: Table.TableArn ?? '',
      status: Table.TableStatus ?? '',
      keys: (Table.KeySchema ?? []).map(({ AttributeName = '' }) => AttributeName),
      approximateCount: Table.ItemCount ?? 0,
    };
  } catch (error) {
    if (!(error instanceof ResourceNotFoundException)) throw error;
    throw new Error(`there is no table ${TableName}`);
  }
}

async function sourceTable(dynamodb: DynamoDBClient, TableName: string): Promise<SourceTable> {
  return {
    ...(await describe(dynamodb, TableName)),
    async *pages() {
      for await (const { Items = [] } of paginateScan(
        { client: dynamodb },
        { TableName, ConsistentRead: true },
      )) {
        yield Items;
      }
    },
  };
}

/** Keys that one BatchGetItem reads. */
const KEYS = 100;
const MAX_ROUNDS = 10;

async function targetTable(
  dynamodb: DynamoDBClient,
  TableName: string,
  sleep: (milliseconds: number) => Promise<unknown>,
): Promise<TargetTable> {
  async function get(items: readonly Item[]): Promise<Item[]> {
    const found: Item[] = [];
    let keys = items.map(({ pk, sk }) => ({ pk, sk }) as Record<string, NonNullable<Item[string]>>);
    for (let round = 1; keys.length > 0; round++) {
      const { Responses, UnprocessedKeys } = await dynamodb.send(
        new BatchGetItemCommand({
          RequestItems: {
            [TableName]: {
              Keys: keys,
              ProjectionExpression: 'pk, sk, operationId, #version, attempt',
              ExpressionAttributeNames: { '#version': 'version' },
            },
          },
        }),
      );
      found.push(...(Responses?.[TableName] ?? []));
      keys = (UnprocessedKeys?.[TableName]?.Keys ?? []) as typeof keys;
      if (keys.length === 0) break;
      if (round === MAX_ROUNDS) throw new Error(`DynamoDB left ${keys.length} keys of ${TableName} unread`);
      await sleep(backoff(round, Math.random));
    }
    return found;
  }
  return {
    ...(await describe(dynamodb, TableName)),
    async find(items) {
      const parts = Array.from({ length: Math.ceil(items.length / KEYS) }, (_, n) =>
        items.slice(n * KEYS, (n + 1) * KEYS),
      );
      return (await pMap(parts, get, { concurrency: 4 })).flat();
    },
    async put(item, overwrite) {
      try {
        const condition = overwrite ? {} : ifNewer(item);
        await dynamodb.send(new PutItemCommand({ TableName, Item: item, ...condition }));
        return true;
      } catch (error) {
        if (error instanceof ConditionalCheckFailedException) return false;
        throw error;
      }
    },
  };
}

/** `isNewer`, at the moment of the write. */
function ifNewer(item: Item) {
  const revision = revisionOf(item);
  if (item.operationId === undefined || item[revision] === undefined) {
    return { ConditionExpression: 'attribute_not_exists(pk)' };
  }
  return {
    ConditionExpression: 'attribute_not_exists(pk) OR (operationId = :operationId AND #revision < :revision)',
    ExpressionAttributeNames: { '#revision': revision },
    ExpressionAttributeValues: { ':operationId': item.operationId, ':revision': item[revision] },
  };
}
