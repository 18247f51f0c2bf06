/** Reads a stack with all its resource actions. */
import type { StackTimeoutsClient } from '../client/client.ts';
import { accepted, RefusedError } from '../client/errors.ts';
import type { ResourceAction, Stack } from '../contract/index.ts';

export interface StackWithResources {
  readonly stack: Stack;
  readonly resources: readonly ResourceAction[];
}

/**
 * Page by page.
 * @throws RefusedError if the service refuses a page.
 */
export async function readStack(client: StackTimeoutsClient, stackId: string): Promise<StackWithResources> {
  let page = accepted(await client.getStack({ stackId }));
  const { stack } = page;
  const resources = [...page.resources];
  while (page.nextToken !== undefined) {
    page = accepted(await client.getStack({ stackId, nextToken: page.nextToken }));
    resources.push(...page.resources);
  }
  return { stack, resources };
}

/** Undefined if the stack is gone. */
export async function readStackIfThere(
  client: StackTimeoutsClient,
  stackId: string,
): Promise<StackWithResources | undefined> {
  try {
    return await readStack(client, stackId);
  } catch (error) {
    if (error instanceof RefusedError) return undefined;
    throw error;
  }
}
