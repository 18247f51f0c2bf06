/** The rows of earlier versions are read, and decided about as then. */
import { describe, expect, test } from 'vitest';
import { parseRequest, type RequestOf } from '../../contract/index.ts';
import type { Item } from '../../lambdas/adapters/dynamodb/keys.ts';
import { fromResourceActionItem } from '../../lambdas/adapters/dynamodb/resource-action-item.ts';
import { fromStackItem } from '../../lambdas/adapters/dynamodb/stack-item.ts';
import { decideCancellation } from '../../lambdas/domain/cascade.ts';
import {
  decideClaim,
  decideCompleteResource,
  decideDispatch,
  decideRelease,
} from '../../lambdas/domain/resource-action/commands.ts';
import type { ResourceActionRow } from '../../lambdas/domain/resource-action/state.ts';
import { decideStackCommand, type StackRequest } from '../../lambdas/domain/stack/commands.ts';
import type { StackRow } from '../../lambdas/domain/stack/state.ts';
import {
  type Decided,
  decidedOf,
  fixture,
  indexed,
  itemOf,
  type OldRow,
  rowOf,
  today,
  VERSIONS,
} from './fixtures.ts';

interface OldRows<R> {
  readonly now: number;
  readonly retention: number;
  readonly requests: Readonly<Record<string, R>>;
  readonly rows: readonly (OldRow & { readonly decisions: Readonly<Record<string, Decided>> })[];
}

function casesOf<R>({ rows, requests }: OldRows<R>): [name: string, request: string, Item, R, Decided][] {
  return rows.flatMap(({ name, item, decisions }) =>
    Object.entries(requests).map(([asked, request]): [string, string, Item, R, Decided] => [
      name,
      asked,
      item,
      request,
      decisions[asked] ?? 'not decided',
    ]),
  );
}

describe.each(VERSIONS)('stacks of %s', (version) => {
  const old = fixture<OldRows<StackRequest> & { readonly parent?: Item }>(version, 'rows');

  test.each(old.rows)('$name: is written as it was', ({ item }) => {
    expect(itemOf(rowOf(item))).toEqual(indexed(item));
  });

  test.each(casesOf(old))('%s: %s', (_, __, item, request, decided) => {
    const rows = { stack: fromStackItem(item), ...(old.parent && { parent: fromStackItem(old.parent) }) };
    expect(decidedOf(decideStackCommand(rows, request, old))).toEqual(today(decided));
  });
});

type ResourceRequest = RequestOf<
  'DispatchResource' | 'ClaimResource' | 'CompleteResource' | 'ReleaseResource'
>;

describe('resource actions of v2', () => {
  const old = fixture<OldRows<ResourceRequest> & { readonly stack: Item }>('v2', 'resources');
  const stack = fromStackItem(old.stack);

  test.each(old.rows)('$name: is written as it was', ({ item }) => {
    expect(itemOf(rowOf(item))).toEqual(item);
  });

  test.each(casesOf(old))('%s: %s', (_, __, item, request, decided) => {
    const decision = decide({ stack, resource: fromResourceActionItem(item) }, request);
    expect(decidedOf(decision)).toEqual(today(decided));
  });

  const over = old.rows.filter(({ item }) => item.status?.S !== 'IN_PROGRESS');

  test.each(over)('$name: expires when it was to, whenever its operation ends', ({ item }) => {
    const row = fromResourceActionItem(item);
    expect(decideCancellation(row, row.operationId, old)).toEqual({});
  });

  function decide(rows: { stack: StackRow; resource: ResourceActionRow }, request: ResourceRequest) {
    switch (request.command) {
      case 'DispatchResource':
        return decideDispatch(rows, request, old.now);
      case 'ClaimResource':
        return decideClaim(rows, request, old.now);
      case 'CompleteResource':
        return decideCompleteResource(rows.resource, request, old);
      case 'ReleaseResource':
        return decideRelease(rows.resource, request, old.now);
    }
  }
});

test('the requests of then are requests of today', () => {
  const requests = VERSIONS.flatMap((version) =>
    Object.values(fixture<OldRows<unknown>>(version, 'rows').requests),
  );
  requests.push(...Object.values(fixture<OldRows<unknown>>('v2', 'resources').requests));
  for (const request of requests) expect(parseRequest(request)).toEqual({ ok: true, value: request });
});
