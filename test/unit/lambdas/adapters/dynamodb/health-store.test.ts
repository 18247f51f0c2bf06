/** P11: the canary, and what is known of it. */
import { describe, expect, test } from 'vitest';
import { createHealthStore } from '../../../../../lambdas/adapters/dynamodb/health-store.ts';
import { recordingDynamoDB } from '../../../../support/recording-client.ts';

describe('what is known of the canary', () => {
  const Key = { pk: { S: 'CANARY' }, sk: { S: 'CANARY' } };

  test('is read consistently', async () => {
    const { client, sent } = recordingDynamoDB(() => ({
      Item: { ...Key, succeededAt: { N: '7' }, failedAt: { N: '0' }, gapEndedAt: { N: '3' } },
    }));
    const known = { succeededAt: 7, failedAt: 0, gapEndedAt: 3 };
    expect(await createHealthStore(client, 'table').load()).toEqual(known);
    expect(sent).toEqual([
      { operation: 'GetItem', input: { TableName: 'table', Key, ConsistentRead: true } },
    ]);
  });

  test('is replaced where it is given, and left where not; without the attribute "change"', async () => {
    const { client, sent } = recordingDynamoDB();
    const health = createHealthStore(client, 'table');
    await health.record({ failedAt: 5 });
    await health.record({ succeededAt: 7, failedAt: 6 });
    const update = (UpdateExpression: string, ExpressionAttributeValues: object) => ({
      operation: 'UpdateItem',
      input: { TableName: 'table', Key, UpdateExpression, ExpressionAttributeValues },
    });
    expect(sent).toEqual([
      update('SET failedAt = :failedAt', { ':failedAt': { N: '5' } }),
      update('SET succeededAt = :succeededAt, failedAt = :failedAt', {
        ':succeededAt': { N: '7' },
        ':failedAt': { N: '6' },
      }),
    ]);
  });
});
