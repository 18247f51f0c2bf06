/** `npm run local`: starts the local cloud and keeps it running until Ctrl-C. */
import { aborted, interrupted } from './interruption.ts';
import { deployTo, type LocalCloud, startLocalCloud } from './local-cloud.ts';

const HELP = `Usage: npm run local

Starts a local cloud (ministack, from PyPI), deploys this CDK app to it, and keeps it running until Ctrl-C.
It prints a line that starts with "ready" when you can use it. outputs.json then holds the stack's outputs.

Environment:
  LOCAL_CLOUD_PORT   the port on 127.0.0.1 (default: 4566)
  LOCAL_CLOUD_DIR    the folder for outputs.json, logs and state (default: .local)
  AWS_ENDPOINT_URL   deploy to the cloud at this endpoint, and start none; the deployment stays afterwards
                     (AWS_ENDPOINT_URL_S3: that cloud's endpoint for S3, if it has another one)

To run two at once:
  LOCAL_CLOUD_DIR=.local/2 LOCAL_CLOUD_PORT=4567 npm run local`;

function portOf(text: string): number {
  const port = Number(text);
  if (Number.isInteger(port) && port >= 1 && port <= 65_535) return port;
  throw new Error(`LOCAL_CLOUD_PORT must be a whole number from 1 to 65535, not ${text}`);
}

function startCloud(signal: AbortSignal): Promise<LocalCloud> {
  const {
    AWS_ENDPOINT_URL: endpoint,
    LOCAL_CLOUD_DIR: dir = '.local',
    LOCAL_CLOUD_PORT: port = '4566',
  } = process.env;
  const options = { dir, signal, log: (line: string) => console.error(`local cloud: ${line}`) };
  if (!endpoint) return startLocalCloud({ ...options, port: portOf(port) });
  options.log(
    `AWS_ENDPOINT_URL is set: deploying to ${endpoint}, starting no emulator; to start one, unset AWS_ENDPOINT_URL`,
  );
  return deployTo(endpoint, options);
}

async function main(): Promise<void> {
  const [argument] = process.argv.slice(2);
  if (argument === '--help' || argument === '-h') {
    console.log(HELP);
    return;
  }
  if (argument !== undefined) {
    console.error(`unknown argument: ${argument}\n\n${HELP}`);
    process.exitCode = 2;
    return;
  }
  const interruption = interrupted();
  // Keeps this process alive: a deployment to another cloud leaves nothing running here.
  const keepAlive = setInterval(() => {}, 60_000);
  let cloud: LocalCloud | undefined;
  try {
    cloud = await startCloud(interruption);
    console.log(`ready: ${cloud.outputs.endpoint}, outputs in ${cloud.outputsFile}; stop it with Ctrl-C`);
    await aborted(AbortSignal.any([interruption, cloud.lost]));
  } catch (error) {
    if (interruption.aborted) console.error(`local cloud: stopped (${interruption.reason.message})`);
    else {
      console.error(`local cloud: ${(error as Error).message}`);
      process.exitCode = 1;
    }
  } finally {
    clearInterval(keepAlive);
    await cloud?.stop();
  }
}

await main();
