import { extname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Duration, RemovalPolicy } from 'aws-cdk-lib';
import { PolicyDocument, type PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Architecture, LoggingFormat, type RecursiveLoop, Runtime } from 'aws-cdk-lib/aws-lambda';
import { type BundlingOptions, NodejsFunction, OutputFormat } from 'aws-cdk-lib/aws-lambda-nodejs';
import { LogGroup } from 'aws-cdk-lib/aws-logs';
import type { Construct } from 'constructs';
import type { VariableName } from '../contract/deployment.ts';
import { METRIC_NAMESPACE } from '../contract/metrics.ts';
import { writeLogs } from './permissions.ts';

export type FunctionName = 'command' | 'arm' | 'effects' | 'wake' | 'sweep';

export interface FunctionProps {
  readonly description: string;
  readonly timeoutSeconds: number;
  readonly environment: Readonly<Partial<Record<VariableName, string>>>;
  /** What the function may do; writing its logs is added. */
  readonly calls: readonly PolicyStatement[];
  readonly reservedConcurrentExecutions?: number;
  readonly recursiveLoop?: RecursiveLoop;
}

/** What all functions of a deployment have in common. */
export interface CommonProps {
  readonly deploymentName: string;
  readonly logRetentionDays: number;
}

/**
 * Lambda gives CPU in proportion to memory, and what costs time here is CPU: loading the bundle, TLS and signing.
 * Twice the smallest sensible size shortens cold starts, which the lateness of a timeout includes, and costs about
 * $0.07 more per million invocations of 20 ms.
 */
const MEMORY_MB = 512;

export const BUNDLING: BundlingOptions = {
  format: OutputFormat.ESM,
  minify: true,
  // `module` first: the SDK's ES modules can be tree-shaken.
  mainFields: ['module', 'main'],
  // The tested version of the SDK, not the one that the runtime happens to have; a bundle also loads faster.
  bundleAwsSDK: true,
  // For the CommonJS packages in an ES module.
  banner:
    "import{createRequire as __createRequire}from'node:module';const require=__createRequire(import.meta.url);",
};

/** A function's code: beside this file's folder, TypeScript in a checkout and JavaScript in the published package. */
const entryOf = (name: FunctionName): string =>
  fileURLToPath(new URL(`../lambdas/${name}/handler${extname(import.meta.url)}`, import.meta.url));

/** A function with its log group and its role. */
export function createFunction(
  scope: Construct,
  name: FunctionName,
  props: FunctionProps,
  { deploymentName, logRetentionDays }: CommonProps,
): NodejsFunction {
  const id = `${name[0]?.toUpperCase()}${name.slice(1)}`;
  const { calls, timeoutSeconds, environment, ...rest } = props;
  const logGroup = new LogGroup(scope, `${id}Logs`, {
    retention: logRetentionDays,
    removalPolicy: RemovalPolicy.DESTROY,
  });
  const role = new Role(scope, `${id}Role`, {
    description: `The ${name} function of ${deploymentName}`,
    assumedBy: new ServicePrincipal('lambda.amazonaws.com'),
    inlinePolicies: { Calls: new PolicyDocument({ statements: [writeLogs(logGroup), ...calls] }) },
  });
  return new NodejsFunction(scope, id, {
    ...rest,
    entry: entryOf(name),
    runtime: Runtime.NODEJS_24_X,
    architecture: Architecture.ARM_64,
    memorySize: MEMORY_MB,
    timeout: Duration.seconds(timeoutSeconds),
    role,
    logGroup,
    // The functions write their lines as JSON themselves; Lambda's JSON format would wrap them once more, and the
    // metrics among them (embedded metric format) would no longer be read.
    loggingFormat: LoggingFormat.TEXT,
    // A setting for version 2 of the SDK.
    awsSdkConnectionReuse: false,
    environment: {
      ...environment,
      POWERTOOLS_SERVICE_NAME: deploymentName,
      POWERTOOLS_METRICS_NAMESPACE: METRIC_NAMESPACE,
    },
    bundling: BUNDLING,
  });
}
