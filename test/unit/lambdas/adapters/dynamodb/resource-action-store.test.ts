import {
  ConditionalCheckFailedException,
  TransactionCanceledException,
  TransactionConflictException,
} from '@aws-sdk/client-dynamodb';
import { describe, expect, test } from 'vitest';
import { toResourceActionItem } from '../../../../../lambdas/adapters/dynamodb/resource-action-item.ts';
import { createResourceActionStore } from '../../../../../lambdas/adapters/dynamodb/resource-action-store.ts';
import { toStackItem } from '../../../../../lambdas/adapters/dynamodb/stack-item.ts';
import { recordingDynamoDB, type Sent } from '../../../../support/recording-client.ts';
import { backoff, endedResource, queued, running } from '../../../../support/resource-rows.ts';
import { inProgress, NOW } from '../../../../support/rows.ts';

const TABLE = 'StackTimeouts-Table';
const pk = { S: 'STACK#stack-1' };
const ROW = { pk, sk: { S: 'RESOURCE#server' } };
const STACK = { pk, sk: { S: 'STACK' } };
const INPUT = { pk, sk: { S: 'INPUT#server' } };
const OUTPUT = { pk, sk: { S: 'OUTPUT#server' } };

function storeWith(answer?: (sent: Sent, call: number) => object) {
  const { client, sent } = recordingDynamoDB(answer);
  return { resources: createResourceActionStore(client, TABLE, async () => undefined), sent };
}

describe('reads are consistent: a decision on an old row would be lost, or wrong', () => {
  test('of a row', async () => {
    const { resources, sent } = storeWith(() => ({ Item: toResourceActionItem(running()) }));
    expect(await resources.load('stack-1', 'server')).toEqual(running());
    expect(sent).toEqual([
      { operation: 'GetItem', input: { TableName: TABLE, Key: ROW, ConsistentRead: true } },
    ]);
  });

  test('of a row with its stack: in one call, in whatever order they come; what was left is asked for again', async () => {
    const { resources, sent } = storeWith((_, call) =>
      call === 1
        ? {
            Responses: { [TABLE]: [toResourceActionItem(running())] },
            UnprocessedKeys: { [TABLE]: { Keys: [STACK] } },
          }
        : { Responses: { [TABLE]: [toStackItem(inProgress())] } },
    );
    expect(await resources.loadWithStack('stack-1', 'server')).toEqual({
      stack: inProgress(),
      resource: running(),
    });
    const request = (...Keys: object[]) => ({
      operation: 'BatchGetItem',
      input: { RequestItems: { [TABLE]: { Keys, ConsistentRead: true } } },
    });
    expect(sent).toEqual([request(STACK, ROW), request(STACK)]);
  });

  test("of an operation's rows, and only those", async () => {
    const { resources, sent } = storeWith(() => ({
      Items: [toResourceActionItem(queued())],
      LastEvaluatedKey: ROW,
    }));
    const page = await resources.list({ stackId: 'stack-1', operationId: 'op-1' }, { limit: 7, after: 'a' });
    expect(page).toEqual({ rows: [queued()], next: 'server' });
    expect(sent).toEqual([
      {
        operation: 'Query',
        input: {
          TableName: TABLE,
          ConsistentRead: true,
          KeyConditionExpression: 'pk = :pk AND begins_with(sk, :resource)',
          FilterExpression: 'operationId = :operationId',
          ExpressionAttributeValues: {
            ':pk': pk,
            ':resource': { S: 'RESOURCE#' },
            ':operationId': { S: 'op-1' },
          },
          Limit: 7,
          ExclusiveStartKey: { pk, sk: { S: 'RESOURCE#a' } },
        },
      },
    ]);
  });
});

describe('a save', () => {
  test('of a row alone is one put', async () => {
    const { resources, sent } = storeWith();
    expect(await resources.save(running(), queued({ version: 7, operationId: 'op-seen' }))).toBe(true);
    expect(sent).toEqual([
      {
        operation: 'PutItem',
        input: {
          TableName: TABLE,
          Item: toResourceActionItem(running()),
          ConditionExpression: '#version = :version AND operationId = :operationId',
          ExpressionAttributeNames: { '#version': 'version' },
          ExpressionAttributeValues: { ':version': { N: '7' }, ':operationId': { S: 'op-seen' } },
        },
      },
    ]);
  });

  test('with input or output is one transaction, under the condition of the row', async () => {
    const { resources, sent } = storeWith();
    const row = queued({ hasInput: true });
    expect(await resources.save(row, undefined, { kind: 'input', json: '{"a":1}' })).toBe(true);
    const Put = {
      TableName: TABLE,
      Item: toResourceActionItem(row),
      ConditionExpression: 'attribute_not_exists(pk)',
    };
    const item = { operationId: { S: 'op-1' }, attempt: { N: '1' }, json: { S: '{"a":1}' } };
    expect(sent).toEqual([
      {
        operation: 'TransactWriteItems',
        input: { TransactItems: [{ Put }, { Put: { TableName: TABLE, Item: { ...INPUT, ...item } } }] },
      },
    ]);
  });

  test('an output is that of the attempt that reported it, though the row may be in the next one', async () => {
    const { resources, sent } = storeWith();
    const next = queued({ attempt: 3, outputAttempt: 2, version: 9 });
    await resources.save(next, running(), { kind: 'output', json: '1' });
    expect(sent).toMatchObject([
      { input: { TransactItems: [{}, { Put: { Item: { ...OUTPUT, attempt: { N: '2' } } } }] } },
    ]);
  });

  const $metadata = {};
  const cancelled = (...codes: string[]) =>
    new TransactionCanceledException({
      message: 'Transaction cancelled',
      $metadata,
      CancellationReasons: codes.map((Code) => ({ Code })),
    });
  const failing = (error: Error) =>
    storeWith(() => {
      throw error;
    }).resources;
  const output = { kind: 'output', json: '1' } as const;

  test.each([
    ['the row has changed', new ConditionalCheckFailedException({ message: '', $metadata })],
    ['a transaction on it is under way', new TransactionConflictException({ message: '', $metadata })],
    ['the row has changed (in a transaction)', cancelled('ConditionalCheckFailed', 'None')],
    ['another transaction is under way', cancelled('None', 'TransactionConflict')],
  ])('is a lost race if %s', async (_, error) => {
    expect(await failing(error).save(running(), queued())).toBe(false);
    expect(await failing(error).save(running(), queued(), output)).toBe(false);
  });

  test.each([
    ['throttled', cancelled('ThrottlingError', 'None')],
    ['refused for its size', cancelled('None', 'ItemCollectionSizeLimitExceeded')],
    ['cancelled without a reason', new TransactionCanceledException({ message: '', $metadata })],
    ['without an answer', new Error('no answer')],
  ])('any other trouble is thrown (%s): whether it took effect is not known', async (_, error) => {
    await expect(failing(error).save(running(), queued(), output)).rejects.toBe(error);
  });
});

describe('a heartbeat', () => {
  const claim = {
    command: 'Heartbeat',
    stackId: 'stack-1',
    operationId: 'op-1',
    resource: 'server',
    attempt: 2,
    claimId: 'claim-1',
  } as const;

  // The hot path: it must touch neither the timer nor the keys of its index, and read nothing.
  test('is exactly this one write', async () => {
    const row = running({ attempt: 2, heartbeat: 30_000, heartbeatDeadline: NOW + 30_000 });
    const { resources, sent } = storeWith(() => ({ Attributes: toResourceActionItem(row) }));
    expect(await resources.heartbeat(claim, NOW)).toEqual({ recorded: true, row });
    expect(sent).toEqual([
      {
        operation: 'UpdateItem',
        input: {
          TableName: TABLE,
          Key: ROW,
          UpdateExpression:
            'SET heartbeatDeadline = :now + heartbeat, lastHeartbeat = :now, #version = #version + :one, #change = :change REMOVE suspicion',
          ConditionExpression:
            'operationId = :operationId AND phase = :running AND attempt = :attempt AND claimId = :claimId AND attribute_exists(heartbeat) AND (attribute_not_exists(lastHeartbeat) OR lastHeartbeat <= :now)',
          ExpressionAttributeNames: { '#version': 'version', '#change': 'change' },
          ExpressionAttributeValues: {
            ':now': { N: String(NOW) },
            ':one': { N: '1' },
            ':change': { S: 'HEARTBEAT' },
            ':operationId': { S: 'op-1' },
            ':running': { S: 'RUNNING' },
            ':attempt': { N: '2' },
            ':claimId': { S: 'claim-1' },
          },
          ReturnValues: 'ALL_NEW',
          ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
        },
      },
    ]);
  });

  test.each([
    ['the row comes with the refusal', backoff()],
    ['if there is none, none comes', undefined],
  ])('that is refused reads nothing: %s', async (_, row) => {
    const { resources, sent } = storeWith(() => {
      const Item = row && { Item: toResourceActionItem(row) };
      throw new ConditionalCheckFailedException({ message: '', $metadata: {}, ...Item });
    });
    expect(await resources.heartbeat(claim, NOW)).toEqual({ recorded: false, row });
    expect(sent).toHaveLength(1);
  });

  test('any other trouble is thrown: the engine tries again', async () => {
    const { resources } = storeWith(() => {
      throw new Error('throttled');
    });
    await expect(resources.heartbeat(claim, NOW)).rejects.toThrow('throttled');
  });
});

describe('a heartbeat that meets a report with an output', () => {
  const claim = { ...running(), command: 'Heartbeat' } as const;
  const conflicts = (count: number) =>
    storeWith((_, call) => {
      if (call <= count) throw new TransactionConflictException({ message: 'under way', $metadata: {} });
      return { Attributes: toResourceActionItem(running()) };
    });

  test('is written again', async () => {
    const { resources, sent } = conflicts(3);
    expect(await resources.heartbeat(claim, NOW)).toMatchObject({ recorded: true });
    expect(sent).toHaveLength(4);
  });

  test('but not for ever', async () => {
    const { resources, sent } = conflicts(9);
    await expect(resources.heartbeat(claim, NOW)).rejects.toThrow('under way');
    expect(sent).toHaveLength(4);
  });
});

describe('input and output', () => {
  const stored = (key: object, operationId: string, attempt: string, json: string) => ({
    ...key,
    operationId: { S: operationId },
    attempt: { N: attempt },
    json: { S: json },
  });

  test('are read in one call, each by what it is, in whatever order they come', async () => {
    const Items = [stored(OUTPUT, 'op-1', '1', '"out"'), stored(INPUT, 'op-1', '1', '"in"')];
    const { resources, sent } = storeWith(() => ({ Responses: { [TABLE]: Items } }));
    expect(await resources.payloads(running({ hasInput: true, outputAttempt: 1 }))).toEqual({
      input: '"in"',
      output: '"out"',
    });
    expect(sent).toMatchObject([
      {
        operation: 'BatchGetItem',
        input: { RequestItems: { [TABLE]: { Keys: [INPUT, OUTPUT], ConsistentRead: true } } },
      },
    ]);
  });

  test('those of another operation, or of another attempt, are not shown', async () => {
    const { resources } = storeWith(() => ({
      Responses: { [TABLE]: [stored(INPUT, 'op-0', '1', '1'), stored(OUTPUT, 'op-1', '2', '2')] },
    }));
    expect(await resources.payloads(running({ hasInput: true, outputAttempt: 1 }))).toEqual({});
    const others = storeWith(() => ({ Responses: { [TABLE]: [stored(OUTPUT, 'op-0', '1', '2')] } }));
    expect(await others.resources.payloads(running({ outputAttempt: 1 }))).toEqual({});
  });

  test('an input that lies there though the row has none is not shown', async () => {
    const { resources } = storeWith(() => ({ Responses: { [TABLE]: [stored(INPUT, 'op-1', '1', '1')] } }));
    expect(await resources.payloads(running())).toEqual({});
  });

  test.each([
    ['both', { hasInput: true, outputAttempt: 1 }, [INPUT, OUTPUT]],
    ['an input only', { hasInput: true }, [INPUT]],
    ['an output only', { outputAttempt: 1 }, [OUTPUT]],
    ['none', {}, []],
  ])(
    '%s: what the row has is to expire, in whole seconds, if it is still that of its operation',
    async (_, fields, keys) => {
      const { resources, sent } = storeWith();
      await resources.expirePayloads(endedResource('completed', fields), NOW + 1);
      expect(sent).toEqual(
        keys.map((Key) => ({
          operation: 'UpdateItem',
          input: {
            TableName: TABLE,
            Key,
            UpdateExpression: 'SET expiresAt = :expiresAt',
            ConditionExpression: 'operationId = :operationId',
            ExpressionAttributeValues: {
              ':expiresAt': { N: String(NOW / 1000 + 1) },
              ':operationId': { S: 'op-1' },
            },
          },
        })),
      );
    },
  );

  test('what was replaced is to expire: it is read before the row that tells', async () => {
    const answers = [
      { Item: stored(INPUT, 'op-1', '1', '1') },
      { Item: stored(OUTPUT, 'op-0', '1', '2') },
      { Item: toResourceActionItem(running()) },
    ];
    const { resources, sent } = storeWith((_, call) => answers[call - 1] ?? {});
    await resources.expireReplacedPayloads(running(), NOW + 1);
    const asked = sent.map(({ operation, input }) => [operation, (input as { Key: object }).Key]);
    expect(asked).toEqual([
      ['GetItem', INPUT],
      ['GetItem', OUTPUT],
      ['GetItem', ROW],
      ['UpdateItem', OUTPUT],
    ]);
    expect(sent[3]?.input).toMatchObject({
      ConditionExpression: 'operationId = :operationId',
      ExpressionAttributeValues: {
        ':operationId': { S: 'op-0' },
        ':expiresAt': { N: String(NOW / 1000 + 1) },
      },
    });
  });

  test('the row is to expire earlier, if it is still that of its operation: its version stays', async () => {
    const { resources, sent } = storeWith();
    await resources.expire(endedResource('completed', { expiresAt: NOW }));
    expect(sent).toEqual([
      {
        operation: 'UpdateItem',
        input: {
          TableName: TABLE,
          Key: ROW,
          UpdateExpression: 'SET expiresAt = :expiresAt, #change = :change',
          ConditionExpression: 'operationId = :operationId AND expiresAt > :expiresAt',
          ExpressionAttributeNames: { '#change': 'change' },
          ExpressionAttributeValues: {
            ':expiresAt': { N: String(NOW / 1000) },
            ':change': { S: 'EXPIRE' },
            ':operationId': { S: 'op-1' },
          },
        },
      },
    ]);
  });

  test('that have been replaced are left alone; any other trouble is thrown', async () => {
    const replaced = storeWith(() => {
      throw new ConditionalCheckFailedException({ message: '', $metadata: {} });
    });
    const done = endedResource('completed', { hasInput: true });
    await expect(replaced.resources.expirePayloads(done, NOW)).resolves.toBeUndefined();
    await expect(replaced.resources.expire(done)).resolves.toBeUndefined();
    const broken = storeWith(() => {
      throw new Error('throttled');
    });
    await expect(broken.resources.expirePayloads(done, NOW)).rejects.toThrow('throttled');
    await expect(broken.resources.expire(done)).rejects.toThrow('throttled');
  });
});
