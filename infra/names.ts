/**
 * Physical names that CloudFormation does not generate. They derive from the name of the
 * CloudFormation stack, which cannot change and is unique in the account and region.
 * `deploymentName` can change, and two stacks can have the same construct path.
 */
import { createHash } from 'node:crypto';
import { Lazy, Names, Stack, Token } from 'aws-cdk-lib';
import type { IConstruct } from 'constructs';

const MAX_LENGTH = 64;

/** @throws Error unless every AWS service accepts the name, and the name is known at synth. */
export function checkedName(property: string, name: string): string {
  if (Token.isUnresolved(name)) {
    throw new Error(`${property} is required here: the name of this stack is known only when it is deployed`);
  }
  if (!/^[0-9A-Za-z_-]{1,64}$/.test(name)) {
    throw new Error(`${property} must be 1 to ${MAX_LENGTH} of the characters A-Z a-z 0-9 _ -, not ${name}`);
  }
  return name;
}

/** The name of the stack; a long one is shortened, with a hash at its end. */
export function shortStackName(scope: IConstruct): string {
  const { stackName } = Stack.of(scope);
  if (Token.isUnresolved(stackName) || stackName.length <= MAX_LENGTH) return stackName;
  const hash = createHash('sha256').update(stackName).digest('hex').slice(0, 8);
  return `${stackName.slice(0, MAX_LENGTH - hash.length - 1)}-${hash}`;
}

/**
 * CDK derives the name of an event bus from its construct path. That name is unique if the name of
 * the stack derives from the path too, and deployed buses have it. A stack with a `stackName` of
 * its own needs that name in the name of its bus.
 */
export function eventBusName(bus: () => IConstruct): string {
  return Lazy.string({
    produce: () => {
      const stack = topmost(Stack.of(bus()));
      const followsFromPath = stack.stackName === stack.node.path.replaceAll('/', '-');
      return followsFromPath ? Names.uniqueId(bus()) : Names.uniqueResourceName(bus(), {});
    },
  });
}

const topmost = (stack: Stack): Stack =>
  stack.nestedStackParent === undefined ? stack : topmost(stack.nestedStackParent);
