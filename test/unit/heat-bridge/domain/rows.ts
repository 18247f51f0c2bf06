/** Rows of Heat, and ours, for one stack: overdue at 60 s, its grace over at 70 s. */
import type { Stack } from '../../../../client/index.ts';
import type { HeatResource, HeatStack, HeatView } from '../../../../heat-bridge/domain/heat.ts';

export const CONTEXT = { now: 0, graceSeconds: 10, defaultTimeoutSeconds: 3600, engineGraceSeconds: 120 };
export const stack = (fields: Partial<HeatStack> = {}): HeatStack => ({
  id: 'adf4a5b7-954f-47d8-9ee6-5f7ef637f9ad',
  tenant: 't',
  name: 'web',
  ownerId: null,
  action: 'CREATE',
  status: 'IN_PROGRESS',
  statusReason: '',
  timeoutMinutes: 1,
  createdAt: 0,
  updatedAt: null,
  traversal: 'tr-1',
  disableRollback: true,
  deletedAt: null,
  ...fields,
});
export const ours = (fields: Partial<Stack> = {}): Stack => ({
  stackId: stack().id,
  operationId: 'tr-1',
  action: 'CREATE',
  status: 'IN_PROGRESS',
  statusReason: '',
  startedAt: '',
  deadline: '',
  version: 1,
  metadata: { source: 'heat-bridge' },
  ...fields,
});
export const resource: HeatResource = {
  id: 7,
  status: 'IN_PROGRESS',
  engineId: 'dead',
  atomicKey: 1,
  replaces: null,
};
export const node = { resourceId: 7, isUpdate: true, reported: [] as string[], data: { input_data: {} } };
export const view = (fields: Partial<HeatStack> = {}, more: Partial<HeatView> = {}): HeatView => ({
  stack: stack(fields),
  resources: [resource],
  engines: [
    { engineId: 'alive', updatedAt: 70_000, stopped: false },
    { engineId: 'dead', updatedAt: -200_000, stopped: false },
    { engineId: 'stopped', updatedAt: 70_000, stopped: true },
  ],
  nodes: [node],
  edges: [],
  reportedToStack: [],
  ...more,
});
export const POKE = { kind: 'poke', resourceId: 7, traversal: 'tr-1', isUpdate: true, data: {} };
