/** Operations as they should be: an operation that is lost, and the same one ended. Tests change parts. */
import {
  type EnginesDown,
  type Observation,
  type ObservedOperation,
  type Side,
  withObservation,
} from '../../../../demo/heat/observed-operation.ts';
import { OPERATIONS } from '../../../../demo/heat/operations.ts';

const START = Date.UTC(2026, 0, 31, 12);
/** Of an operation that begins at 0; its deadline is at 60. */
export const at = (seconds: number): number => START + seconds * 1000;

export const DOWN: EnginesDown = { from: at(6), until: at(20) };

export const observation = (seconds: number, state: string, reason = ''): Observation => ({
  at: at(seconds),
  state,
  reason,
});

export function observed(side: Side, stack: string, ...observations: Observation[]): ObservedOperation {
  const operation = OPERATIONS.find((one) => one.stack === stack);
  if (operation === undefined) throw new Error(`no operation of ${stack}`);
  const first = observation(1, `${operation.action}_IN_PROGRESS`, `Stack ${operation.action} started`);
  const begun = {
    side,
    operation,
    id: stack,
    began: at(0),
    changes: [first] as const,
    lastObservedAt: first.at,
  };
  return observations.reduce<ObservedOperation>(withObservation, begun);
}

export const lost = (stack = 'web'): ObservedOperation =>
  observed('without', stack, observation(90, 'CREATE_IN_PROGRESS'));
export const ended = (): ObservedOperation =>
  observed(
    'with',
    'web',
    observation(64, 'CREATE_IN_PROGRESS'),
    observation(66, 'CREATE_FAILED', 'Timed out'),
    observation(90, 'CREATE_FAILED'),
  );
const ROLLED_BACK = 'Stack ROLLBACK completed successfully';
export const rolledBack = (): ObservedOperation =>
  observed(
    'with',
    'database',
    observation(66, 'ROLLBACK_IN_PROGRESS', 'Stack ROLLBACK started'),
    observation(70, 'ROLLBACK_COMPLETE', ROLLED_BACK),
    observation(90, 'ROLLBACK_COMPLETE', ROLLED_BACK),
  );
