/**
 * The template as AWS's linter of CloudFormation reads it, with the schemas of the resources that
 * it ships.
 */
import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { App } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { StackTimeoutsStack, type StackTimeoutsStackProps } from '../../../infra/stack.ts';
import { WITHOUT_BUNDLING } from '../../unit/infra/synth.ts';
import { installTools } from './support/tools.ts';

/** It takes two seconds, and much longer on a busy machine. */
vi.setConfig({ testTimeout: 180_000 });

/** The rules that are not checked. */
const IGNORED = {
  I1022: 'CDK joins strings with Fn::Join, never with Fn::Sub',
  W3005: 'CDK has each function depend on its role, though it names it',
};

/** Its own program names the folder that it was installed in, before that was renamed. */
const RUN = 'import sys; from cfnlint.runner import main; sys.exit(main())';

interface Finding {
  readonly Rule: { readonly Id: string };
  readonly Message: string;
  readonly Location: { readonly Path: readonly (string | number)[] };
}

let python: string;
let folder: string;
beforeAll(async () => {
  python = await installTools();
  folder = await mkdtemp(join(tmpdir(), 'cfn-lint-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** Errors, warnings and informational findings, a line each. */
async function findings(template: unknown): Promise<string[]> {
  const file = join(folder, 'template.json');
  await writeFile(file, JSON.stringify(template));
  const args = ['-c', RUN, '--format', 'json', '--regions', 'us-east-1', '--include-checks', 'I'];
  const ignore = ['--ignore-checks', ...Object.keys(IGNORED)];
  const printed = await new Promise<string>((resolve, reject) => {
    execFile(python, [...args, ...ignore, '--template', file], { cwd: folder }, (error, stdout, stderr) => {
      // It exits with an error if it finds anything, too.
      if (stdout === '') reject(new Error(`cfn-lint: ${error?.message}\n${stderr}`));
      else resolve(stdout);
    });
  });
  return (JSON.parse(printed) as Finding[]).map(
    ({ Rule, Message, Location }) => `${Rule.Id} ${Location.Path.join('.')}: ${Message}`,
  );
}

// biome-ignore lint/suspicious/noExplicitAny: a template
function synthesize(props: StackTimeoutsStackProps): any {
  const app = new App({ analyticsReporting: false, context: WITHOUT_BUNDLING });
  return Template.fromStack(new StackTimeoutsStack(app, 'StackTimeouts', props)).toJSON();
}

describe('cfn-lint finds nothing', () => {
  test.each<[what: string, props: StackTimeoutsStackProps]>([
    ['by default', {}],
    ['in a named account and region', { env: { account: '123456789012', region: 'us-east-1' } }],
    [
      'with every option',
      {
        alarmTopicArn: 'arn:aws:sns:us-east-1:123456789012:pager',
        encryptionKeyArn: 'arn:aws:kms:us-east-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab',
        timeouts: {
          dev: true,
          commandReservedConcurrency: 10,
          warmReadUnits: 12_000,
          warmWriteUnits: 8000,
          deploymentName: 'Another',
        },
      },
    ],
  ])('%s', async (_, props) => {
    expect(await findings(synthesize(props))).toEqual([]);
  });
});

test('it checks every resource, and at all levels', async () => {
  const template = synthesize({});
  template.Resources.Queue = { Type: 'AWS::SQS::Queue', Properties: { DelaySeconds: 901 } };
  expect(await findings(template)).toEqual([
    'E3034 Resources.Queue.Properties.DelaySeconds: 901 is greater than the maximum of 900',
    expect.stringMatching(/^I3011 Resources\.Queue: 'DeletionPolicy' is a required property/),
    expect.stringMatching(/^I3011 Resources\.Queue: 'UpdateReplacePolicy' is a required property/),
    expect.stringMatching(/^I3013 Resources\.Queue\.Properties: 'MessageRetentionPeriod' is a required/),
  ]);
});
