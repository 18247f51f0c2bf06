import { extname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Duration, RemovalPolicy } from 'aws-cdk-lib';
import { PolicyDocument, type PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import { Architecture, LoggingFormat, type RecursiveLoop, Runtime } from 'aws-cdk-lib/aws-lambda';
import { type BundlingOptions, NodejsFunction, OutputFormat } from 'aws-cdk-lib/aws-lambda-nodejs';
import { LogGroup } from 'aws-cdk-lib/aws-logs';
import type { Construct } from 'constructs';
import type { VariableName } from '../contract/deployment.ts';
import { METRIC_NAMESPACE } from '../contract/metrics.ts';
import { keyCalls } from './encryption.ts';
import { writeLogs } from './permissions.ts';

export type FunctionName = 'command' | 'arm' | 'effects' | 'wake' | 'sweep';

export interface FunctionProps {
  readonly description: string;
  readonly timeoutSeconds: number;
  readonly environment: Readonly<Partial<Record<VariableName, string>>>;
  /** The function's permissions, except for writing its logs. */
  readonly calls: readonly PolicyStatement[];
  /** @default 512 */
  readonly memorySize?: number;
  /** @default - the function shares the account's concurrency */
  readonly reservedConcurrentExecutions?: number;
  /** @default - Lambda stops a loop that the function is part of */
  readonly recursiveLoop?: RecursiveLoop;
}

/** The props that all functions of a deployment share. */
export interface CommonProps {
  readonly deploymentName: string;
  readonly logRetentionDays: number;
  readonly encryptionKey: IKey | undefined;
}

/**
 * Lambda allocates CPU in proportion to memory, and these functions spend their time on CPU:
 * loading the bundle, TLS and signing. Twice the smallest sensible size shortens cold starts, which
 * add to the lateness of a timeout. It costs about $0.07 more per million invocations of 20 ms.
 */
const MEMORY_MB = 512;

export const BUNDLING: BundlingOptions = {
  format: OutputFormat.ESM,
  minify: true,
  // `module` first: the SDK's ES modules can be tree-shaken.
  mainFields: ['module', 'main'],
  // The version of the SDK that was tested, not the one of the runtime. A bundle also loads faster.
  bundleAwsSDK: true,
  // CommonJS packages inside an ES module call `require`.
  banner:
    "import{createRequire as __createRequire}from'node:module';const require=__createRequire(import.meta.url);",
};

/** The path of a function's code: TypeScript in a checkout, JavaScript in the published package. */
const entryOf = (name: FunctionName): string =>
  fileURLToPath(new URL(`../lambdas/${name}/handler${extname(import.meta.url)}`, import.meta.url));

/** A function with its log group and its role. */
export function createFunction(
  scope: Construct,
  name: FunctionName,
  props: FunctionProps,
  { deploymentName, logRetentionDays, encryptionKey }: CommonProps,
): NodejsFunction {
  const id = `${name[0]?.toUpperCase()}${name.slice(1)}`;
  const { calls, timeoutSeconds, environment, memorySize = MEMORY_MB, ...rest } = props;
  const logGroup = new LogGroup(scope, `${id}Logs`, {
    retention: logRetentionDays,
    ...(encryptionKey && { encryptionKey }),
    removalPolicy: RemovalPolicy.DESTROY,
  });
  const role = new Role(scope, `${id}Role`, {
    description: `The ${name} function of ${deploymentName}`,
    assumedBy: new ServicePrincipal('lambda.amazonaws.com'),
    inlinePolicies: {
      Calls: new PolicyDocument({
        statements: [writeLogs(logGroup), ...calls, ...keyCalls(name, encryptionKey)],
      }),
    },
  });
  return new NodejsFunction(scope, id, {
    ...rest,
    entry: entryOf(name),
    runtime: Runtime.NODEJS_24_X,
    architecture: Architecture.ARM_64,
    memorySize,
    timeout: Duration.seconds(timeoutSeconds),
    role,
    logGroup,
    // The functions write JSON lines themselves. Lambda's JSON format would wrap each line once
    // more, and CloudWatch would no longer recognize the metrics among them (embedded metric
    // format).
    loggingFormat: LoggingFormat.TEXT,
    // CDK would set a variable that only version 2 of the SDK reads.
    awsSdkConnectionReuse: false,
    environment: {
      ...environment,
      POWERTOOLS_SERVICE_NAME: deploymentName,
      POWERTOOLS_METRICS_NAMESPACE: METRIC_NAMESPACE,
    },
    bundling: BUNDLING,
  });
}
