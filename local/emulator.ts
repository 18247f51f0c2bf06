import { once } from 'node:events';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { setTimeout } from 'node:timers/promises';
import { emulatorEnvironment, PROJECT } from './environment.ts';
import { killGroup, start, tail } from './processes.ts';
import { type InstallOptions, installPackages } from './virtual-environment.ts';

export interface EmulatorOptions {
  /** The Python that `installEmulator` returned. */
  readonly python: string;
  readonly port: number;
  /** The folder for its state alone: it is removed when the emulator stops. */
  readonly folder: string;
  readonly logFile: string;
  readonly signal: AbortSignal;
}

export interface Emulator {
  readonly endpoint: string;
  /** Fires, with an error as its reason, if the emulator ends without `stop`. */
  readonly lost: AbortSignal;
  /** Kills the emulator and its Lambda workers. */
  stop(): Promise<void>;
}

const START_TIMEOUT_MS = 60_000;
const POLL_MS = 50;

/** Installs the emulator into the project. Resolves with the Python to run it with. */
export const installEmulator = (options: InstallOptions): Promise<string> =>
  installPackages({ name: 'ministack', requirements: `${PROJECT}local/requirements.txt` }, options);

/** Starts the emulator and waits until it answers. */
export async function startEmulator(options: EmulatorOptions): Promise<Emulator> {
  const { python, port, folder, logFile, signal } = options;
  signal.throwIfAborted();
  await rm(folder, { recursive: true, force: true });
  for (const name of ['tmp', 'state', 's3']) await mkdir(`${folder}/${name}`, { recursive: true });
  // The emulator writes CommonJS programs here. Without this file, Node would take them for ES
  // modules, by the package.json of this project.
  await writeFile(`${folder}/package.json`, '{}');

  const child = start(python, {
    args: [`${PROJECT}local/emulator.py`],
    cwd: folder,
    env: emulatorEnvironment(process.env, port, folder),
    logFile,
  });
  const lost = new AbortController();
  let stopping = false;
  const ended = once(child, 'exit').then(
    ([code, killedBy]) => `the emulator ended unexpectedly (${killedBy ?? `exit code ${code}`})`,
    (error) => `the emulator could not be started: ${error.message}`,
  );
  const cleanedUp = ended.then(async (message) => {
    killGroup(child);
    if (!stopping) lost.abort(new Error(`${message}; ${await tail(logFile)}`));
    // A worker may still write a file while it is killed.
    await rm(folder, { recursive: true, force: true, maxRetries: 5 });
  });
  const emulator: Emulator = {
    endpoint: `http://127.0.0.1:${port}`,
    lost: lost.signal,
    // SIGKILL: there is nothing to save, and the emulator can hang on SIGTERM.
    async stop() {
      stopping = true;
      killGroup(child);
      await cleanedUp;
    },
  };
  try {
    await untilHealthy(emulator.endpoint, AbortSignal.any([signal, lost.signal]));
    return emulator;
  } catch (error) {
    await emulator.stop();
    throw error;
  }
}

async function untilHealthy(endpoint: string, signal: AbortSignal): Promise<void> {
  const timeout = AbortSignal.timeout(START_TIMEOUT_MS);
  const signals = AbortSignal.any([signal, timeout]);
  for (;;) {
    const healthy = await fetch(`${endpoint}/_ministack/health`, { signal: signals }).then(
      (answer) => answer.ok,
      () => false,
    );
    if (healthy) return;
    signal.throwIfAborted();
    if (timeout.aborted) throw new Error(`the emulator does not answer after ${START_TIMEOUT_MS / 1000} s`);
    await setTimeout(POLL_MS);
  }
}
