import {
  ConditionalCheckFailedException,
  type DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
  QueryCommand,
  TransactWriteItemsCommand,
  UpdateItemCommand,
  type UpdateItemCommandInput,
} from '@aws-sdk/client-dynamodb';
import { marshall, unmarshall } from '@aws-sdk/util-dynamodb';
import type { Payload, ResourceActionRow } from '../../domain/resource-action/state.ts';
import { type Instant, SECOND } from '../../domain/time.ts';
import type { ResourceActionStore } from '../../ports/stores.ts';
import { type Pause, randomPause } from '../pause.ts';
import { batchGet } from './batch-get.ts';
import { afterConflict, isLostRace, unchangedSince, unlessRefused } from './conditional.ts';
import { type Item, isStackItem, payloadKey, pkOf, RESOURCE, resourceKey, stackKey } from './keys.ts';
import { fromResourceActionItem, toResourceActionItem } from './resource-action-item.ts';
import { fromStackItem } from './stack-item.ts';

const KINDS = ['input', 'output'] as const;

export function createResourceActionStore(
  dynamodb: DynamoDBClient,
  TableName: string,
  pause: Pause = randomPause,
): ResourceActionStore {
  const payloadItem = (row: ResourceActionRow, { kind, json }: Payload): Item => ({
    ...payloadKey(row.stackId, row.resource, kind),
    // The row may be that of the next attempt already, if the delay before it is none.
    ...marshall({ operationId: row.operationId, attempt: row.outputAttempt ?? row.attempt, json }),
  });

  /** Does nothing if the item was replaced by that of a later operation, or is gone. */
  const updateIf = (update: Omit<UpdateItemCommandInput, 'TableName'>): Promise<void> =>
    unlessRefused(dynamodb.send(new UpdateItemCommand({ TableName, ...update })));

  async function get(Key: Item): Promise<Item | undefined> {
    return (await dynamodb.send(new GetItemCommand({ TableName, Key, ConsistentRead: true }))).Item;
  }

  async function load(stackId: string, resource: string): Promise<ResourceActionRow | undefined> {
    const item = await get(resourceKey(stackId, resource));
    return item && fromResourceActionItem(item);
  }

  const expirePayload = (Key: Item, operationId: string, expiresAt: Instant): Promise<void> =>
    updateIf({
      Key,
      UpdateExpression: 'SET expiresAt = :expiresAt',
      ConditionExpression: 'operationId = :operationId',
      ExpressionAttributeValues: marshall({
        ':expiresAt': Math.ceil(expiresAt / SECOND),
        ':operationId': operationId,
      }),
    });

  return {
    load,

    async loadWithStack(stackId, resource) {
      const items = await batchGet(
        dynamodb,
        TableName,
        [stackKey(stackId), resourceKey(stackId, resource)],
        pause,
      );
      const [stack, row] = [items.find(isStackItem), items.find((item) => !isStackItem(item))];
      return { stack: stack && fromStackItem(stack), resource: row && fromResourceActionItem(row) };
    },

    async save(row, seen, payload) {
      const put = { TableName, Item: toResourceActionItem(row), ...unchangedSince(seen) };
      try {
        await (payload === undefined
          ? dynamodb.send(new PutItemCommand(put))
          : dynamodb.send(
              new TransactWriteItemsCommand({
                TransactItems: [{ Put: put }, { Put: { TableName, Item: payloadItem(row, payload) } }],
              }),
            ));
        return true;
      } catch (error) {
        if (isLostRace(error)) return false;
        throw error;
      }
    },

    async heartbeat({ stackId, operationId, resource, attempt, claimId }, now) {
      try {
        const { Attributes = {} } = await afterConflict(
          () =>
            dynamodb.send(
              new UpdateItemCommand({
                TableName,
                Key: resourceKey(stackId, resource),
                // The timer and its index stay as they are: the timer finds out when it comes due.
                UpdateExpression:
                  'SET heartbeatDeadline = :now + heartbeat, lastHeartbeat = :now, #version = #version + :one, #change = :change REMOVE suspicion',
                // The deadline never moves back: a call that took long may come after a later one.
                ConditionExpression:
                  'operationId = :operationId AND phase = :running AND attempt = :attempt AND claimId = :claimId AND attribute_exists(heartbeat) AND (attribute_not_exists(lastHeartbeat) OR lastHeartbeat <= :now)',
                ExpressionAttributeNames: { '#version': 'version', '#change': 'change' },
                ExpressionAttributeValues: marshall({
                  ':now': now,
                  ':one': 1,
                  ':change': 'HEARTBEAT',
                  ':operationId': operationId,
                  ':running': 'RUNNING',
                  ':attempt': attempt,
                  ':claimId': claimId,
                }),
                ReturnValues: 'ALL_NEW',
                // Why it was refused, without a read.
                ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
              }),
            ),
          pause,
        );
        return { recorded: true, row: fromResourceActionItem(Attributes) };
      } catch (error) {
        if (!(error instanceof ConditionalCheckFailedException)) throw error;
        return { recorded: false, row: error.Item && fromResourceActionItem(error.Item) };
      }
    },

    async list({ stackId, operationId }, { limit, after }) {
      const { Items = [], LastEvaluatedKey } = await dynamodb.send(
        new QueryCommand({
          TableName,
          ConsistentRead: true,
          KeyConditionExpression: 'pk = :pk AND begins_with(sk, :resource)',
          FilterExpression: 'operationId = :operationId',
          ExpressionAttributeValues: marshall({
            ':pk': pkOf(stackId),
            ':resource': RESOURCE,
            ':operationId': operationId,
          }),
          Limit: limit,
          ...(after !== undefined && { ExclusiveStartKey: resourceKey(stackId, after) }),
        }),
      );
      const next = LastEvaluatedKey?.sk?.S?.slice(RESOURCE.length);
      return { rows: Items.map(fromResourceActionItem), ...(next !== undefined && { next }) };
    },

    async payloads(row) {
      const keys = KINDS.map((kind) => payloadKey(row.stackId, row.resource, kind));
      const items = (await batchGet(dynamodb, TableName, keys, pause)).map((item) => unmarshall(item));
      const [input, output] = KINDS.map((kind) => items.find(({ sk }) => sk.startsWith(kind.toUpperCase())));
      // The row may have been replaced since; then what is there belongs to another operation or
      // attempt.
      const ofRow = (item: Record<string, unknown> | undefined) => item?.operationId === row.operationId;
      return {
        ...(row.hasInput && ofRow(input) && { input: input?.json }),
        ...(ofRow(output) && output?.attempt === row.outputAttempt && { output: output?.json }),
      };
    },

    async expire({ stackId, resource, operationId, expiresAt }) {
      await updateIf({
        Key: resourceKey(stackId, resource),
        UpdateExpression: 'SET expiresAt = :expiresAt, #change = :change',
        // Only one that has ended expires at all.
        ConditionExpression: 'operationId = :operationId AND expiresAt > :expiresAt',
        ExpressionAttributeNames: { '#change': 'change' },
        ExpressionAttributeValues: marshall({
          ':expiresAt': expiresAt / SECOND,
          ':change': 'EXPIRE',
          ':operationId': operationId,
        }),
      });
    },

    async expirePayloads(row, expiresAt) {
      const kinds = KINDS.filter((kind) =>
        kind === 'input' ? row.hasInput : row.outputAttempt !== undefined,
      );
      await Promise.all(
        kinds.map((kind) =>
          expirePayload(payloadKey(row.stackId, row.resource, kind), row.operationId, expiresAt),
        ),
      );
    },

    async expireReplacedPayloads({ stackId, resource }, expiresAt) {
      const keys = KINDS.map((kind) => payloadKey(stackId, resource, kind));
      const stored = await Promise.all(keys.map(get));
      // Read after them: a payload that is newer than what was restored is of the row, too.
      const row = await load(stackId, resource);
      await Promise.all(
        keys.map(async (key, n) => {
          const operationId = stored[n]?.operationId?.S;
          if (operationId !== undefined && operationId !== row?.operationId)
            await expirePayload(key, operationId, expiresAt);
        }),
      );
    },
  };
}
