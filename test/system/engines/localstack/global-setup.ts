/** The end-to-end tests on LocalStack: one that is started here, or where AWS_ENDPOINT_URL says. */
import { rm } from 'node:fs/promises';
import type { TestProject } from 'vitest/node';
import { localFolder } from '../../../support/local-folder.ts';
import { deployForTests } from '../../e2e/global-setup.ts';
import { startLocalStack } from './localstack.ts';

export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const running = process.env.AWS_ENDPOINT_URL;
  if (running) return deployForTests(project, running);
  const folder = await localFolder('localstack-');
  const localStack = await startLocalStack(folder, (line) => console.log(`localstack: ${line}`));
  const stop = async () => {
    await localStack.stop();
    await rm(folder, { recursive: true, force: true });
  };
  try {
    const undeploy = await deployForTests(project, localStack.endpoint);
    return async () => {
      await undeploy();
      await stop();
    };
  } catch (error) {
    await stop();
    throw error;
  }
}
