import { beforeEach, describe, expect, test } from 'vitest';
import { awsRestoration } from '../../../../cli/restore/aws.ts';
import type { Item, Restoration } from '../../../../cli/restore/restore.ts';
import { FakeAws, type Input } from '../fake-aws.ts';

let fake: FakeAws;
let pauses: number[];

const MAPPINGS = 'GET /2015-03-31/event-source-mappings';
const mapping = (input: Input) => ({ EventSourceMappings: [{ UUID: `uuid-of-${input.FunctionName}` }] });
const table = ({ TableName }: Input) => ({
  Table: {
    TableName,
    TableArn: `arn:${TableName}`,
    TableStatus: 'ACTIVE',
    ItemCount: 7,
    KeySchema: [
      { AttributeName: 'pk', KeyType: 'HASH' },
      { AttributeName: 'sk', KeyType: 'RANGE' },
    ],
  },
});

beforeEach(() => {
  fake = new FakeAws({ [MAPPINGS]: mapping, DescribeTable: table });
  pauses = [];
});

/** Of a deployment whose output `Name` is `Name`. */
const setUp = (): Promise<Restoration> =>
  awsRestoration(
    { aws: fake.settings, output: async (name) => name, commandFunctionName: async () => 'command' },
    'restored',
    async () => ({ ok: true, before: '2026-01-31T12:00:00.000Z', rearmed: 0, failed: 0 }),
    async (milliseconds) => pauses.push(milliseconds),
  );

const inputsOf = (operation: string) => fake.inputsOf(operation);

test('the tables are described', async () => {
  const { source, target } = await setUp();
  expect(source).toMatchObject({
    name: 'restored',
    arn: 'arn:restored',
    status: 'ACTIVE',
    approximateCount: 7,
  });
  expect(target).toMatchObject({ name: 'TableName', arn: 'arn:TableName', keys: ['pk', 'sk'] });
});

test('a table that does not exist is named', async () => {
  fake.answers.DescribeTable = () => ({ error: 'ResourceNotFoundException' });
  await expect(setUp()).rejects.toThrow('there is no table restored');
});

describe('triggers', () => {
  test('are the mappings of the three functions, and the rule of the sweep', async () => {
    const { triggers } = await setUp();
    expect(inputsOf(MAPPINGS).map(({ FunctionName }) => FunctionName)).toEqual([
      'ArmFunctionName',
      'EffectsFunctionName',
      'WakeFunctionName',
    ]);
    expect(triggers.map(({ name }) => name)).toEqual([
      'event source mapping of arm',
      'event source mapping of effects',
      'event source mapping of wake',
      'rule of the sweep',
    ]);
  });

  test('a function without a mapping is an error: it could not be switched off', async () => {
    fake.answers[MAPPINGS] = () => ({ EventSourceMappings: [] });
    await expect(setUp()).rejects.toThrow('function ArmFunctionName has no event source mapping');
  });

  test.each([
    ['Enabled', 'on'],
    ['Disabled', 'off'],
    ['Disabling', 'changing'],
    ['Enabling', 'changing'],
    ['Updating', 'changing'],
  ])('a mapping that is %s is %s', async (State, state) => {
    const path = 'event-source-mappings/uuid-of-ArmFunctionName';
    fake.answers[`GET /2015-03-31/${path}`] = () => ({ State });
    const [arm] = (await setUp()).triggers;
    expect(await arm?.state()).toBe(state);
    await arm?.switch('off');
    await arm?.switch('on');
    expect(inputsOf(`PUT /2015-03-31/${path}`)).toEqual([{ Enabled: false }, { Enabled: true }]);
  });

  test('the rule', async () => {
    const sweep = (await setUp()).triggers.at(-1);
    fake.answers.DescribeRule = () => ({ State: 'DISABLED' });
    expect(await sweep?.state()).toBe('off');
    fake.answers.DescribeRule = () => ({ State: 'ENABLED' });
    expect(await sweep?.state()).toBe('on');
    await sweep?.switch('off');
    await sweep?.switch('on');
    expect(fake.calls.slice(-2)).toEqual([
      { operation: 'DisableRule', input: { Name: 'SweepRuleName' } },
      { operation: 'EnableRule', input: { Name: 'SweepRuleName' } },
    ]);
  });
});

test('the source is read to its end', async () => {
  const key = { pk: { S: 'STACK#a' }, sk: { S: 'STACK' } };
  fake.answers.Scan = ({ ExclusiveStartKey }) =>
    ExclusiveStartKey
      ? { Items: [{ n: { N: '2' } }] }
      : { Items: [{ n: { N: '1' } }], LastEvaluatedKey: key };
  const { source } = await setUp();
  const pages: (readonly Item[])[] = [];
  for await (const page of source.pages()) pages.push(page);
  expect(pages).toEqual([[{ n: { N: '1' } }], [{ n: { N: '2' } }]]);
  expect(inputsOf('Scan')).toMatchObject([{ TableName: 'restored' }, { ExclusiveStartKey: key }]);
});

const item = (name: string, more: Item = {}): Item => ({
  pk: { S: `STACK#${name}` },
  sk: { S: 'STACK' },
  ...more,
});

describe('what the deployed table has', () => {
  test('is asked for in batches, and what was left is asked for again after a pause', async () => {
    let left = 1;
    fake.answers.BatchGetItem = ({ RequestItems: { TableName: of } }) => ({
      Responses: { TableName: of.Keys.slice(0, -1) },
      UnprocessedKeys: left-- > 0 ? { TableName: { Keys: of.Keys.slice(-1) } } : {},
    });
    const items = Array.from({ length: 150 }, (_, n) => item(String(n), { metadata: { S: 'x' } }));
    const { target } = await setUp();
    await target.find(items);
    const sizes = inputsOf('BatchGetItem').map(({ RequestItems }) => RequestItems.TableName.Keys.length);
    expect(sizes.toSorted((a, b) => a - b)).toEqual([1, 50, 100]);
    expect(pauses).toHaveLength(1);
    expect(inputsOf('BatchGetItem')[0].RequestItems.TableName).toMatchObject({
      Keys: expect.arrayContaining([{ pk: { S: 'STACK#0' }, sk: { S: 'STACK' } }]),
      ProjectionExpression: 'pk, sk, operationId, #version, attempt',
    });
  });

  test('is an error if DynamoDB leaves it again and again', async () => {
    fake.answers.BatchGetItem = ({ RequestItems }) => ({ Responses: {}, UnprocessedKeys: RequestItems });
    const { target } = await setUp();
    await expect(target.find([item('a')])).rejects.toThrow('left 1 keys of TableName unread');
    expect(pauses).toHaveLength(9);
  });
});

describe('an item', () => {
  const conditionOf = async (written: Item, overwrite = false) => {
    const { target } = await setUp();
    expect(await target.put(written, overwrite)).toBe(true);
    const { TableName, Item: sent, ...condition } = inputsOf('PutItem').at(-1);
    expect({ TableName, sent }).toEqual({ TableName: 'TableName', sent: written });
    return condition;
  };
  const operationId = { S: 'op-1' };

  test('is written if there is none, or an earlier state of the same operation', async () => {
    const ConditionExpression =
      'attribute_not_exists(pk) OR (operationId = :operationId AND #revision < :revision)';
    const values = (value: Item[string]) => ({ ':operationId': operationId, ':revision': value });
    expect(await conditionOf(item('row', { operationId, version: { N: '7' }, attempt: { N: '2' } }))).toEqual(
      {
        ConditionExpression,
        ExpressionAttributeNames: { '#revision': 'version' },
        ExpressionAttributeValues: values({ N: '7' }),
      },
    );
    expect(await conditionOf(item('output', { operationId, attempt: { N: '2' } }))).toEqual({
      ConditionExpression,
      ExpressionAttributeNames: { '#revision': 'attempt' },
      ExpressionAttributeValues: values({ N: '2' }),
    });
    expect(await conditionOf(item('child'))).toEqual({ ConditionExpression: 'attribute_not_exists(pk)' });
  });

  test('is written over whatever is there, if asked for', async () => {
    expect(await conditionOf(item('row', { operationId, version: { N: '7' } }), true)).toEqual({});
  });

  test('that came second is no error; any other failure is', async () => {
    const { target } = await setUp();
    fake.answers.PutItem = () => ({ error: 'ConditionalCheckFailedException' });
    expect(await target.put(item('row'), false)).toBe(false);
    fake.answers.PutItem = () => ({ error: 'AccessDeniedException' });
    await expect(target.put(item('row'), false)).rejects.toThrow('no');
  });
});
