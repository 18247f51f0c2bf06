import { App, Validations } from 'aws-cdk-lib';
import { Queue } from 'aws-cdk-lib/aws-sqs';
import { AwsSolutionsChecks } from 'cdk-nag';
import { describe, expect, test } from 'vitest';
import { StackTimeoutsStack, type StackTimeoutsStackProps } from '../../../infra/stack.ts';
import { WITHOUT_BUNDLING } from './synth.ts';

const UUID = '1234abcd-12ab-34cd-56ef-1234567890ab';

function stackWithChecks(props: StackTimeoutsStackProps = {}) {
  const app = new App({ analyticsReporting: false, context: WITHOUT_BUNDLING });
  const checks = new AwsSolutionsChecks(app);
  Validations.of(app).addPlugins(checks);
  return { app, checks, stack: new StackTimeoutsStack(app, 'StackTimeouts', props) };
}

describe("cdk-nag's AwsSolutions pack finds nothing", () => {
  test.each<[what: string, props: StackTimeoutsStackProps]>([
    ['by default', {}],
    ['in a named account and region', { env: { account: '123456789012', region: 'eu-central-1' } }],
    ['with every option', { timeouts: { dev: true, commandReservedConcurrency: 10 } }],
    ['with a key', { encryptionKeyArn: `arn:aws:kms:eu-central-1:123456789012:key/${UUID}` }],
  ])('%s', (_, props) => {
    const { app, checks } = stackWithChecks(props);
    // A violation stops the synthesis; a warning does not.
    expect(() => app.synth()).not.toThrow();
    expect(checks.validateScope(app).violations).toEqual([]);
  });
});

test('it looks at every resource: a queue without encryption in transit is found', () => {
  const { app, stack } = stackWithChecks();
  new Queue(stack, 'Plain');
  expect(() => app.synth()).toThrow(/AwsSolutions-SQS4/);
});
