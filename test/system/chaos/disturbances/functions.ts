/**
 * The emulator runs each instance of a function as a process of its own, which stays warm: that is
 * what is killed.
 */
import { execFile } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import type { Random } from '../../../simulation/random.ts';
import type { Disturbance, DisturbanceContext } from './disturbance.ts';

const FUNCTIONS = ['Command', 'Arm', 'Effects', 'Wake', 'Sweep'] as const;
type FunctionName = (typeof FUNCTIONS)[number];

/** The processes that run a function at the moment. */
async function instancesOf(
  { deployment, emulatorFolder }: DisturbanceContext,
  name: FunctionName,
): Promise<number[]> {
  const { stdout } = await promisify(execFile)('ps', ['-A', '-ww', '-o', 'pid=,args=']);
  // Each is unpacked into a folder that is named after the function.
  const folder = `${emulatorFolder}/tmp/ministack-lambda-${deployment.output(`${name}FunctionName`)}-`;
  return stdout
    .split('\n')
    .filter((line) => line.includes(folder))
    .map((line) => Number.parseInt(line, 10));
}

async function signalInstance(
  context: DisturbanceContext,
  random: Random,
  name: FunctionName,
  signal: NodeJS.Signals,
) {
  const pid = random.pick(await instancesOf(context, name));
  return pid !== undefined && send(pid, signal) ? pid : undefined;
}

/** Whether the process was there: it may have ended meanwhile. */
function send(pid: number, signal: NodeJS.Signals): boolean {
  try {
    process.kill(pid, signal);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ESRCH') return false;
    throw error;
  }
}

const counted = (name: FunctionName) => `instances of ${name.toLowerCase()} killed (SIGKILL)`;
const BURST = 6;

/** Several, one shortly after the other, wherever in their work they are. */
export const killFunctions: Disturbance = async (context, random) => {
  const killed: string[] = [];
  for (let n = 0; n < BURST; n++) {
    const name = random.pick(FUNCTIONS);
    if (await signalInstance(context, random, name, 'SIGKILL')) {
      context.count(counted(name));
      killed.push(name.toLowerCase());
    }
    await sleep(random.between(50, 400));
  }
  return { what: `instances of ${killed.join(', ')} are killed` };
};

/** Stopped first, so that an invocation comes to it, and killed with that in hand. */
export const freezeFunction: Disturbance = async (context, random) => {
  const name = random.pick(FUNCTIONS);
  const pid = await signalInstance(context, random, name, 'SIGSTOP');
  if (pid === undefined) return undefined;
  return {
    what: `an instance of ${name.toLowerCase()} is stopped, to be killed`,
    lastsMs: random.between(1000, 4000),
    undo() {
      if (send(pid, 'SIGKILL')) context.count(counted(name));
    },
  };
};
