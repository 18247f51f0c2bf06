/** Two Heats, stack-timeouts on a local cloud, and heat-bridge between it and one of the Heats. */
import { type Bridge, startBridge } from '../../local/heat/bridge.ts';
import { type Heat, installHeat, startHeat } from '../../local/heat/heat.ts';
import { createTimeoutQueue } from '../../local/heat/timeout-queue.ts';
import { type LocalCloud, startLocalCloud } from '../../local/local-cloud.ts';
import { runConcurrently } from '../../local/processes.ts';
import { SIDES, type Side } from './observed-operation.ts';

export interface Setup {
  readonly heats: Readonly<Record<Side, Heat>>;
  readonly bridge: Bridge;
  /** Fires, with an error as its reason, if the cloud or the bridge ends by itself. */
  readonly lost: AbortSignal;
  stop(): Promise<void>;
}

const HOW_TO_INSTALL = `Heat could not be installed. It needs a connection to the servers of Debian and PyPI. What is
installed already stays: run the demo again.`;

interface Parts {
  readonly heats: Partial<Record<Side, Heat>>;
  cloud?: LocalCloud;
  bridge?: Bridge;
}

/** Installs what is missing, and starts everything. After an error nothing runs. */
export async function setUp(dir: string, signal: AbortSignal, log: (line: string) => void): Promise<Setup> {
  const parts: Parts = { heats: {} };
  const ended = new AbortController();
  const stop = async () => {
    const stopped = [parts.cloud, ...Object.values(parts.heats)].map((part) => part?.stop());
    await Promise.all([parts.bridge?.kill(), ...stopped]);
  };
  const startHeats = async (signal: AbortSignal) => {
    await installHeat(signal, log).catch((error) => {
      throw new Error(`${error.message}\n\n${HOW_TO_INSTALL}`);
    });
    log('starting two Heats');
    await runConcurrently(
      signal,
      SIDES.map((side) => async (signal) => {
        parts.heats[side] = await startHeat(signal, {
          folder: `${dir}/${side}`,
          logs: `${dir}/${side}-logs`,
        });
        log(`the Heat ${side} heat-bridge is up`);
      }),
    );
  };
  const startCloud = async (signal: AbortSignal) => {
    const told = (line: string) => log(`local cloud: ${line}`);
    parts.cloud = await startLocalCloud({ dir: `${dir}/cloud`, log: told, signal });
    log('stack-timeouts is up, on the local cloud');
  };
  try {
    await runConcurrently(signal, [startHeats, startCloud]);
    const { heats, cloud } = parts as Parts & Pick<Setup, 'heats'> & { cloud: LocalCloud };
    const queueUrl = await createTimeoutQueue(cloud.outputs);
    const bridge = startBridge(heats.with, cloud.outputs, queueUrl, []);
    parts.bridge = bridge;
    bridge.process.once('exit', (code) => {
      const message = `heat-bridge ended by itself (exit code ${code}); see ${heats.with.logs}/bridge.log`;
      ended.abort(new Error(message));
    });
    log('heat-bridge runs beside one of them');
    return { heats, bridge, lost: AbortSignal.any([cloud.lost, ended.signal]), stop };
  } catch (error) {
    await stop();
    throw error;
  }
}
