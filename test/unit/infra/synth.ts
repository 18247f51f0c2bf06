import { App, Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { vi } from 'vitest';
import { StackTimeoutsStack } from '../../../infra/stack.ts';
import type { StackTimeoutsProps } from '../../../infra/stack-timeouts.ts';

/**
 * A synthesis takes a quarter of a second, the first in a process more: on a busy machine, beyond
 * vitest's default.
 */
vi.setConfig({ testTimeout: 60_000 });

/** Bundling takes seconds, and no property of the template depends on it. */
export const WITHOUT_BUNDLING = { 'aws:cdk:bundling-stacks': [] };

interface Resource {
  readonly Type: string;
  // biome-ignore lint/suspicious/noExplicitAny: properties of any resource
  readonly Properties: any;
  readonly DeletionPolicy?: string;
  readonly UpdateReplacePolicy?: string;
}

export interface Synthesized {
  readonly stack: StackTimeoutsStack;
  readonly template: Template;
  /** By logical id. */
  readonly resources: Readonly<Record<string, Resource>>;
}

export function synthesize(
  timeouts: StackTimeoutsProps = {},
  context: Record<string, unknown> = {},
): Synthesized {
  const app = new App({ analyticsReporting: false, context: { ...WITHOUT_BUNDLING, ...context } });
  const stack = new StackTimeoutsStack(app, 'StackTimeouts', { timeouts });
  const template = Template.fromStack(stack);
  return { stack, template, resources: template.toJSON().Resources };
}

let defaults: Synthesized | undefined;
/** The deployment with every setting at its default; made once. */
export function synthesizeDefaults(): Synthesized {
  defaults ??= synthesize();
  return defaults;
}

/** The resources of a type, by logical id. */
export const ofType = ({ resources }: Synthesized, type: string): [id: string, Resource][] =>
  Object.entries(resources).filter(([, resource]) => resource.Type === type);

/** The properties of the one resource whose logical id, without prefix and hash, is this name. */
// biome-ignore lint/suspicious/noExplicitAny: properties of any resource
export function propertiesOf(synthesized: Synthesized, name: string): any {
  const found = Object.entries(synthesized.resources).filter(([id]) => nameOf(id) === name);
  if (found.length !== 1) throw new Error(`${found.length} resources are named ${name}`);
  return found[0]?.[1].Properties;
}

/** TimeoutsTimerQueue60FBF68B → TimerQueue */
export const nameOf = (logicalId: string): string =>
  logicalId.replace(/^Timeouts/, '').replace(/[0-9A-F]{8}$/, '');

/**
 * A value of the template as one readable string: `Table` for its ARN or reference,
 * `Table.StreamArn` for another attribute.
 */
export function readable(value: unknown): string {
  if (typeof value === 'string') return value;
  const intrinsic = value as {
    Ref?: string;
    'Fn::GetAtt'?: [string, string];
    'Fn::Join'?: [string, unknown[]];
  };
  if (intrinsic.Ref) return intrinsic.Ref.startsWith('AWS::') ? `<${intrinsic.Ref}>` : nameOf(intrinsic.Ref);
  if (intrinsic['Fn::GetAtt']) {
    const [id, attribute] = intrinsic['Fn::GetAtt'];
    return attribute === 'Arn' ? nameOf(id) : `${nameOf(id)}.${attribute}`;
  }
  const [delimiter, pieces] = intrinsic['Fn::Join'] ?? ['', []];
  return pieces.map(readable).join(delimiter);
}

/** A stack for a construct under test alone. */
export const emptyStack = (): Stack => new Stack(new App({ context: WITHOUT_BUNDLING }), 'Test');
