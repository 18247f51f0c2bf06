/**
 * Physical names: what a change of a name replaces, and what two deployments of an account share.
 */
import { App, Stage } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { describe, expect, test } from 'vitest';
import { StackTimeoutsStack, type StackTimeoutsStackProps } from '../../../infra/stack.ts';
import { StackTimeouts, type StackTimeoutsProps } from '../../../infra/stack-timeouts.ts';
import {
  emptyStack,
  nameOf,
  propertiesOf,
  synthesize,
  synthesizeDefaults,
  WITHOUT_BUNDLING,
} from './synth.ts';

const newApp = (): App => new App({ analyticsReporting: false, context: WITHOUT_BUNDLING });

/** The properties of a stack's resources by logical id, with their types. */
// biome-ignore lint/suspicious/noExplicitAny: properties of any resource
function resourcesOf(stack: StackTimeoutsStack): [id: string, type: string, properties: any][] {
  const { Resources } = Template.fromStack(stack).toJSON();
  return Object.entries<{ Type: string; Properties?: object }>(Resources).map(([id, resource]) => [
    id,
    resource.Type,
    resource.Properties ?? {},
  ]);
}

const deployed = (props: StackTimeoutsStackProps = {}, app = newApp()) =>
  resourcesOf(new StackTimeoutsStack(app, 'StackTimeouts', props));

/**
 * What a timer is in, or is held by, for up to a year: the table, and what a schedule is in, or
 * names.
 */
const HOLD_TIMERS = [
  'Table',
  'TimerQueue',
  'TimerDeadLetterQueue',
  'ScheduleDeadLetterQueue',
  'SchedulesExecutionRole',
  'SchedulesGroup',
];

describe('another deploymentName', () => {
  const renamed = synthesize({ deploymentName: 'Renamed' });

  test.each(HOLD_TIMERS)('leaves %s as it is', (name) => {
    expect(propertiesOf(renamed, name)).toEqual(propertiesOf(synthesizeDefaults(), name));
  });

  test('replaces alarms and dashboard alone: of the rest it changes what can be updated in place', () => {
    const before = synthesizeDefaults().resources;
    expect(Object.keys(renamed.resources)).toEqual(Object.keys(before));
    const changed = Object.entries(renamed.resources).flatMap(([id, { Type, Properties = {} }]) =>
      Object.keys(Properties)
        .filter((name) => JSON.stringify(Properties[name]) !== JSON.stringify(before[id]?.Properties[name]))
        .map((name) => `${Type} ${name}`),
    );
    const named = /^AWS::CloudWatch::(Alarm|Dashboard) /;
    expect([...new Set(changed.filter((property) => !named.test(property)))].sort()).toEqual([
      // Of each, CloudFormation's reference says: "Update requires: No interruption".
      'AWS::Events::EventBus Description',
      'AWS::Events::Rule Description',
      'AWS::IAM::Role Description',
      'AWS::Lambda::Function Environment',
    ]);
  });
});

test('no setting replaces what holds timers', () => {
  const other: StackTimeoutsProps = {
    dev: true,
    leadSeconds: 60,
    nearHorizonSeconds: 300,
    graceSeconds: 61,
    retentionDays: 3,
    timerMaxReceiveCount: 3,
    wakeTimeoutSeconds: 4,
    logRetentionDays: 1,
  };
  // Of these types, the properties that CloudFormation replaces a resource for.
  const REPLACING = ['TableName', 'KeySchema', 'QueueName', 'FifoQueue', 'RoleName', 'Path', 'Name'];
  const identityOf = (properties: Record<string, unknown>) => REPLACING.map((name) => properties[name]);
  for (const name of HOLD_TIMERS) {
    expect(identityOf(propertiesOf(synthesize(other), name))).toEqual(
      identityOf(propertiesOf(synthesizeDefaults(), name)),
    );
  }
});

describe('two deployments of an account that differ in stackName alone', () => {
  /** The physical names that are chosen, with the types that they name. */
  const physicalNames = (props: StackTimeoutsStackProps): string[] =>
    deployed(props).flatMap(([, type, properties]) =>
      // An alias has its name within its function.
      (type === 'AWS::Lambda::Alias' ? [] : ['Name', `${type.split('::').at(-1)}Name`])
        .filter((property) => properties[property] !== undefined)
        .map((property) => `${type} ${JSON.stringify(properties[property])}`),
    );
  const typesOf = (names: readonly string[]) => [...new Set(names.map((name) => name.split(' ')[0]))].sort();

  test('share no physical name', () => {
    const [first, second] = [physicalNames({ stackName: 'First' }), physicalNames({ stackName: 'Second' })];
    // All that has one.
    expect(typesOf(first)).toEqual([
      'AWS::CloudWatch::Alarm',
      'AWS::CloudWatch::Dashboard',
      'AWS::Events::EventBus',
      'AWS::Scheduler::ScheduleGroup',
    ]);
    expect(first.filter((name) => second.includes(name))).toEqual([]);
    expect(first.filter((name) => physicalNames({}).includes(name))).toEqual([]);
  });

  test('have the logical ids of every deployment', () => {
    const ids = (props?: StackTimeoutsStackProps) => deployed(props).map(([id]) => id);
    expect(ids({ stackName: 'First' })).toEqual(ids());
  });
});

describe('the name of', () => {
  const nameIn = (stack: StackTimeoutsStack, resource: string): string =>
    resourcesOf(stack).find(([id]) => nameOf(id) === resource)?.[2].Name;
  const stackIn = (scope: App | Stage, timeouts: StackTimeoutsProps = {}) =>
    new StackTimeoutsStack(scope, 'StackTimeouts', { timeouts });

  test('the event bus is the same as ever, unless the stack was given a name', () => {
    expect(nameIn(stackIn(newApp()), 'EventBus')).toBe('StackTimeoutsEventBusF3191150');
    expect(nameIn(stackIn(new Stage(newApp(), 'Prod')), 'EventBus')).toBe(
      'ProdStackTimeoutsEventBus34328D3B',
    );
  });

  test('the event bus and the schedule group can be given, to keep those that there are', () => {
    const stack = stackIn(newApp(), { eventBusName: 'Bus', scheduleGroupName: 'Group' });
    expect(nameIn(stack, 'EventBus')).toBe('Bus');
    expect(nameIn(stack, 'SchedulesGroup')).toBe('Group');
    expect(() => new StackTimeouts(emptyStack(), 'Timeouts', { scheduleGroupName: 'no spaces' })).toThrow(
      'scheduleGroupName must be 1 to 64',
    );
  });

  test('the schedule group of a stack with a long name is one that EventBridge Scheduler takes', () => {
    const groupOf = (stackName: string) => {
      const stack = new StackTimeoutsStack(newApp(), 'StackTimeouts', { stackName });
      return nameIn(stack, 'SchedulesGroup');
    };
    const long = 'x'.repeat(100);
    expect(groupOf(long)).toMatch(/^x{55}-[0-9a-f]{8}$/);
    expect(groupOf(long)).not.toBe(groupOf(`${long}y`));
    expect(groupOf('x'.repeat(64))).toBe('x'.repeat(64));
  });
});
