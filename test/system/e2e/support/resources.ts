/** Resource actions of the deployment under test. */
import { GetItemCommand } from '@aws-sdk/client-dynamodb';
import { expect } from 'vitest';
import { accepted, type Fields } from '../../../../client/index.ts';
import type { ResourceAction, Stack } from '../../../../contract/index.ts';
import { resourceKey } from '../../../../lambdas/adapters/dynamodb/keys.ts';
import { fromResourceActionItem } from '../../../../lambdas/adapters/dynamodb/resource-action-item.ts';
import type { ResourceActionRow } from '../../../../lambdas/domain/resource-action/state.ts';
import { eventually } from '../../../../local/eventually.ts';
import { dynamodb, output } from './aws.ts';
import type { Simulated } from './engine-process.ts';
import { BOUND_MS, client } from './stacks.ts';

type Dispatch = Fields<'DispatchResource'>;
/** What a test leaves out has a default here. */
export type DispatchFields = Partial<Omit<Dispatch, 'stackId' | 'operationId' | 'resource' | 'input'>> & {
  readonly input?: Simulated;
};

/** Of a dispatch that does not say it. */
export const START_TO_CLOSE_SECONDS = 600;

/** Dispatches a resource of a stack's operation. */
export async function dispatch(
  { stackId, operationId }: Pick<Stack, 'stackId' | 'operationId'>,
  resource: string,
  fields: DispatchFields = {},
): Promise<ResourceAction> {
  const request = {
    stackId,
    operationId,
    resource,
    action: 'CREATE',
    startToCloseSeconds: START_TO_CLOSE_SECONDS,
    ...fields,
  };
  return accepted(await client.dispatchResource(request as Dispatch)).resource;
}

/** Retries at once and without an end that a test would see. */
export const MANY_ATTEMPTS = { maxAttempts: 20, intervalSeconds: 1, backoffRate: 1, jitter: 'NONE' } as const;

export const getResource = async (stackId: string, resource: string) =>
  accepted(await client.getResource({ stackId, resource }));

/** All resource actions of a stack, over all pages. */
export async function resourcesOf(stackId: string): Promise<ResourceAction[]> {
  const all: ResourceAction[] = [];
  for await (const resource of client.resources(stackId)) all.push(resource);
  return all;
}

/** Waits until a resource action is as expected. */
export function becomes(
  { stackId, resource }: Pick<ResourceAction, 'stackId' | 'resource'>,
  expected: Partial<ResourceAction>,
  withinMs = BOUND_MS,
): Promise<ResourceAction> {
  return eventually(
    async () => {
      const { resource: now } = await getResource(stackId, resource);
      expect(now).toMatchObject(expected);
      return now;
    },
    { within: withinMs, every: 300 },
  );
}

/** Waits until a condition holds for all resource actions of a stack. */
export function allBecome(
  stackId: string,
  expected: Partial<ResourceAction>,
  withinMs = BOUND_MS,
): Promise<ResourceAction[]> {
  return eventually(
    async () => {
      const all = await resourcesOf(stackId);
      for (const one of all) expect(one).toMatchObject(expected);
      return all;
    },
    { within: withinMs, every: 500 },
  );
}

/**
 * Waits until a resource action has timed out, and checks that this was not before `deadline`, nor
 * long after it.
 */
export async function timesOut(
  at: Pick<ResourceAction, 'stackId' | 'resource'>,
  deadline: string | undefined,
  expected: Partial<ResourceAction>,
): Promise<ResourceAction> {
  const end = await becomes(at, expected);
  const late = Date.parse(end.endedAt ?? '') - Date.parse(deadline ?? '');
  expect(late, 'P1 never early').toBeGreaterThanOrEqual(0);
  expect(late, 'P7 bounded lateness').toBeLessThan(BOUND_MS);
  return end;
}

/** The row as it is stored. */
export async function resourceRow({
  stackId,
  resource,
}: Pick<ResourceAction, 'stackId' | 'resource'>): Promise<ResourceActionRow> {
  const { Item } = await dynamodb.send(
    new GetItemCommand({
      TableName: output('TableName'),
      Key: resourceKey(stackId, resource),
      ConsistentRead: true,
    }),
  );
  if (Item === undefined) throw new Error(`no row for ${resource} of ${stackId}`);
  return fromResourceActionItem(Item);
}
