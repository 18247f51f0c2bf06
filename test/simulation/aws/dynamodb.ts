/** A DynamoDB client as one process has it: the deployed adapters send their own commands to it. */
import {
  BatchGetItemCommand,
  BatchWriteItemCommand,
  ConditionalCheckFailedException,
  DeleteItemCommand,
  DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
  QueryCommand,
  type QueryCommandInput,
  TransactionCanceledException,
  TransactionConflictException,
  TransactWriteItemsCommand,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb';
import {
  type Item,
  isResourceActionItem,
  isStackItem,
  resourceKey,
  resourceOf,
  stackIdOf,
  stackKey,
} from '../../../lambdas/adapters/dynamodb/keys.ts';
import { type Partition, readOf, writeOf } from '../faults.ts';
import type { Process } from '../process.ts';
import { isLate, keyOf, type Row, type Writer } from '../row.ts';
import type { Services } from '../services.ts';
import { holdsOf, updated } from './expressions.ts';
import type { Items } from './items.ts';

const $metadata = {};
/** The items that transactions write. */
const IN_TRANSACTIONS = /^(RESOURCE|INPUT|OUTPUT)#/;
const stackOf = ({ pk }: Item): string => stackIdOf(pk?.S ?? '');
const nameOf = ({ pk, sk }: Item): string => `${pk?.S} ${sk?.S}`;

class LostCondition extends ConditionalCheckFailedException {
  constructor(item: Item | undefined) {
    super({ message: 'The conditional request failed', $metadata, ...(item && { Item: item }) });
  }
}

interface Conditional {
  readonly ConditionExpression?: string | undefined;
}

/** @throws LostCondition */
function check(item: Item | undefined, input: Conditional & Parameters<typeof holdsOf>[2]): void {
  if (!holdsOf(input.ConditionExpression, item ?? {}, input)) throw new LostCondition(item);
}

/** @param onStackRead told of each stack that a batch reads, as it is then. */
export function dynamodbOf(
  services: Services,
  process: Process,
  items: Items,
  onStackRead: (stack: Row | undefined) => void = () => undefined,
): DynamoDBClient {
  const { table, agenda, faults } = services;
  const conflicts = process.random.fork('conflicts');
  const meetsTransaction = ({ sk }: Item): boolean =>
    IN_TRANSACTIONS.test(sk?.S ?? '') && faults.ofCarrier('meets a transaction', conflicts);
  /** DynamoDB refuses one of the two at once: the condition is not evaluated. */
  function checkConflict(key: Item): void {
    if (meetsTransaction(key)) throw new TransactionConflictException({ message: 'ongoing', $metadata });
  }
  /**
   * An update that met a transaction is made again as it was: it was decided when it was made
   * first.
   */
  const decidedFirst = new Map<string, number>();
  const writer = (): Writer => ({ process, decidedAt: process.clock.now(), askedAt: agenda.now });
  /** A call whose failed condition is an answer, not a fault. */
  const call = async <T>(what: string, partition: Partition | undefined, effect: () => T): Promise<T> => {
    const attempt = () => {
      try {
        return { value: effect() };
      } catch (error) {
        return { error };
      }
    };
    const outcome = await process.call('table', what, attempt, partition);
    if ('error' in outcome) throw outcome.error;
    return outcome.value;
  };

  /** Remembers what the process has read. */
  function read(key: Item, consistent: boolean | undefined): Item | undefined {
    const stackId = stackIdOf(key.pk?.S ?? '');
    const resource = resourceOf(key.sk?.S ?? '');
    if (isStackItem(key)) process.seen.set(stackId, table.rows.get(stackId));
    if (isResourceActionItem(key) && resource !== undefined)
      process.seen.set(keyOf({ stackId, resource }), table.resource(stackId, resource));
    return consistent || faults.over ? items.get(key) : items.getStale(key);
  }

  async function batchGet({ input }: BatchGetItemCommand) {
    const [[name, { Keys = [], ConsistentRead = false }] = ['', {}]] = Object.entries(
      input.RequestItems ?? {},
    );
    const found = await Promise.all(
      Keys.map((key) =>
        process.call(
          'table',
          `get ${nameOf(key)} of a batch`,
          () => {
            if (faults.ofCarrier('not taken', process.random)) return 'unprocessed';
            const item = read(key, ConsistentRead);
            if (isStackItem(key)) onStackRead(process.seen.get(stackIdOf(key.pk?.S ?? '')));
            return item;
          },
          readOf(stackOf(key)),
        ),
      ),
    );
    const unprocessed = Keys.filter((_, at) => found[at] === 'unprocessed');
    return {
      Responses: { [name]: found.filter((item) => item !== undefined && item !== 'unprocessed') },
      ...(unprocessed.length > 0 && { UnprocessedKeys: { [name]: { Keys: unprocessed, ConsistentRead } } }),
    };
  }

  /** Each item by itself: what its partition does not take is left. */
  async function batchWrite({ input }: BatchWriteItemCommand) {
    const [[name, requests] = ['', []]] = Object.entries(input.RequestItems ?? {});
    const by = writer();
    const unprocessed = await call(`write a batch of ${requests.length}`, undefined, () =>
      requests.filter(({ PutRequest }) => {
        const item = PutRequest?.Item ?? {};
        const isDown = faults.downUntil('table', writeOf(stackOf(item))) !== undefined;
        if (isDown || faults.ofCarrier('not taken', process.random)) return true;
        items.put(item, by, isLate(by, agenda.now));
        return false;
      }),
    );
    return unprocessed.length > 0 ? { UnprocessedItems: { [name]: unprocessed } } : {};
  }

  /** Who writes a resource action's item, by the stack that was read with it. */
  function writerOf(key: Item): Writer {
    const resource = resourceOf(key.sk?.S ?? '');
    if (resource === undefined) return writer();
    return {
      ...writer(),
      stack: process.readWith.get(keyOf({ stackId: stackIdOf(key.pk?.S ?? ''), resource })),
    };
  }

  function put({ input }: PutItemCommand) {
    const item = input.Item ?? {};
    const by = writerOf(item);
    return call(`put ${nameOf(item)} ${item.change?.S ?? ''}`, writeOf(stackOf(item)), () => {
      checkConflict(item);
      seeing(items.get(item), () => check(items.get(item), input), item);
      items.put(item, by, isLate(by, agenda.now));
      read(item, true);
      return {};
    });
  }

  /** A condition that fails shows the item. */
  function seeing(item: Item | undefined, condition: () => void, key: Item): void {
    try {
      condition();
    } catch (error) {
      read(item ?? key, true);
      throw error;
    }
  }

  function update({ input }: UpdateItemCommand) {
    const key = input.Key ?? {};
    const name = nameOf(key);
    const asks = writer();
    const by = { ...asks, decidedAt: decidedFirst.get(name) ?? asks.decidedAt };
    return call(`update ${name}`, writeOf(stackOf(key)), () => {
      decidedFirst.set(name, by.decidedAt);
      checkConflict(key);
      decidedFirst.delete(name);
      const item = items.get(key);
      seeing(item, () => check(item, input), key);
      const next = updated(input.UpdateExpression ?? '', item ?? key, input);
      items.put(next, by, isLate(by, agenda.now));
      read(key, true);
      return { Attributes: next };
    });
  }

  function transact({ input }: TransactWriteItemsCommand) {
    const puts = (input.TransactItems ?? []).flatMap(({ Put }) => Put ?? []);
    const by = writerOf(puts.find(({ Item = {} }) => isResourceActionItem(Item))?.Item ?? {});
    const what = `transaction ${puts.map(({ Item = {} }) => nameOf(Item)).join(', ')}`;
    return call(what, writeOf(stackOf(puts[0]?.Item ?? {})), () => {
      const reasons = puts.map((one) => {
        if (meetsTransaction(one.Item ?? {})) return 'TransactionConflict';
        const holds = holdsOf(one.ConditionExpression, items.get(one.Item ?? {}) ?? {}, one);
        return holds ? 'None' : 'ConditionalCheckFailed';
      });
      if (reasons.some((reason) => reason !== 'None')) {
        const CancellationReasons = reasons.map((Code) => ({ Code }));
        throw new TransactionCanceledException({ message: 'cancelled', $metadata, CancellationReasons });
      }
      // The row last: whoever watches its write finds what belongs to it.
      for (const { Item = {} } of puts.toReversed()) {
        items.put(Item, by, isLate(by, agenda.now));
        read(Item, true);
      }
      return {};
    });
  }

  function query({ input }: QueryCommand) {
    if (input.IndexName !== undefined) return queryIndex(services, process, input);
    const pk = input.ExpressionAttributeValues?.[':pk']?.S ?? '';
    return call(`query ${pk}`, readOf(stackIdOf(pk)), () => {
      const start = input.ExclusiveStartKey?.sk?.S;
      const backwards = input.ScanIndexForward === false;
      const isLeft = ({ sk }: Item): boolean =>
        start === undefined || (backwards ? `${sk?.S}` < start : `${sk?.S}` > start);
      const all = items
        .partition(pk, services.agenda.now)
        .filter((item) => holdsOf(input.KeyConditionExpression, item, input));
      const found = (backwards ? all.reverse() : all).filter(isLeft);
      const page = found.slice(0, input.Limit ?? 50);
      const last = page.at(-1);
      return {
        Items: page.filter((item) => holdsOf(input.FilterExpression, item, input)),
        ...(last && page.length < found.length && { LastEvaluatedKey: { pk: last.pk, sk: last.sk } }),
      };
    });
  }

  const send = async (command: object): Promise<object> => {
    if (command instanceof GetItemCommand) {
      const { Key = {}, ConsistentRead } = command.input;
      const item = await call(`get ${nameOf(Key)}`, readOf(stackOf(Key)), () => read(Key, ConsistentRead));
      return item ? { Item: item } : {};
    }
    if (command instanceof BatchGetItemCommand) return batchGet(command);
    if (command instanceof BatchWriteItemCommand) return batchWrite(command);
    if (command instanceof PutItemCommand) return put(command);
    if (command instanceof UpdateItemCommand) return update(command);
    if (command instanceof TransactWriteItemsCommand) return transact(command);
    if (command instanceof QueryCommand) return query(command);
    if (command instanceof DeleteItemCommand) {
      const { Key = {} } = command.input;
      return call(`delete ${nameOf(Key)}`, writeOf(stackOf(Key)), () => {
        items.delete(Key);
        return {};
      });
    }
    throw new Error(`nobody simulates ${command.constructor.name}`);
  };
  // The paginators want an instance.
  return Object.create(DynamoDBClient.prototype, { send: { value: send } });
}

async function queryIndex({ table, faults }: Services, process: Process, input: QueryCommandInput) {
  const { ExclusiveStartKey: start, Limit: limit = 100, ExpressionAttributeValues: values = {} } = input;
  const shard = values[':shard']?.S ?? '';
  const resource = start && resourceOf(start.sk?.S ?? '');
  const after = start && {
    stackId: stackIdOf(start.pk?.S ?? ''),
    ...(resource !== undefined && { resource }),
    dueAt: Number(start.timerDueAt?.N),
  };
  const dueBefore = values[':dueBefore'] && Number(values[':dueBefore'].N);
  // Most shards are empty most of the time: they are not worth an event of their own.
  if (table.timers.isEmpty(shard, dueBefore) && faults.downUntil('index') === undefined && process.alive)
    return { Items: [] };
  return process.call('index', `query ${shard}`, () => {
    const latestFirst = input.ScanIndexForward === false;
    const query = { limit: Number.POSITIVE_INFINITY, latestFirst, ...(after && { after }) };
    const all = table.timers.list(shard, query);
    const matching = all.entries
      .map(({ stackId, resource: of, dueAt }) => ({
        ...(of === undefined ? stackKey(stackId) : resourceKey(stackId, of)),
        timerShard: { S: shard },
        timerDueAt: { N: String(dueAt) },
      }))
      .filter((item) => holdsOf(input.KeyConditionExpression, item, input));
    const page = matching.slice(0, limit);
    return { Items: page, ...(page.length < matching.length && { LastEvaluatedKey: page.at(-1) }) };
  });
}
