/**
 * The size and the import time of each function's bundle, compared with a bundle that holds only
 * the same SDK clients. The difference is what the function's own code and libraries add to a cold
 * start.
 */
import { execFile } from 'node:child_process';
import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { App, type CfnElement, Stack } from 'aws-cdk-lib';
import { build } from 'esbuild';
import { renderTable } from '../cli/terminal/table.ts';
import { BUNDLING } from '../infra/function.ts';
import { StackTimeouts } from '../infra/stack-timeouts.ts';
import { median } from '../test/support/statistics.ts';

const run = promisify(execFile);
const RUNS = 15;

const DYNAMODB = '@aws-sdk/client-dynamodb';
const SQS = '@aws-sdk/client-sqs';
/** The clients and commands that each function uses. */
const CLIENTS: Record<string, Record<string, string[]>> = {
  command: {
    [DYNAMODB]: ['DynamoDBClient', 'GetItemCommand', 'PutItemCommand', 'BatchGetItemCommand', 'QueryCommand'],
  },
  arm: {
    '@aws-sdk/client-scheduler': ['SchedulerClient', 'CreateScheduleCommand', 'DeleteScheduleCommand'],
    [SQS]: ['SQSClient', 'SendMessageBatchCommand'],
  },
  effects: { '@aws-sdk/client-eventbridge': ['EventBridgeClient', 'PutEventsCommand'] },
  wake: {
    [DYNAMODB]: ['DynamoDBClient', 'GetItemCommand', 'PutItemCommand'],
    [SQS]: ['SQSClient', 'SendMessageBatchCommand'],
  },
  sweep: { [DYNAMODB]: ['DynamoDBClient', 'GetItemCommand', 'PutItemCommand', 'QueryCommand'] },
};

/**
 * A module that creates the clients, as a function does at its cold start, and references the
 * commands.
 */
function baselineOf(clients: Record<string, string[]>): string {
  const imports = Object.entries(clients).map(
    ([name, used]) => `import { ${used.join(', ')} } from '${name}';`,
  );
  const names = Object.values(clients).flat();
  const made = names.filter((name) => name.endsWith('Client')).map((name) => `new ${name}({})`);
  const commands = names.filter((name) => name.endsWith('Command'));
  return `${imports.join('\n')}\nexport const made = [${made}];\nexport const used = [${commands}];\n`;
}

/** The deployed bundles, by function, with the environment that each needs to start. */
function synthesize(outdir: string): Record<string, { file: string; environment: Record<string, string> }> {
  // Makes the template name each function's bundle.
  const context = { 'aws:cdk:enable-asset-metadata': true };
  const app = new App({ outdir, context, analyticsReporting: false });
  const stack = new Stack(app, 'Bench');
  const { functions } = new StackTimeouts(stack, 'StackTimeouts');
  const { Resources } = app.synth().getStackByName(stack.stackName).template;
  return Object.fromEntries(
    Object.entries(functions).map(([name, fn]) => {
      const { Metadata, Properties } = Resources[stack.getLogicalId(fn.node.defaultChild as CfnElement)];
      const environment = Object.entries<unknown>(Properties.Environment.Variables)
        // Only a deployment resolves references.
        .map(([key, value]) => [key, typeof value === 'string' ? value : 'x']);
      const file = join(outdir, Metadata['aws:asset:path'], 'index.mjs');
      return [name, { file, environment: Object.fromEntries(environment) }];
    }),
  );
}

async function bundleBaseline(name: string, outfile: string): Promise<void> {
  const { banner = '', mainFields = [] } = BUNDLING;
  await build({
    stdin: { contents: baselineOf(CLIENTS[name] ?? {}), resolveDir: process.cwd() },
    bundle: true,
    minify: true,
    platform: 'node',
    target: 'node24',
    format: 'esm',
    mainFields,
    banner: { js: banner },
    outfile,
    logLevel: 'error',
  });
}

/** Milliseconds that a new process takes to import a module. */
async function importTime(file: string, environment: Record<string, string>): Promise<number> {
  const script = `const t = performance.now(); await import(${JSON.stringify(file)}); console.log(performance.now() - t)`;
  const { stdout } = await run(process.execPath, ['--input-type=module', '--eval', script], {
    env: {
      ...environment,
      PATH: process.env.PATH,
      AWS_REGION: 'us-east-1',
      AWS_LAMBDA_FUNCTION_NAME: 'bench',
    },
  });
  return Number(stdout);
}

export async function coldStart(): Promise<void> {
  const dir = await mkdtemp(join(tmpdir(), 'stack-timeouts-bundles-'));
  try {
    const rows: string[][] = [];
    for (const [name, { file, environment }] of Object.entries(synthesize(join(dir, 'cdk.out')))) {
      const baseline = join(dir, `${name}.mjs`);
      await bundleBaseline(name, baseline);
      const times = { function: [] as number[], clients: [] as number[] };
      // Alternating, so that a drift of the machine's speed affects both. The first pair warms the
      // file cache.
      for (let n = 0; n <= RUNS; n++) {
        const pair = [await importTime(file, environment), await importTime(baseline, {})] as const;
        if (n === 0) continue;
        times.function.push(pair[0]);
        times.clients.push(pair[1]);
      }
      const kilobytes = async (path: string) => ((await stat(path)).size / 1000).toFixed(0);
      const middle = (sample: readonly number[]) => median(sample) ?? Number.NaN;
      const [own, clients] = [middle(times.function), middle(times.clients)];
      rows.push([
        name,
        await kilobytes(file),
        await kilobytes(baseline),
        own.toFixed(1),
        clients.toFixed(1),
        (own / clients).toFixed(2),
      ]);
    }
    const headers = [
      'function',
      'KB',
      'KB, SDK clients only',
      'import ms',
      'import ms, SDK clients only',
      'ratio',
    ];
    console.log(renderTable(headers, rows));
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
}
