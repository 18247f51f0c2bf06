/** A cloud on this machine with the CDK app deployed to it: `npm run local`, the demo and the end-to-end tests. */
import { rm, writeFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { createCdk } from './cdk.ts';
import { claimFolder } from './claim.ts';
import { clientFor, type Outputs } from './client.ts';
import { type Emulator, startEmulator } from './emulator.ts';
import { cdkEnvironment, type Environment } from './environment.ts';
import { installEmulator } from './installation.ts';
import { assertPortFree } from './ports.ts';
import { together } from './processes.ts';
import { repair } from './repairs.ts';

export type { Outputs };

export interface LocalCloud {
  readonly outputs: Outputs;
  readonly outputsFile: string;
  /** Aborts, with an error as the reason, if the emulator ends without having been stopped. */
  readonly lost: AbortSignal;
  /** Stops everything that was started, and takes the outputs away. */
  stop(): Promise<void>;
}

export interface LocalCloudOptions {
  /** Holds the outputs, the logs, and, as long as the cloud runs, its state. One cloud at a time. */
  readonly dir: string;
  /** Progress, a line each. */
  readonly log?: (line: string) => void;
  /** Stops everything, whether it has been started or is just being started. */
  readonly signal?: AbortSignal;
}

/** Starts the emulator on 127.0.0.1 and deploys to it. */
export function startLocalCloud(options: LocalCloudOptions & { readonly port: number }): Promise<LocalCloud> {
  const { port } = options;
  const endpoint = `http://127.0.0.1:${port}`;
  return open(endpoint, cdkEnvironment(process.env, endpoint), options, async ({ dir, log, signal }) => {
    await assertPortFree(port);
    const python = await installEmulator({ logFile: `${dir}/install.log`, signal, log });
    log(`starting the emulator on 127.0.0.1:${port}`);
    return startEmulator({ python, port, folder: `${dir}/emulator`, logFile: `${dir}/emulator.log`, signal });
  });
}

/** Deploys to an endpoint where a cloud runs already, such as LocalStack. */
export function deployTo(endpoint: string, options: LocalCloudOptions): Promise<LocalCloud> {
  const env = cdkEnvironment(process.env, endpoint, process.env.AWS_ENDPOINT_URL_S3);
  return open(endpoint, env, options, async () => undefined);
}

interface LocalCloudEnvironment {
  readonly dir: string;
  readonly log: (line: string) => void;
  readonly signal: AbortSignal;
}

async function open(
  endpoint: string,
  cdkEnv: Environment,
  options: LocalCloudOptions,
  boot: (surroundings: LocalCloudEnvironment) => Promise<Emulator | undefined>,
): Promise<LocalCloud> {
  const dir = resolve(options.dir);
  const { log = () => {}, signal = new AbortController().signal } = options;
  const outputsFile = `${dir}/outputs.json`;
  const release = await claimFolder(dir);
  let emulator: Emulator | undefined;
  const stop = async () => {
    await emulator?.stop();
    await rm(outputsFile, { force: true });
    await release();
  };
  try {
    await rm(outputsFile, { force: true });
    const cdk = createCdk(dir, cdkEnv);
    // Synth takes as long as the rest, and needs nothing of it.
    await together(signal, [
      async (signal) => {
        emulator = await boot({ dir, log, signal });
        log('bootstrapping');
        await cdk.bootstrap(orLost(signal, emulator));
      },
      (signal) => cdk.synth(signal),
    ]);
    log('deploying');
    const stack = await cdk.deploy(orLost(signal, emulator));
    await repair(endpoint, stack);
    const outputs = { ...stack, endpoint };
    await assertAnswers(outputs, dir);
    await writeFile(outputsFile, `${JSON.stringify(outputs, null, 2)}\n`);
    return { outputs, outputsFile, lost: emulator?.lost ?? new AbortController().signal, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

const orLost = (signal: AbortSignal, emulator: Emulator | undefined): AbortSignal =>
  emulator ? AbortSignal.any([signal, emulator.lost]) : signal;

/** A deployment that is said to be ready must answer. */
async function assertAnswers(outputs: Outputs, dir: string): Promise<void> {
  try {
    await clientFor(outputs).listStacks({ limit: 1 });
  } catch (error) {
    throw new Error(`deployed, but the command function does not answer; see the logs in ${dir}`, {
      cause: error,
    });
  }
}
