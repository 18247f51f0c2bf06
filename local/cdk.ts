/** Deploys the CDK app with the CDK CLI to an endpoint that is not AWS. */
import { readFile, rm } from 'node:fs/promises';
import { ACCOUNT, type Environment, PROJECT, REGION } from './environment.ts';
import { run } from './processes.ts';

/**
 * Shorter times than the defaults, so that everything happens within two minutes. The lead covers
 * the emulator's scheduler, which checks every 10 s what is due.
 */
export const SETTINGS = {
  dev: true,
  leadSeconds: 12,
  nearHorizonSeconds: 45,
  graceSeconds: 5,
  timerMaxReceiveCount: 2,
  workVisibilitySeconds: 5,
  wakeTimeoutSeconds: 5,
  // Each instance of a function is a process here: fifty cold starts at once are slower than a few
  // warm ones. The client retries a throttled command.
  wakeMaxConcurrency: 2,
  commandReservedConcurrency: 8,
} as const;

/** The outputs of the CloudFormation stack. */
export type StackOutputs = Readonly<Record<string, string>>;

/** The CDK CLI for one deployment. Each of its commands writes its own log to the folder. */
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
    /** Builds the templates and the bundles. Needs no cloud. */
    async synth(signal: AbortSignal): Promise<void> {
      await rm(assembly, { recursive: true, force: true });
      // Its own output folder: two deployments at once must not write to the same one.
      await cdk('synth', ['--quiet', '--output', assembly, ...context], signal);
    },

    async bootstrap(signal: AbortSignal): Promise<void> {
      // In a folder without cdk.json it does not run the app first.
      await cdk('bootstrap', [`aws://${ACCOUNT}/${REGION}`], signal, folder);
    },

    /** Deploys what `synth` built. Resolves with the outputs of the app's only stack. */
    async deploy(signal: AbortSignal): Promise<StackOutputs> {
      const flags = ['--method', 'direct', '--require-approval', 'never'];
      await cdk('deploy', ['--app', assembly, ...flags, '--outputs-file', outputsFile], signal);
      const outputs = Object.values(JSON.parse(await readFile(outputsFile, 'utf8')));
      return outputs[0] as StackOutputs;
    },
  };
}
