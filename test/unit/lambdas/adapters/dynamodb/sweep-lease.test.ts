import {
  ConditionalCheckFailedException,
  DynamoDBClient,
  type UpdateItemInput,
} from '@aws-sdk/client-dynamodb';
import { describe, expect, test } from 'vitest';
import { createSweepLease } from '../../../../../lambdas/adapters/dynamodb/sweep-lease.ts';
import type { SweepLease } from '../../../../../lambdas/ports/stores.ts';
import { answerAll } from '../../../../support/answer-all.ts';
import { MemoryTable } from '../../../../support/memory-table.ts';

/** A real client that keeps what it is asked to send; `answer` takes the place of the network. */
function leaseWith(answer: () => object = () => ({})) {
  const sent: UpdateItemInput[] = [];
  const client = new DynamoDBClient({ region: 'eu-west-1' });
  answerAll(client, (operation, input) => {
    expect(operation).toBe('UpdateItem');
    sent.push(input as UpdateItemInput);
    return answer();
  });
  return { lease: createSweepLease(client, 'StackTimeouts-Table'), sent };
}

const lost = () => {
  throw new ConditionalCheckFailedException({ message: 'The conditional request failed', $metadata: {} });
};
const broken = () => {
  throw new Error('no answer');
};

test('the lease is taken if it is free, has run out, or is the same holder’s', async () => {
  const { lease, sent } = leaseWith();
  expect(await lease.acquire('sweep-1', 1000, 2000)).toEqual([]);
  expect(sent).toEqual([
    {
      TableName: 'StackTimeouts-Table',
      // No attribute `change`: with it, the stream's filters would let the lease through.
      Key: { pk: { S: 'SWEEP' }, sk: { S: 'LEASE' } },
      UpdateExpression: 'SET #holder = :holder, #until = :until',
      ConditionExpression: 'attribute_not_exists(#until) OR #until <= :now OR #holder = :holder',
      ExpressionAttributeNames: { '#until': 'until', '#holder': 'holder' },
      ExpressionAttributeValues: {
        ':now': { N: '1000' },
        ':holder': { S: 'sweep-1' },
        ':until': { N: '2000' },
      },
      ReturnValues: 'ALL_NEW',
    },
  ]);
});

test('the lease is given back by its holder only, and is free from then on', async () => {
  const { lease, sent } = leaseWith();
  await lease.release('sweep-1', ['stack-1']);
  expect(sent).toMatchObject([
    {
      Key: { pk: { S: 'SWEEP' }, sk: { S: 'LEASE' } },
      UpdateExpression: 'SET #until = :zero, #failedStackIds = :failed',
      ConditionExpression: '#holder = :holder',
      ExpressionAttributeNames: {
        '#until': 'until',
        '#failedStackIds': 'failedStackIds',
        '#holder': 'holder',
      },
      ExpressionAttributeValues: { ':holder': { S: 'sweep-1' }, ':failed': { L: [{ S: 'stack-1' }] } },
    },
  ]);
});

test('a lease that another one holds is not taken, and giving it back does nothing', async () => {
  const { lease } = leaseWith(lost);
  expect(await lease.acquire('sweep-2', 1000, 2000)).toBeUndefined();
  await expect(lease.release('sweep-2', [])).resolves.toBeUndefined();
});

test('any other trouble is thrown: it does not look like a lease held by another one', async () => {
  const { lease } = leaseWith(broken);
  await expect(lease.acquire('sweep-1', 1000, 2000)).rejects.toThrow('no answer');
  await expect(lease.release('sweep-1', [])).rejects.toThrow('no answer');
});

describe('the lease in memory, on which the use cases are tested, is as that of the table', () => {
  test('an attempt whose answer was lost does not lock its own sweep out, but does lock out others', async () => {
    const lease: SweepLease = new MemoryTable();
    expect(await lease.acquire('sweep-1', 1000, 2000)).toEqual([]);
    expect(await lease.acquire('sweep-1', 1100, 2100)).toEqual([]);
    expect(await lease.acquire('sweep-2', 2099, 3000)).toBeUndefined();
    // Run out to the millisecond.
    expect(await lease.acquire('sweep-2', 2100, 3000)).toEqual([]);
  });
});
