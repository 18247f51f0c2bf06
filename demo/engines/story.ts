/** Act two: engines work on one template, die, and come back from the dead. */
import { WALK_RESOURCE } from '../../examples/heat/walk.ts';
import type { LocalCloud } from '../../local/local-cloud.ts';
import { LATENESS_BOUNDS } from '../verdict.ts';
import type { View } from '../view.ts';
import type { Chronicle } from './chronicle.ts';
import { heldBy, isSameAttempt, type Loss, lossesOf } from './history.ts';
import { CREATE, DELETE, workSecondsOf } from './plan.ts';
import { type Scene, Stuck, setScene } from './scene.ts';

/** How long an engine has worked on something when it is in the middle of it, at most. */
const MIDDLE_SECONDS = 2;
/** What is told by logs, or done after the end of an operation. */
const AFTERMATH_SECONDS = 20;

/** @throws the signal's reason if it aborts; Error if an engine ended that was not killed. */
export async function tellOfEngines(cloud: LocalCloud, view: View, signal: AbortSignal): Promise<Chronicle> {
  const scene = await setScene(cloud, view, signal);
  const { resources, seen } = scene;
  const { entries } = scene.journal;
  const told = { startedAt: view.startedAt, entries, seen, resources };
  try {
    await createInSpiteOfAll(scene);
    await timeOutWithNobodyAlive(scene);
    let schedules: string[] = [];
    await scene.holds(async () => {
      schedules = await scene.schedules();
      return schedules.length === 0;
    }, AFTERMATH_SECONDS);
    return { ...told, schedules };
  } catch (error) {
    if (error instanceof Stuck) return { ...told, schedules: [], stuck: error.message };
    throw error;
  } finally {
    await scene.end();
  }
}

/** One engine is killed, another one is stopped and comes back too late; the third one completes the stack. */
async function createInSpiteOfAll(scene: Scene): Promise<void> {
  const { fleet, until, seen, resources } = scene;
  const { entries } = scene.journal;
  const lossesOn = (engine: string): Loss[] => lossesOf(entries).filter((one) => one.engine === engine);
  const isReady = (engine: string) =>
    entries.some((entry) => entry.kind === 'engine' && entry.engine === engine && entry.did === 'started');

  fleet.start('A');
  fleet.start('B');
  await until('two engines start', () => isReady('A') && isReady('B'));
  await scene.begin(CREATE);

  // Of the long ones, so that there is work for all when the other one is to be stopped.
  const long = Object.keys(CREATE.workSecondsOf);
  await until('engine A is in the middle of a resource', () =>
    inTheMiddle('A', scene).some((resource) => long.includes(resource)),
  );
  await fleet.kill('A');
  fleet.start('C');
  await until('engine A is declared lost', () => lossesOn('A').every(isNoticed));

  await until('engine C is in the middle of a resource', () => inTheMiddle('C', scene).length > 0);
  fleet.stop('C');
  await until('engine C is declared lost', () => lossesOn('C').every(isNoticed));
  await until('another engine takes over from engine C', () => lossesOn('C').some(isTakenOver));
  fleet.continue('C');
  await until('engine C is refused', () =>
    lossesOn('C').every((loss) =>
      entries.some((entry) => entry.kind === 'lateReport' && isSameAttempt(entry, loss)),
    ),
  );

  const { operationId, timeoutSeconds } = CREATE;
  await until('the CREATE ends', () => seen.get(operationId)?.stack.endedAt !== undefined, timeoutSeconds);
  // The log tells of it later than the row. What it does not tell, the verdict does.
  const isPublished = (resource: string) =>
    entries.some((one) => one.kind === 'published' && one.resource === resource && one.status === 'COMPLETE');
  await scene.holds(() => resources.every(isPublished), AFTERMATH_SECONDS);
}

/** What an engine is in the middle of, apart from a walk. */
function inTheMiddle(engine: string, { journal }: Scene): string[] {
  const isLongEnough = (resource: string, since: number) =>
    Date.now() - since >= Math.min(MIDDLE_SECONDS, workSecondsOf(CREATE, resource) / 2) * 1000;
  return heldBy(engine, journal.entries)
    .filter(({ resource, since }) => resource !== WALK_RESOURCE && isLongEnough(resource, since))
    .map(({ resource }) => resource);
}

const isNoticed = ({ noticedAt }: Loss): boolean => noticedAt !== undefined;
const isTakenOver = ({ engine, resource, next }: Loss): boolean =>
  resource !== WALK_RESOURCE && next !== undefined && next.engine !== engine;

/** All engines are killed in the middle of the work. */
async function timeOutWithNobodyAlive(scene: Scene): Promise<void> {
  const { fleet, until, seen } = scene;
  const { entries } = scene.journal;
  const { operationId, timeoutSeconds } = DELETE;
  await scene.begin(DELETE);
  const held = () =>
    fleet.alive
      .flatMap((engine) => heldBy(engine, entries))
      .filter((one) => one.operationId === operationId && Date.now() - one.since >= MIDDLE_SECONDS * 1000);
  // The walk, and the two resources that can be deleted first.
  await until('the engines are in the middle of the DELETE', () => held().length >= 3, timeoutSeconds);
  await Promise.all(fleet.alive.map((engine) => fleet.kill(engine)));

  const latest = timeoutSeconds + LATENESS_BOUNDS.sweep;
  await until('the DELETE times out', () => seen.get(operationId)?.stack.endedAt !== undefined, latest);
  // The verdict says if it does not come to that.
  const isOver = () =>
    seen.get(operationId)?.resources.every(({ endedAt }) => endedAt !== undefined) ?? false;
  await scene.holds(isOver, AFTERMATH_SECONDS);
}
