/** The five operations of the demo: what the engine does to them before it dies, and what is to become of them. */
import type { Action } from '../contract/index.ts';
import type { Expected } from './operation.ts';

export interface Planned {
  readonly stackId: string;
  readonly operationId: string;
  readonly action: Action;
  readonly timeoutSeconds: number;
  readonly note: string;
  readonly expected: Expected;
  /** What the engine does to it after the start. */
  readonly lastAct?: { readonly complete: true } | { readonly extendToSeconds: number };
}

/** Loses its schedule. */
export const SABOTAGED = 'billing-database';
/** Is completed in time; looked at again when its deadline is over. */
export const COMPLETED = 'object-store';

/** The near horizon is 45 s here: a later deadline gets an EventBridge schedule. */
export const PLAN: readonly Planned[] = [
  {
    stackId: 'web-frontend',
    operationId: 'update-1',
    action: 'UPDATE',
    timeoutSeconds: 20,
    note: 'soon due: a delayed message',
    expected: { end: 'timeout', path: 'near' },
  },
  {
    stackId: 'kubernetes-cluster',
    operationId: 'create-1',
    action: 'CREATE',
    timeoutSeconds: 60,
    note: 'due later: an EventBridge schedule',
    expected: { end: 'timeout', path: 'schedule' },
  },
  {
    stackId: COMPLETED,
    operationId: 'create-1',
    action: 'CREATE',
    timeoutSeconds: 35,
    note: 'completed in time',
    expected: { end: 'completed' },
    lastAct: { complete: true },
  },
  {
    stackId: 'message-broker',
    operationId: 'update-1',
    action: 'UPDATE',
    timeoutSeconds: 25,
    note: 'extended to 55 s',
    expected: { end: 'timeout', path: 'near' },
    lastAct: { extendToSeconds: 55 },
  },
  {
    stackId: SABOTAGED,
    operationId: 'delete-1',
    action: 'DELETE',
    timeoutSeconds: 50,
    note: 'its schedule is deleted: the sweep',
    expected: { end: 'timeout', path: 'sweep' },
  },
];
