/**
 * The port suites of the table on dynoxide, a second DynamoDB engine: the end-to-end tests run them
 * on the emulator. Each is somebody's reading of AWS's documentation, independent of the other.
 *
 * Both pass all of them. Where they differ, AWS's documentation is right, and nothing here relies
 * on the other:
 * | | AWS | dynoxide | the emulator |
 * |---|---|---|---|
 * | an update that names a path twice | refused | refused | the last one counts |
 * | a put that changes nothing | no stream record | MODIFY | MODIFY: consequences must bear it |
 * | a query of an index | eventually consistent | consistent | consistent: tests wait |
 * | the texts of errors | | other ones | other ones: only names of errors are looked at |
 */
import { CreateTableCommand, DescribeTableCommand, UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createResourceActionStore } from '../../../lambdas/adapters/dynamodb/resource-action-store.ts';
import { dynamoDbSuites } from '../../ports/dynamodb.ts';
import { running } from '../../support/resource-rows.ts';
import { NOW } from '../../support/rows.ts';
import { propertiesOf, synthesizeDefaults } from '../../unit/infra/synth.ts';
import { type Dynoxide, startDynoxide } from '../engines/dynoxide.ts';

let engine: Dynoxide;
beforeAll(async () => {
  engine = await startDynoxide();
});
afterAll(async () => {
  await engine?.stop();
});

let made = 0;
/** A table with the keys and the index of the template's. */
async function emptyTable(): Promise<string> {
  const { KeySchema, AttributeDefinitions, GlobalSecondaryIndexes, BillingMode } = propertiesOf(
    synthesizeDefaults(),
    'Table',
  );
  const TableName = `port-${made++}`;
  await engine.dynamodb.send(
    new CreateTableCommand({
      TableName,
      KeySchema,
      AttributeDefinitions,
      GlobalSecondaryIndexes,
      BillingMode,
    }),
  );
  return TableName;
}

dynamoDbSuites(() => engine.dynamodb, emptyTable);

test('an update that names a path twice is refused, as AWS documents', async () => {
  const update = new UpdateItemCommand({
    TableName: await emptyTable(),
    Key: { pk: { S: 'STACK#a' }, sk: { S: 'STACK' } },
    UpdateExpression: 'SET version = :one, version = :two',
    ExpressionAttributeValues: { ':one': { N: '1' }, ':two': { N: '2' } },
  });
  await expect(engine.dynamodb.send(update)).rejects.toThrow('Two document paths overlap');
});

test('the table is like the deployed one', async () => {
  const { Table } = await engine.dynamodb.send(new DescribeTableCommand({ TableName: await emptyTable() }));
  expect(Table).toMatchObject({
    TableStatus: 'ACTIVE',
    KeySchema: [
      { AttributeName: 'pk', KeyType: 'HASH' },
      { AttributeName: 'sk', KeyType: 'RANGE' },
    ],
    GlobalSecondaryIndexes: [{ IndexName: 'timers', Projection: { ProjectionType: 'KEYS_ONLY' } }],
  });
});

test('a heartbeat is one write unit, however large the input', async () => {
  const TableName = await emptyTable();
  const consumed: unknown[] = [];
  engine.dynamodb.middlewareStack.add(
    (next) => async (args) => {
      Object.assign(args.input, { ReturnConsumedCapacity: 'TOTAL' });
      const result = await next(args);
      consumed.push((result.output as { ConsumedCapacity?: unknown }).ConsumedCapacity);
      return result;
    },
    { step: 'initialize', name: 'capacity' },
  );
  try {
    const resources = createResourceActionStore(engine.dynamodb, TableName);
    const row = running({ heartbeat: 30_000, heartbeatDeadline: NOW + 30_000, hasInput: true });
    const json = JSON.stringify('x'.repeat(64 * 1024 - 2));
    await resources.save(row, undefined, { kind: 'input', json });
    const { stackId, operationId, resource, attempt, claimId } = row;
    const heartbeat = { command: 'Heartbeat', stackId, operationId, resource, attempt, claimId } as const;
    consumed.length = 0;
    expect(await resources.heartbeat(heartbeat, NOW + 10_000)).toMatchObject({ recorded: true });
    expect(consumed).toMatchObject([{ CapacityUnits: 1 }]);
  } finally {
    engine.dynamodb.middlewareStack.remove('capacity');
  }
});
