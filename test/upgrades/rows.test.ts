/** The rows of earlier versions are read, and decided about as then. */
import { describe, expect, test } from 'vitest';
import { parseRequest, type RequestOf } from '../../contract/index.ts';
import type { Item } from '../../lambdas/adapters/dynamodb/keys.ts';
import { fromResourceActionItem } from '../../lambdas/adapters/dynamodb/resource-action-item.ts';
import { fromStackItem } from '../../lambdas/adapters/dynamodb/stack-item.ts';
import { decideCancellation } from '../../lambdas/domain/cascade.ts';
import {
  decideCancelResource,
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
  readonly rows: readonly (OldRow & {
    readonly decisions: Readonly<Record<string, Decided>>;
    /** When it expires if its operation ends now; v2 did not wait for that. */
    readonly loweredTo?: number;
  })[];
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
    expect(decidedOf(version, decideStackCommand(rows, request, old))).toEqual(today(version, decided));
  });
});

type ResourceRequest = RequestOf<
  'DispatchResource' | 'ClaimResource' | 'CompleteResource' | 'ReleaseResource' | 'CancelResource'
>;

const WITH_RESOURCES = ['v2', 'v3'] as const;

describe.each(WITH_RESOURCES)('resource actions of %s', (version) => {
  const old = fixture<OldRows<ResourceRequest> & { readonly stack: Item }>(version, 'resources');
  const stack = fromStackItem(old.stack);

  test.each(old.rows)('$name: is written as it was', ({ item }) => {
    expect(itemOf(rowOf(item))).toEqual(item);
  });

  test.each(casesOf(old))('%s: %s', (_, __, item, request, decided) => {
    const decision = decide({ stack, resource: fromResourceActionItem(item) }, request);
    expect(decidedOf(version, decision)).toEqual(today(version, decided));
  });

  const over = old.rows.filter(({ item }) => item.status?.S !== 'IN_PROGRESS');

  test.each(over)('$name: expires when it was to after its operation ends', ({ item, loweredTo }) => {
    const row = fromResourceActionItem(item);
    const { save, expire } = decideCancellation(row, row.operationId, old);
    expect([save, expire?.expiresAt]).toEqual([undefined, loweredTo]);
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
      case 'CancelResource':
        return decideCancelResource(rows, request, old);
    }
  }
});

test('the requests of then are requests of today', () => {
  const requests = VERSIONS.flatMap((version) =>
    Object.values(fixture<OldRows<unknown>>(version, 'rows').requests),
  );
  for (const version of WITH_RESOURCES)
    requests.push(...Object.values(fixture<OldRows<unknown>>(version, 'resources').requests));
  for (const request of requests) expect(parseRequest(request)).toEqual({ ok: true, value: request });
});
