import type { Disturbance } from './disturbance.ts';

/** SIGKILL in the middle of its work; another one takes its place after a while. */
export const killEngine: Disturbance = async ({ fleet, count }, random) => {
  const victim = random.pick(fleet.alive);
  if (victim === undefined) return undefined;
  fleet.kill(victim);
  count('engines killed (SIGKILL)');
  return {
    what: `${victim} is killed`,
    lastsMs: random.between(500, 4000),
    undo: () => fleet.start(),
  };
};

export const killAllEngines: Disturbance = async ({ fleet, count }, random) => {
  const victims = fleet.alive;
  for (const victim of victims) fleet.kill(victim);
  count('engines killed (SIGKILL)', victims.length);
  count('no engine alive');
  return {
    what: 'no engine is alive',
    lastsMs: random.between(3000, 9000),
    undo() {
      for (const _ of victims) fleet.start();
    },
  };
};

/** SIGSTOP, long enough that its attempts may be given away; then it goes on, unaware. */
export const stopEngine: Disturbance = async ({ fleet, count }, random) => {
  const victim = random.pick(fleet.running);
  if (victim === undefined) return undefined;
  fleet.stop(victim);
  count('engines stopped and continued (SIGSTOP, SIGCONT)');
  return {
    what: `${victim} is stopped`,
    lastsMs: random.between(2000, 12_000),
    undo: () => fleet.continue(victim),
  };
};
