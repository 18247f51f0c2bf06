/** What the package offers to CDK apps as `stack-timeouts/cdk`. */
export type { Settings } from './settings.ts';
export { StackTimeoutsStack, type StackTimeoutsStackProps } from './stack.ts';
export { StackTimeouts, type StackTimeoutsProps } from './stack-timeouts.ts';
