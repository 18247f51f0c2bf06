/** Where the deployment is: by flag, environment, CloudFormation output, or the local cloud's file. */
import { join } from 'node:path';
import { DEFAULT_STACK_NAME, type OutputName } from '../contract/deployment.ts';

export type Outputs = Readonly<Record<string, string>>;

/** What the AWS clients are made with; what is absent comes from the environment. */
export interface AwsSettings {
  readonly region?: string;
  readonly endpoint?: string;
  readonly credentials?: { readonly accessKeyId: string; readonly secretAccessKey: string };
}

/** The flags that say where. */
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

/** The deployment was not found; the message says what to do. An infrastructure failure that is none is not covered. */
export class LocateError extends Error {
  override readonly name = 'LocateError';
}

export async function locate(where: DeploymentFlags, sources: Sources): Promise<Deployment> {
  if (where.local) return locateLocally(sources);
  const { env } = sources;
  // The SDK for JavaScript does not know AWS_DEFAULT_REGION, which the AWS CLI does.
  const region = where.region ?? (env.AWS_REGION ? undefined : env.AWS_DEFAULT_REGION);
  const aws: AwsSettings = region ? { region } : {};
  const namedStack = where.stackName ?? (env.STACK_TIMEOUTS_STACK || undefined);
  const stackName = namedStack ?? DEFAULT_STACK_NAME;
  // A stack asked for by flag is meant, whatever function the environment names.
  const functionName =
    where.function ?? (where.stackName === undefined ? env.STACK_TIMEOUTS_FUNCTION : undefined);
  let described: Promise<Outputs> | undefined;
  const output = async (name: string): Promise<string> => {
    // The name of a function does not tell where the rest is: the stack by default may be another deployment.
    if (functionName && namedStack === undefined) {
      throw new LocateError(
        'only the command function is named ($STACK_TIMEOUTS_FUNCTION or --function): name the CloudFormation stack ' +
          'that it belongs to, with --stack-name',
      );
    }
    described ??= describeStack(stackName, aws, sources);
    return required(await described, name, `CloudFormation stack ${stackName}`);
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
    `there is no CloudFormation stack ${stackName} in ${region}. Deploy it, or say where the service is: ` +
      '--stack-name, --region, --function, or --local for the local cloud',
  );
}

/** The local cloud accepts any credentials, but some there must be. */
const LOCAL = { region: 'us-east-1', credentials: { accessKeyId: 'local', secretAccessKey: 'local' } };

async function locateLocally({ env, readFile }: Sources): Promise<Deployment> {
  const path = join(env.LOCAL_CLOUD_DIR || '.local', 'outputs.json');
  const text = await readFile(path);
  if (text === undefined) {
    throw new LocateError(
      `there is no ${path}. Start the local cloud with "npm run local", and wait until it says ready; ` +
        'or set LOCAL_CLOUD_DIR to the folder that it uses',
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
      `${source} has no output ${name}. StackTimeoutsStack has the outputs that the CLI needs; a deployment without them ` +
        'can be used with --function, but not redriven',
    );
  return value;
}
