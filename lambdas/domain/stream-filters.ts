import type { ResourceActionTransition } from './resource-action/state.ts';
import type { StackTransition } from './stack/state.ts';

/**
 * The transitions that a function has nothing to do for. The stream's filters drop them before they
 * cost an invocation.
 */
export const IGNORED_TRANSITIONS = {
  // An extended timer is armed anew when it comes due.
  arm: ['HEARTBEAT', 'EXPIRE', 'EXTEND'],
  // They change no status. (Neither do SHORTEN and EXTEND, but children and parents depend on the
  // deadline.)
  effects: ['HEARTBEAT', 'EXPIRE', 'REARM', 'GRANT'],
} as const satisfies Record<string, readonly (StackTransition | ResourceActionTransition)[]>;
