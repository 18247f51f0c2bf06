/** Deploys the CDK app as anyone would, with the CDK CLI, to an endpoint that is not AWS. */
import { readFile, rm } from 'node:fs/promises';
import { ACCOUNT, type Environment, PROJECT, REGION } from './environment.ts';
import { run } from './processes.ts';

/**
 * Shorter times than the defaults, so that everything can be watched within two minutes. The lead covers the local
 * scheduler, which looks every 10 s for what is due.
 */
export const SETTINGS = {
  dev: true,
  leadSeconds: 12,
  nearHorizonSeconds: 45,
  graceSeconds: 5,
  timerMaxReceiveCount: 2,
  workVisibilitySeconds: 5,
  wakeTimeoutSeconds: 5,
  // Each instance of a function is a process here: fifty that start at once are slower than a few that are warm. A
  // command that is throttled is sent again by its client.
  wakeMaxConcurrency: 2,
  commandReservedConcurrency: 8,
} as const;

/** The names of the deployment's parts, as the stack puts them out. */
export type StackOutputs = Readonly<Record<string, string>>;

/** One deployment; each of its commands writes a log of its own to the folder. */
export function createCdk(folder: string, env: Environment) {
  const assembly = `${folder}/cdk.out`;
  const outputsFile = `${assembly}/outputs.json`;
  const cdk = (name: string, args: readonly string[], signal: AbortSignal, cwd = PROJECT) =>
    run(process.execPath, {
      args: [`${PROJECT}node_modules/aws-cdk/bin/cdk`, name, '--no-notices', '--ci', ...args],
      cwd,
      env,
      logFile: `${folder}/cdk-${name}.log`,
      signal,
    });
  const context = Object.entries(SETTINGS).flatMap(([name, value]) => ['--context', `${name}=${value}`]);

  return {
    /** Builds the templates and the bundles, which needs no cloud. */
    async synth(signal: AbortSignal): Promise<void> {
      await rm(assembly, { recursive: true, force: true });
      // A folder of its own: two at once must not write to the same one.
      await cdk('synth', ['--quiet', '--output', assembly, ...context], signal);
    },

    async bootstrap(signal: AbortSignal): Promise<void> {
      // Where there is no cdk.json, it does not run the app first.
      await cdk('bootstrap', [`aws://${ACCOUNT}/${REGION}`], signal, folder);
    },

    /** Deploys what synth has built, and tells the outputs of the app's one stack. */
    async deploy(signal: AbortSignal): Promise<StackOutputs> {
      const how = ['--method', 'direct', '--require-approval', 'never'];
      await cdk('deploy', ['--app', assembly, ...how, '--outputs-file', outputsFile], signal);
      const outputs = Object.values(JSON.parse(await readFile(outputsFile, 'utf8')));
      return outputs[0] as StackOutputs;
    },
  };
}
