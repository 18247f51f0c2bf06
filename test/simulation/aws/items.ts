/**
 * The table's items as DynamoDB holds them. What they mean is kept beside them as rows, for whoever
 * watches.
 */
import { fromHistoryItem } from '../../../lambdas/adapters/dynamodb/history-item.ts';
import {
  CHILD,
  HISTORY,
  type Item,
  isResourceActionItem,
  isStackItem,
  stackIdOf,
} from '../../../lambdas/adapters/dynamodb/keys.ts';
import { fromResourceActionItem } from '../../../lambdas/adapters/dynamodb/resource-action-item.ts';
import { fromStackItem } from '../../../lambdas/adapters/dynamodb/stack-item.ts';
import type { Child } from '../../../lambdas/domain/consequences.ts';
import type { Table } from '../../support/table.ts';
import type { Row, Writer } from '../row.ts';
import type { Services } from '../services.ts';

const PAYLOAD = /^(INPUT|OUTPUT)#(.*)$/s;

/** When it expires, in milliseconds. */
const expiryOf = ({ expiresAt }: Item): number | undefined => expiresAt && Number(expiresAt.N) * 1000;

const [pkOf, skOf] = [(item: Item) => item.pk?.S ?? '', (item: Item) => item.sk?.S ?? ''];

export class Items {
  readonly #table: Table<Writer>;
  readonly #keep: Services['keep'];
  /** By partition key and sort key. */
  readonly #partitions = new Map<string, Map<string, Item>>();
  /** What was there before the last write: a read that is not consistent may still see it. */
  readonly #before = new Map<string, Item | undefined>();

  constructor({ table, keep }: Pick<Services, 'table' | 'keep'>) {
    this.#table = table;
    this.#keep = keep;
    table.onExpire = (row) => this.#expire(row);
  }

  get(key: Item): Item | undefined {
    return this.#partitions.get(pkOf(key))?.get(skOf(key));
  }

  /** As an inconsistent read may see it. */
  getStale(key: Item): Item | undefined {
    const name = `${pkOf(key)}\n${skOf(key)}`;
    return this.#before.has(name) ? this.#before.get(name) : this.get(key);
  }

  /**
   * The items under a partition key, in the order of their sort keys. TTL has deleted the children
   * that had expired by then.
   */
  partition(pk: string, now: number): Item[] {
    return [...(this.#partitions.get(pk)?.values() ?? [])]
      .filter((item) => !skOf(item).startsWith(CHILD) || (expiryOf(item) ?? 0) > now)
      .sort((a, b) => (skOf(a) < skOf(b) ? -1 : 1));
  }

  put(item: Item, writer: Writer, late: boolean): void {
    const partition = this.#partitions.get(pkOf(item)) ?? new Map<string, Item>();
    this.#partitions.set(pkOf(item), partition);
    this.#before.set(`${pkOf(item)}\n${skOf(item)}`, partition.get(skOf(item)));
    partition.set(skOf(item), item);
    if (isStackItem(item)) this.#table.putStack(fromStackItem(item), writer);
    else if (isResourceActionItem(item)) this.#table.putResource(fromResourceActionItem(item), writer);
    else if (skOf(item).startsWith(CHILD))
      this.#table.addChild(childOf(item), expiryOf(item) ?? Number.NaN, late);
    else if (skOf(item).startsWith(HISTORY)) this.#keep(fromHistoryItem(item));
    else this.#putPayload(item);
  }

  delete(key: Item): void {
    const item = this.get(key);
    if (item && skOf(item).startsWith(CHILD)) this.#table.removeChild(childOf(item));
    this.#partitions.get(pkOf(key))?.delete(skOf(key));
  }

  #putPayload(item: Item): void {
    const [, kind, resource] = PAYLOAD.exec(skOf(item)) ?? [];
    if (kind === undefined) return;
    const expiresAt = expiryOf(item);
    this.#table.payloads.set(`${kind.toLowerCase()}\n${stackIdOf(pkOf(item))}\n${resource}`, {
      operationId: item.operationId?.S ?? '',
      attempt: Number(item.attempt?.N),
      json: item.json?.S ?? '',
      ...(expiresAt !== undefined && { expiresAt }),
    });
  }

  #expire(row: Row): void {
    const partition = this.#partitions.get(`STACK#${row.stackId}`);
    const names =
      'resource' in row
        ? ['RESOURCE', 'INPUT', 'OUTPUT'].map((kind) => `${kind}#${row.resource}`)
        : ['STACK'];
    for (const name of names) partition?.delete(name);
  }
}

function childOf(item: Item): Child {
  const [stackId = '', operationId = ''] = skOf(item).slice(CHILD.length).split('#');
  const parent = { stackId: stackIdOf(pkOf(item)), operationId: item.parentOperationId?.S ?? '' };
  return { parent, stackId, operationId };
}
