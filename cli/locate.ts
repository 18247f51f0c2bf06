/**
 * Locates the deployment by flags, environment variables, CloudFormation outputs, or the local
 * cloud's file.
 */
import { join } from 'node:path';
import type { LambdaClientConfig } from '@aws-sdk/client-lambda';
import { proxyFromEnvironment } from '../client/proxy.ts';
import { DEFAULT_STACK_NAME, type OutputName } from '../contract/deployment.ts';
import { lazily } from './lazily.ts';

export type Outputs = Readonly<Record<string, string>>;

/** Settings of the AWS clients. The environment provides what is absent. */
export interface AwsSettings {
  readonly region?: string;
  readonly endpoint?: string;
  readonly credentials?: { readonly accessKeyId: string; readonly secretAccessKey: string };
  readonly requestHandler?: NonNullable<LambdaClientConfig['requestHandler']>;
}

/** The flags that name the deployment. */
export interface DeploymentFlags {
  readonly function?: string;
  readonly stackName?: string;
  readonly region?: string;
  readonly local?: boolean;
}

export interface Sources {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** The file's text; undefined if there is no such file. */
  readFile(path: string): Promise<string | undefined>;
  /** The outputs of a CloudFormation stack; undefined if there is no such stack. */
  describe(stackName: string, aws: AwsSettings): Promise<Outputs | undefined>;
}

export interface Deployment {
  readonly aws: AwsSettings;
  commandFunctionName(): Promise<string>;
  output(name: OutputName): Promise<string>;
}

/**
 * The deployment was not found; the message says what to do. Not thrown when AWS cannot be reached.
 */
export class LocateError extends Error {
  override readonly name = 'LocateError';
}

export async function locate(flags: DeploymentFlags, sources: Sources): Promise<Deployment> {
  if (flags.local) return locateLocally(sources);
  const { env } = sources;
  // The AWS CLI reads AWS_DEFAULT_REGION, the SDK for JavaScript does not.
  const region = flags.region ?? (env.AWS_REGION ? undefined : env.AWS_DEFAULT_REGION);
  // The local cloud needs none: it is on this machine.
  const requestHandler = proxyFromEnvironment(env);
  const aws: AwsSettings = { requestHandler, ...(region && { region }) };
  const namedStack = flags.stackName ?? (env.STACK_TIMEOUTS_STACK || undefined);
  const stackName = namedStack ?? DEFAULT_STACK_NAME;
  // --stack-name takes precedence over a function that the environment names.
  const functionName =
    flags.function ?? (flags.stackName === undefined ? env.STACK_TIMEOUTS_FUNCTION : undefined);
  const described = lazily(() => describeStack(stackName, aws, sources));
  const output = async (name: string): Promise<string> => {
    // A function's name does not tell where the rest is: the default stack may be another
    // deployment.
    if (functionName && namedStack === undefined) {
      throw new LocateError(
        'only the command function is known ($STACK_TIMEOUTS_FUNCTION or --function): ' +
          'name its CloudFormation stack with --stack-name',
      );
    }
    return required(await described(), name, `CloudFormation stack ${stackName}`);
  };
  return { aws, output, commandFunctionName: async () => functionName || output('CommandFunctionName') };
}

async function describeStack(
  stackName: string,
  aws: AwsSettings,
  { describe, env }: Sources,
): Promise<Outputs> {
  const outputs = await describe(stackName, aws);
  if (outputs !== undefined) return outputs;
  const region = aws.region ?? env.AWS_REGION ?? 'the configured region';
  throw new LocateError(
    `there is no CloudFormation stack ${stackName} in ${region}. Deploy it, or name the deployment: ` +
      '--stack-name, --region, --function, or --local for the local cloud',
  );
}

/** The local cloud accepts any credentials, but requires some. */
const LOCAL = { region: 'us-east-1', credentials: { accessKeyId: 'local', secretAccessKey: 'local' } };

async function locateLocally({ env, readFile }: Sources): Promise<Deployment> {
  const path = join(env.LOCAL_CLOUD_DIR || '.local', 'outputs.json');
  const text = await readFile(path);
  if (text === undefined) {
    throw new LocateError(
      `there is no ${path}. Start the local cloud with "npm run local", and wait until it says ready; ` +
        'or set LOCAL_CLOUD_DIR to its folder',
    );
  }
  const outputs = JSON.parse(text) as Outputs;
  const output = async (name: string) => required(outputs, name, path);
  return {
    aws: { ...LOCAL, endpoint: await output('endpoint') },
    output,
    commandFunctionName: () => output('CommandFunctionName'),
  };
}

function required(outputs: Outputs, name: string, source: string): string {
  const value = outputs[name];
  if (!value)
    throw new LocateError(
      `${source} has no output ${name}. StackTimeoutsStack has the outputs that the CLI needs; without them, every ` +
        'command but redrive works with --function',
    );
  return value;
}
