/** The setup of a scenario: a queue on the event bus, engine processes, schedules, event log. */
import { type ChildProcess, fork } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { setTimeout } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { EventBridgeClient, PutRuleCommand, PutTargetsCommand } from '@aws-sdk/client-eventbridge';
import * as scheduler from '@aws-sdk/client-scheduler';
import * as sqs from '@aws-sdk/client-sqs';
import { EVENT_SOURCE } from '../contract/index.ts';
import { clientFor } from '../local/client.ts';
import { sdkConfig } from '../local/environment.ts';
import type { LocalCloud, Outputs } from '../local/local-cloud.ts';
import type { EngineMessage } from './engine.ts';
import { addEntry, type Entry, lossOf, readEvent } from './event-log.ts';
import { inSeconds, sentence } from './view.ts';

const ENGINE = fileURLToPath(new URL('engine.ts', import.meta.url));
const DID = { SIGKILL: 'killed', SIGSTOP: 'stopped', SIGCONT: 'continued' } as const;

export type Setup = Awaited<ReturnType<typeof createSetup>>;

/** @param signal makes every wait throw its reason, as does an engine that ends by itself. */
export async function createSetup({ outputs, outputsFile }: LocalCloud, signal: AbortSignal) {
  const queue = new sqs.SQSClient(sdkConfig(outputs));
  const QueueUrl = await subscribe(queue, outputs);
  const schedules = new scheduler.SchedulerClient(sdkConfig(outputs));
  const group = { GroupName: outputs.ScheduleGroupName };
  const entries: Entry[] = [];
  const engines = new Map<string, ChildProcess>();
  const failure = new AbortController();
  const either = AbortSignal.any([signal, failure.signal]);
  const startedAt = Date.now();
  const say = (text: string) => console.log(inSeconds(Date.now() - startedAt).padStart(8), '', text);

  function add(entry: Entry): void {
    const text = addEntry(entries, entry) && sentence(entry, entries);
    if (text) say(text);
  }

  async function readBus(): Promise<void> {
    const receive = new sqs.ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: 10 });
    const { Messages = [] } = await queue.send(receive);
    for (const { Body = '', ReceiptHandle } of Messages) {
      add(readEvent(Body, Date.now()));
      await queue.send(new sqs.DeleteMessageCommand({ QueueUrl, ReceiptHandle }));
    }
    if (Messages.length > 0) await readBus();
  }

  /** Reads the bus until a condition holds, at most for so many seconds. */
  async function until(condition: () => unknown, seconds: number): Promise<void> {
    const giveUpAt = Date.now() + seconds * 1000;
    for (;;) {
      either.throwIfAborted();
      await readBus();
      if ((await condition()) || Date.now() > giveUpAt) return;
      // The next round throws the reason of an abort.
      await setTimeout(300, undefined, { signal: either }).catch(() => {});
    }
  }

  async function scheduleNames(): Promise<string[]> {
    const { Schedules = [] } = await schedules.send(new scheduler.ListSchedulesCommand(group));
    return Schedules.map(({ Name = '' }) => Name);
  }

  return {
    client: clientFor(outputs),
    startedAt,
    entries,
    say,
    until,
    scheduleNames,

    /** Deletes the schedule of a stack's timer. Returns false if there is none. */
    async deleteSchedule(stackId: string): Promise<boolean> {
      for (const Name of await scheduleNames()) {
        const { Target } = await schedules.send(new scheduler.GetScheduleCommand({ ...group, Name }));
        if (JSON.parse(Target?.Input ?? '{}').stackId !== stackId) continue;
        return !!(await schedules.send(new scheduler.DeleteScheduleCommand({ ...group, Name })));
      }
      return false;
    },

    /** Starts an engine and waits until it is ready. */
    async startEngine(engine: string): Promise<ChildProcess> {
      const child = fork(ENGINE, [outputsFile, engine], { stdio: ['ignore', 'ignore', 'inherit', 'ipc'] });
      engines.set(engine, child);
      child.on('exit', (code, killedBy) => {
        const how = killedBy ?? `exit code ${code}`;
        if (engines.has(engine)) failure.abort(new Error(`engine ${engine} ended by itself (${how})`));
      });
      child.on('message', (message: EngineMessage) => {
        // An engine also loses attempts whose operation ends: no news.
        if (message.type === 'lost' && lossOf(message, entries))
          add({ ...message, kind: 'fenced', at: Date.now(), engine });
      });
      await once(child, 'message', { signal: either }).catch(() => either.throwIfAborted());
      add({ kind: 'engine', at: Date.now(), engine, did: 'started' });
      return child;
    },

    signalEngine(engine: string, name: keyof typeof DID): void {
      const child = engines.get(engine);
      if (name === 'SIGKILL') engines.delete(engine);
      child?.kill(name);
      add({ kind: 'engine', at: Date.now(), engine, did: DID[name] });
    },

    /** Kills the engines that are left. */
    close(): void {
      for (const child of engines.values()) child.kill('SIGKILL');
    },
  };
}

/** Makes a queue for all events of the bus. On AWS it needs a policy for EventBridge as well. */
async function subscribe(queue: sqs.SQSClient, outputs: Outputs): Promise<string> {
  const Name = `demo-${randomUUID()}`;
  const { EventBusName } = outputs;
  const { QueueUrl = '' } = await queue.send(new sqs.CreateQueueCommand({ QueueName: Name }));
  const arn = new sqs.GetQueueAttributesCommand({ QueueUrl, AttributeNames: ['QueueArn'] });
  const Targets = [{ Id: 'queue', Arn: (await queue.send(arn)).Attributes?.QueueArn }];
  const bus = new EventBridgeClient(sdkConfig(outputs));
  const EventPattern = JSON.stringify({ source: [EVENT_SOURCE] });
  await bus.send(new PutRuleCommand({ EventBusName, Name, EventPattern }));
  await bus.send(new PutTargetsCommand({ EventBusName, Rule: Name, Targets }));
  return QueueUrl;
}
