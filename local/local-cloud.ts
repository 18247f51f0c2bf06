/**
 * A cloud on this machine with the CDK app deployed to it, for `npm run local`, the demo and the
 * end-to-end tests.
 */
import { rm, writeFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { createCdk, type StackOutputs } from './cdk.ts';
import { clientFor } from './client.ts';
import { type Emulator, installEmulator, startEmulator } from './emulator.ts';
import { cdkEnvironment, type Environment } from './environment.ts';
import { lockFolder } from './folder-lock.ts';
import { runConcurrently } from './processes.ts';
import { assertPortFree, freePort } from './tcp-port.ts';
import { enableTimeToLive } from './time-to-live.ts';

/**
 * The content of `outputs.json`: the outputs of the CloudFormation stack, and the cloud's endpoint.
 */
export type Outputs = StackOutputs & { readonly endpoint: string };

export interface LocalCloud {
  readonly outputs: Outputs;
  readonly outputsFile: string;
  /** Fires, with an error as its reason, if the emulator ends without `stop`. */
  readonly lost: AbortSignal;
  /** Stops everything that was started, and removes the outputs. */
  stop(): Promise<void>;
}

export interface LocalCloudOptions {
  /**
   * The folder for outputs and logs, and for the cloud's state while it runs. One cloud at a time.
   */
  readonly dir: string;
  /** Receives progress, line by line. */
  readonly log?: (line: string) => void;
  /** Stops everything, even during the start. */
  readonly signal?: AbortSignal;
}

/**
 * Starts the emulator on 127.0.0.1 and deploys to it.
 * @param options `port` is any free port by default.
 */
export async function startLocalCloud(
  options: LocalCloudOptions & { readonly port?: number },
): Promise<LocalCloud> {
  const { port = await freePort() } = options;
  const endpoint = `http://127.0.0.1:${port}`;
  return deploy(endpoint, cdkEnvironment(process.env, endpoint), options, async ({ dir, log, signal }) => {
    await assertPortFree(port);
    const python = await installEmulator({ logFile: `${dir}/install.log`, signal, log });
    log(`starting the emulator on 127.0.0.1:${port}`);
    return startEmulator({ python, port, folder: `${dir}/emulator`, logFile: `${dir}/emulator.log`, signal });
  });
}

/** Deploys to an endpoint where a cloud such as LocalStack runs already. */
export function deployTo(endpoint: string, options: LocalCloudOptions): Promise<LocalCloud> {
  const env = cdkEnvironment(process.env, endpoint, process.env.AWS_ENDPOINT_URL_S3);
  return deploy(endpoint, env, options, async () => undefined);
}

async function deploy(
  endpoint: string,
  cdkEnv: Environment,
  options: LocalCloudOptions,
  start: (options: Required<LocalCloudOptions>) => Promise<Emulator | undefined>,
): Promise<LocalCloud> {
  const dir = resolve(options.dir);
  const { log = () => {}, signal = new AbortController().signal } = options;
  const outputsFile = `${dir}/outputs.json`;
  const unlock = await lockFolder(dir);
  let emulator: Emulator | undefined;
  const stop = async () => {
    await emulator?.stop();
    await rm(outputsFile, { force: true });
    await unlock();
  };
  try {
    await rm(outputsFile, { force: true });
    const cdk = createCdk(dir, cdkEnv);
    // Synth takes as long as the other steps, and does not depend on them.
    await runConcurrently(signal, [
      async (signal) => {
        emulator = await start({ dir, log, signal });
        log('bootstrapping');
        await cdk.bootstrap(anyOf(signal, emulator?.lost));
      },
      (signal) => cdk.synth(signal),
    ]);
    log('deploying');
    const stack = await cdk.deploy(anyOf(signal, emulator?.lost));
    await enableTimeToLive(endpoint, stack);
    const outputs = { ...stack, endpoint };
    await assertAnswers(outputs, dir);
    await writeFile(outputsFile, `${JSON.stringify(outputs, null, 2)}\n`);
    return { outputs, outputsFile, lost: emulator?.lost ?? new AbortController().signal, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

const anyOf = (signal: AbortSignal, other: AbortSignal | undefined): AbortSignal =>
  other ? AbortSignal.any([signal, other]) : signal;

/** @throws Error if the command function does not answer. */
async function assertAnswers(outputs: Outputs, dir: string): Promise<void> {
  try {
    await clientFor(outputs).listStacks({ limit: 1 });
  } catch (error) {
    throw new Error(`deployed, but the command function does not answer; see the logs in ${dir}`, {
      cause: error,
    });
  }
}
