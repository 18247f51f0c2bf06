/** All that act two plays with: a stack, engines to work on it, and someone who watches. */
import { setTimeout } from 'node:timers/promises';
import { ListSchedulesCommand, SchedulerClient } from '@aws-sdk/client-scheduler';
import { clientFor } from '../../local/client.ts';
import { sdkConfig } from '../../local/environment.ts';
import type { LocalCloud, Outputs } from '../../local/local-cloud.ts';
import { openLogs } from '../logs.ts';
import type { View } from '../view.ts';
import { parseResourceEvidence } from './evidence.ts';
import { createFleet, type Fleet } from './fleet.ts';
import { createJournal, type Journal } from './journal.ts';
import { createNarrator } from './narrator.ts';
import { createObserver, type Observer } from './observer.ts';
import { live } from './picture.ts';
import { type PlannedOperation, STACK_ID } from './plan.ts';
import { readTemplate, startOperation } from './start.ts';

const TICK_MS = 400;
/** On a machine that has a lot else to do everything takes longer. */
const PATIENCE_SECONDS = 90;

/** Something did not happen in time: the story ends here. */
export class Stuck extends Error {}

export interface Scene {
  readonly journal: Journal;
  readonly fleet: Fleet;
  readonly seen: Observer['seen'];
  /** The names in the template. */
  readonly resources: readonly string[];
  begin(operation: PlannedOperation): Promise<void>;
  /** Watches until something holds. False: it did not within so many seconds. */
  holds(condition: () => boolean | Promise<boolean>, seconds: number): Promise<boolean>;
  /** @throws Stuck if it does not come to hold. */
  until(what: string, condition: () => boolean, seconds?: number): Promise<void>;
  /** The names of all that there are. */
  schedules(): Promise<string[]>;
  /** Kills every engine, and tells what has not been told. */
  end(): Promise<void>;
}

/** @param signal ends every wait, as does an engine that ends by itself: both by throwing their reason. */
export async function setScene(cloud: LocalCloud, view: View, signal: AbortSignal): Promise<Scene> {
  const { outputs, outputsFile } = cloud;
  const client = clientFor(outputs);
  const template = await readTemplate();
  const logs = await openLogs(outputs, ['Wake', 'Sweep', 'Effects'], parseResourceEvidence);
  const journal = createJournal();
  const fleet = createFleet(outputsFile, journal);
  const observer = createObserver(STACK_ID, client, logs, journal);
  const narrator = createNarrator(view, journal, fleet.pids);
  const either = AbortSignal.any([signal, fleet.lost]);

  async function holds(condition: () => boolean | Promise<boolean>, seconds: number): Promise<boolean> {
    const giveUpAt = Date.now() + seconds * 1000;
    for (;;) {
      either.throwIfAborted();
      await observer.look();
      narrator.tell();
      view.draw((room) => live(journal.entries, view.startedAt, room));
      if (await condition()) return true;
      if (Date.now() > giveUpAt) return false;
      // Why it was aborted is thrown above.
      await setTimeout(TICK_MS, undefined, { signal: either }).catch(() => {});
    }
  }

  return {
    journal,
    fleet,
    seen: observer.seen,
    resources: [...template.types.keys()],
    async begin(planned) {
      const { operationId, action } = planned;
      const stack = await startOperation(client, template, planned);
      const [at, deadline] = [Date.parse(stack.startedAt), Date.parse(stack.deadline)];
      journal.add({ at, kind: 'operationStarted', operationId, action, deadline });
    },
    holds,
    async until(what, condition, seconds = PATIENCE_SECONDS) {
      if (!(await holds(condition, seconds))) throw new Stuck(`${what}: not within ${seconds} s`);
    },
    schedules: () => schedulesOf(outputs),
    async end() {
      await fleet.end();
      if (!either.aborted) narrator.end();
    },
  };
}

async function schedulesOf(outputs: Outputs): Promise<string[]> {
  const scheduler = new SchedulerClient(sdkConfig(outputs));
  const { Schedules = [] } = await scheduler.send(
    new ListSchedulesCommand({ GroupName: outputs.ScheduleGroupName }),
  );
  return Schedules.map(({ Name = '' }) => Name);
}
