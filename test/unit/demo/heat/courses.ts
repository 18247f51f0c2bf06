/** Courses as they should be: an operation that is lost, and the same one ended. Tests change parts. */
import {
  type Course,
  type EnginesDown,
  type Look,
  type Side,
  withLook,
} from '../../../../demo/heat/course.ts';
import { OPERATIONS } from '../../../../demo/heat/operations.ts';

const START = Date.UTC(2026, 0, 31, 12);
/** Of an operation that begins at 0; its deadline is at 60. */
export const at = (seconds: number): number => START + seconds * 1000;

export const DOWN: EnginesDown = { from: at(6), until: at(20) };

export const look = (seconds: number, state: string, reason = ''): Look => ({
  at: at(seconds),
  state,
  reason,
});

export function course(side: Side, stack: string, ...looks: Look[]): Course {
  const operation = OPERATIONS.find((one) => one.stack === stack);
  if (operation === undefined) throw new Error(`no operation of ${stack}`);
  const first = look(1, `${operation.action}_IN_PROGRESS`, `Stack ${operation.action} started`);
  const begun = { side, operation, id: stack, began: at(0), changes: [first] as const, lastLookAt: first.at };
  return looks.reduce<Course>(withLook, begun);
}

export const lost = (stack = 'web'): Course => course('without', stack, look(90, 'CREATE_IN_PROGRESS'));
export const ended = (): Course =>
  course(
    'with',
    'web',
    look(64, 'CREATE_IN_PROGRESS'),
    look(66, 'CREATE_FAILED', 'Timed out'),
    look(90, 'CREATE_FAILED'),
  );
const ROLLED_BACK = 'Stack ROLLBACK completed successfully';
export const rolledBack = (): Course =>
  course(
    'with',
    'database',
    look(66, 'ROLLBACK_IN_PROGRESS', 'Stack ROLLBACK started'),
    look(70, 'ROLLBACK_COMPLETE', ROLLED_BACK),
    look(90, 'ROLLBACK_COMPLETE', ROLLED_BACK),
  );
