import { once } from 'node:events';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { setTimeout } from 'node:timers/promises';
import { emulatorEnvironment, PROJECT } from './environment.ts';
import { killGroup, start, tail } from './processes.ts';

export interface EmulatorOptions {
  /** The Python that it is installed for. */
  readonly python: string;
  readonly port: number;
  /** Holds its state, which goes when it stops, and nothing else. */
  readonly folder: string;
  readonly logFile: string;
  readonly signal: AbortSignal;
}

export interface Emulator {
  readonly endpoint: string;
  /** Aborts, with an error as the reason, if the emulator ends without having been stopped. */
  readonly lost: AbortSignal;
  /** Ends it and the Lambda workers that it started. */
  stop(): Promise<void>;
}

const START_TIMEOUT_MS = 60_000;
const POLL_MS = 50;

/** Starts the emulator and waits until it answers. */
export async function startEmulator(options: EmulatorOptions): Promise<Emulator> {
  const { python, port, folder, logFile, signal } = options;
  signal.throwIfAborted();
  await rm(folder, { recursive: true, force: true });
  for (const name of ['tmp', 'state', 's3']) await mkdir(`${folder}/${name}`, { recursive: true });
  // The emulator writes CommonJS programs here, and Node asks the nearest package.json what they are: that of this
  // project would say ES modules.
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
    ([code, killedBy]) => `the emulator ended by itself (${killedBy ?? `exit code ${code}`})`,
    (error) => `the emulator could not be started: ${error.message}`,
  );
  const cleanedUp = ended.then(async (what) => {
    killGroup(child);
    if (!stopping) lost.abort(new Error(`${what}; ${await tail(logFile)}`));
    // A worker that is just being killed may still write a file.
    await rm(folder, { recursive: true, force: true, maxRetries: 5 });
  });
  const emulator: Emulator = {
    endpoint: `http://127.0.0.1:${port}`,
    lost: lost.signal,
    // At once and not by SIGTERM: there is nothing to save, and it has been seen to hang.
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
  const either = AbortSignal.any([signal, timeout]);
  for (;;) {
    const healthy = await fetch(`${endpoint}/_ministack/health`, { signal: either }).then(
      (answer) => answer.ok,
      () => false,
    );
    if (healthy) return;
    signal.throwIfAborted();
    if (timeout.aborted) throw new Error(`the emulator does not answer after ${START_TIMEOUT_MS / 1000} s`);
    await setTimeout(POLL_MS);
  }
}
