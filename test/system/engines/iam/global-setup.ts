/** End-to-end tests where IAM is enforced: on a MiniStack that is started for them. */
import { readFile, rm } from 'node:fs/promises';
import type { TestProject } from 'vitest/node';
import { localFolder } from '../../../support/local-folder.ts';
import { deployForTests } from '../../e2e/global-setup.ts';
import { startEnforcingCloud } from './ministack.ts';
import { createPrincipals, type Principals } from './principals.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** Where IAM is enforced; undefined elsewhere. */
    principals: Principals | undefined;
  }
}

/** What a function of the deployment prints when it may not do what it wants to. */
const REFUSED = /assumed-role\S+\/StackTimeouts\S+ is not authorized to perform: \S+/g;

export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const folder = await localFolder('iam-');
  const cloud = await startEnforcingCloud(folder, (line) => console.log(`iam: ${line}`));
  const stop = async () => {
    await cloud.stop();
    await rm(folder, { recursive: true, force: true, maxRetries: 5 });
  };
  try {
    const undeploy = await deployForTests(project, cloud.endpoint, async (outputs) =>
      project.provide('principals', await createPrincipals(outputs)),
    );
    return async () => {
      const printed = await readFile(cloud.logFile, 'utf8');
      await undeploy();
      await stop();
      const refused = new Set(printed.match(REFUSED));
      if (refused.size > 0) throw new Error(`the functions were refused:\n${[...refused].join('\n')}`);
    };
  } catch (error) {
    await stop();
    throw error;
  }
}
