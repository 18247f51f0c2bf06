/** The CDK app as the CDK CLI runs it: with the context of `-c`, into a folder. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { App } from 'aws-cdk-lib';
import { expect, onTestFinished, test } from 'vitest';
import { StackTimeoutsStack } from '../../../infra/stack.ts';
import { readable, WITHOUT_BUNDLING } from './synth.ts';

const APP = fileURLToPath(new URL('../../../infra/app.ts', import.meta.url));

/** The one template that comes of a context, and the folder that it and the code are in. */
function synthesizeApp(context: Record<string, unknown>) {
  const folder = mkdtempSync(join(tmpdir(), 'stack-timeouts-app-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  execFileSync(process.execPath, [APP], {
    stdio: 'pipe',
    env: {
      ...process.env,
      CDK_OUTDIR: folder,
      CDK_CONTEXT_JSON: JSON.stringify({ ...WITHOUT_BUNDLING, ...context }),
    },
  });
  const [file = '', ...others] = readdirSync(folder).filter((name) => name.endsWith('.template.json'));
  expect(others).toEqual([]);
  const { Resources } = JSON.parse(readFileSync(join(folder, file), 'utf8'));
  // biome-ignore lint/suspicious/noExplicitAny: properties of any resource
  const resources = Object.values<{ Type: string; Properties: any; Metadata?: any }>(Resources);
  const ofType = (type: string) =>
    resources.filter(({ Type }) => Type === type).map(({ Properties }) => Properties);
  return { folder, name: file.replace('.template.json', ''), resources, ofType };
}

test('without a context it is one stack of the name that the CLI looks for, whose alarms tell nobody', () => {
  const { name, ofType } = synthesizeApp({});
  expect(name).toBe('StackTimeouts');
  const alarms = ofType('AWS::CloudWatch::Alarm');
  expect(alarms.length).toBeGreaterThan(20);
  expect(alarms.filter(({ AlarmActions }) => AlarmActions)).toEqual([]);
});

test('what is asked for by context reaches the stack: its name, settings, and who is told by every alarm', () => {
  const alarmTopicArn = 'arn:aws:sns:eu-north-1:123456789012:pager';
  const encryptionKeyArn = 'arn:aws:kms:eu-north-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab';
  const context = { stackName: 'Second', alarmTopicArn, encryptionKeyArn, graceSeconds: '61' };
  const { name, ofType } = synthesizeApp(context);
  expect(name).toBe('Second');
  for (const { AlarmActions } of ofType('AWS::CloudWatch::Alarm'))
    expect(AlarmActions).toEqual([alarmTopicArn]);
  const variables = ofType('AWS::Lambda::Function').map(({ Environment }) => Environment?.Variables ?? {});
  expect(variables.flatMap(({ GRACE_SECONDS }) => GRACE_SECONDS ?? [])).toEqual(['61']);
  expect(ofType('AWS::DynamoDB::Table')[0].SSESpecification.KMSMasterKeyId).toBe(encryptionKeyArn);
});

test('the code of each function starts where there are no packages, not even those that the runtime has', () => {
  const { folder, resources } = synthesizeApp({
    'aws:cdk:bundling-stacks': ['**'],
    // The template then says where each function's code is.
    'aws:cdk:enable-asset-metadata': true,
  });
  const functions = resources.filter(({ Type }) => Type === 'AWS::Lambda::Function');
  expect(functions).toHaveLength(5);
  for (const { Properties, Metadata } of functions) {
    const variables = Object.entries(Properties.Environment.Variables);
    const started = execFileSync(
      process.execPath,
      ['--eval', `import('./index.mjs').then((module) => console.log(typeof module.handler))`],
      {
        cwd: join(folder, Metadata['aws:asset:path']),
        env: {
          ...Object.fromEntries(variables.map(([name, value]) => [name, readable(value)])),
          AWS_REGION: 'eu-north-1',
        },
        encoding: 'utf8',
      },
    );
    expect(started).toBe('function\n');
  }
});

test('what any CDK stack is told, ours is told too', () => {
  const stack = new StackTimeoutsStack(new App({ context: WITHOUT_BUNDLING }), 'Told', {
    env: { account: '123456789012', region: 'eu-north-1' },
    terminationProtection: true,
  });
  expect(stack).toMatchObject({
    account: '123456789012',
    region: 'eu-north-1',
    terminationProtection: true,
  });
});
