/** The public API of `stack-timeouts/cdk`. */
export type { Settings } from './settings.ts';
export { StackTimeoutsStack, type StackTimeoutsStackProps } from './stack.ts';
export { StackTimeouts, type StackTimeoutsProps } from './stack-timeouts.ts';
export type { TimeoutQueue } from './timeout-queue.ts';
