import type { ResourceActionRow } from '../../lambdas/domain/resource-action/state.ts';
import type { StackRow } from '../../lambdas/domain/stack/state.ts';

export type Row = StackRow | ResourceActionRow;

export const keyOf = ({ stackId, resource }: { stackId: string; resource?: string }): string =>
  resource === undefined ? stackId : `${stackId}\n${resource}`;
