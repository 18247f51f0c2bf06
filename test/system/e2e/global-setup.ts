/**
 * One deployment for all end-to-end tests: on a local cloud of its own, or where AWS_ENDPOINT_URL
 * says.
 */
import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { TestProject } from 'vitest/node';
import { PROJECT } from '../../../local/environment.ts';
import { deployTo, type LocalCloud, type Outputs, startLocalCloud } from '../../../local/local-cloud.ts';
import { run } from '../../../local/processes.ts';
import { localFolder } from '../../support/local-folder.ts';
import { firesSchedules } from './support/probe.ts';
import { type Recording, recordCalls } from './support/recorder.ts';

declare module 'vitest' {
  interface ProvidedContext {
    deployment: {
      outputs: Outputs;
      /**
       * Whether the endpoint fires schedules. If not, a far timeout is as late as the sweep's
       * bound.
       */
      firesSchedules: boolean;
    };
    /**
     * A folder for what the functions of each deployment call, which is read when all other tests
     * have run.
     */
    recordings: string;
  }
}

const log = (line: string): void => console.log(`end-to-end: ${line}`);

export default (project: TestProject): Promise<() => Promise<void>> =>
  deployForTests(project, process.env.AWS_ENDPOINT_URL);

/**
 * @param endpoint of a cloud that runs already; without one, a local cloud is started.
 * @param prepare what is done once it is deployed, before anything is called.
 */
export async function deployForTests(
  project: TestProject,
  endpoint: string | undefined,
  prepare: (outputs: Outputs) => Promise<void> = async () => {},
): Promise<() => Promise<void>> {
  const dir = await localFolder('e2e-');
  const stopping = new AbortController();
  const options = { dir, log, signal: stopping.signal };
  let cloud: LocalCloud | undefined;
  let recording: Recording | undefined;
  const stop = async () => {
    stopping.abort();
    await recording?.stop();
    await cloud?.stop();
    await rm(dir, { recursive: true, force: true });
  };
  try {
    // Examples run as users run them: on what is built, never on an earlier build.
    const build = { args: ['run', '--silent', 'build'], cwd: PROJECT, logFile: join(dir, 'build.log') };
    await run('npm', { ...build, signal: stopping.signal });
    cloud = await (endpoint ? deployTo(endpoint, options) : startLocalCloud(options));
    await prepare(cloud.outputs);
    const recordings = join(dir, 'recordings');
    await mkdir(recordings);
    // For all projects.
    project.vitest.provide('recordings', recordings);
    // A cloud elsewhere may run the functions where they do not reach this process.
    if (!endpoint) recording = await recordCalls(cloud.outputs, recordings);
    const fires = await firesSchedules(cloud.outputs);
    // Only of others is it known that they store schedules and never fire them.
    if (!fires && !endpoint) throw new Error('the local cloud fired no schedule');
    log(
      fires
        ? 'the endpoint fires schedules'
        : 'the endpoint does not fire schedules: the sweep ends far timeouts, as the names of those tests say',
    );
    project.provide('deployment', { outputs: { ...cloud.outputs }, firesSchedules: fires });
    return stop;
  } catch (error) {
    await stop();
    throw error;
  }
}
