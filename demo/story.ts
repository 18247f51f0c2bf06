/** The demo: five operations, one engine that dies, and what becomes of them without it. */
import { DeleteScheduleCommand, SchedulerClient } from '@aws-sdk/client-scheduler';
import { scheduleName } from '../lambdas/domain/timer.ts';
import { sdkConfig } from '../local/environment.ts';
import type { LocalCloud, Outputs } from '../local/local-cloud.ts';
import type { EngineReport } from './engine.ts';
import { runAndKillEngine } from './engine-process.ts';
import { type Armed, armedFor } from './evidence.ts';
import { type Operation, settled, started } from './operation.ts';
import { COMPLETED, PLAN, SABOTAGED } from './plan.ts';
import { judge, LATENESS_BOUNDS } from './verdict.ts';
import type { View } from './view.ts';
import type { Watcher } from './watcher.ts';

const SECOND = 1000;
/** How long after a deadline nothing is to have happened, to say that nothing will. */
const QUIET_SECONDS = 5;

export async function tellStory(
  cloud: LocalCloud,
  watcher: Watcher,
  view: View,
  signal: AbortSignal,
): Promise<readonly Operation[]> {
  const operations: Operation[] = PLAN.map((planned) => ({ ...planned, evidence: [] }));
  const byName = (stackId: string) => operations.find((one) => one.stackId === stackId) as Operation;
  watcher.operations.push(...operations);

  view.event('an engine starts, a process of its own');
  let alive = true;
  const engine = runAndKillEngine(cloud.outputsFile, signal, (report, pid) => {
    if (report.did === 'everything') return;
    const { stack } = report;
    const operation = byName(stack.stackId);
    operation.accepted = stack;
    watcher.update(operation, stack);
    view.event(`engine ${pid}: ${told(report)}`);
  }).finally(() => {
    alive = false;
  });
  const [pid] = await Promise.all([engine, watcher.until(() => !alive, Number.POSITIVE_INFINITY)]);
  view.event(`engine ${pid}: killed with SIGKILL. No engine is alive any more.`);

  const deadlines = operations.map(({ stack }) => Date.parse(stack?.deadline ?? ''));
  const giveUpAt = Math.max(...deadlines) + (LATENESS_BOUNDS.sweep + 30) * SECOND;

  const sabotaged = byName(SABOTAGED);
  const schedule = () => armedFor(sabotaged.evidence, 1);
  if (await watcher.until(() => schedule() !== undefined, giveUpAt)) {
    await deleteSchedule(cloud.outputs, schedule() as Armed);
    view.event(`${SABOTAGED}: its schedule is deleted behind the system's back. Only the sweep is left.`);
  }

  const completed = byName(COMPLETED);
  const quietUntil = Date.parse(completed.accepted?.deadline ?? '') + QUIET_SECONDS * SECOND;
  let lookedAgain = false;
  async function lookAtCompleted(): Promise<void> {
    if (lookedAgain || Date.now() < quietUntil) return;
    await watcher.look(completed);
    lookedAgain = true;
    const found = judge(completed).join(', ') || `not touched, still version ${completed.stack?.version}`;
    view.event(`${COMPLETED}: its deadline is over; ${found}`);
  }
  const over = () => lookedAgain && operations.every((one) => settled(one, Date.now()));
  await watcher.until(over, giveUpAt, lookAtCompleted);
  await Promise.all(operations.filter(started).map((operation) => watcher.look(operation)));
  return operations;
}

function told({ did, stack }: Exclude<EngineReport, { did: 'everything' }>): string {
  const deadline = stack.deadline.slice(11, 19);
  switch (did) {
    case 'started':
      return `starts ${stack.action} of ${stack.stackId}, deadline ${deadline}`;
    case 'completed':
      return `completes ${stack.stackId}, before its deadline ${deadline}`;
    case 'extended':
      return `extends ${stack.stackId}, new deadline ${deadline}`;
  }
}

/** Takes away the schedule that a timer got. Throws if there is none: then nothing would be shown. */
async function deleteSchedule(outputs: Outputs, { dueAt, resource: _, ...timer }: Armed): Promise<void> {
  const due = Date.parse(dueAt);
  const Name = scheduleName({ ...timer, dueAt: due, setAt: due });
  const scheduler = new SchedulerClient(sdkConfig(outputs));
  await scheduler.send(new DeleteScheduleCommand({ Name, GroupName: outputs.ScheduleGroupName }));
}
