/**
 * An engine for HOT templates, and the commands that start operations on their stacks: see
 * README.md.
 */
import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { setTimeout } from 'node:timers/promises';
import { SQSClient } from '@aws-sdk/client-sqs';
import { Engine, StackTimeoutsClient, sqsWorkQueue, stopOnSignals } from 'stack-timeouts';
import { parseTemplate, type Template, TemplateError } from './hot.ts';
import { type CommandLine, parseCommandLine, USAGE } from './options.ts';
import { createPlan, deletePlan, type Plan, rollbackName, updatePlan } from './plan.ts';
import { startWalk, WALK_TYPE } from './walk.ts';
import { createWalker } from './walker.ts';
import { createWorker } from './worker.ts';

type Operation = Extract<CommandLine, { readonly files: readonly string[] }>;

const SHUTDOWN_SECONDS = 3;

async function startOperation({ command, files, supersede, walk, ...operation }: Operation): Promise<void> {
  const [template, next] = files.map(readTemplate) as [Template, Template];
  const plan = {
    create: () => createPlan(template),
    update: () => updatePlan(template, next),
    delete: () => deletePlan(template),
  }[command]();
  assertKnown(Object.keys(walk.simulation.fails), plan);
  const action = command.toUpperCase() as Uppercase<typeof command>;
  const { stackId, operationId } = operation;
  // Printed first: whoever gets no answer can start the operation again with this id.
  console.log(`${action} of ${stackId}: ${plan.size} resource actions, operation ${operationId}`);
  await startWalk(createClient(), operation, { ...walk, plan, action, supersede });
}

function readTemplate(file: string): Template {
  try {
    return parseTemplate(readFileSync(file, 'utf8'));
  } catch (error) {
    throw error instanceof TemplateError ? new Error(`${file}: ${error.message}`) : error;
  }
}

/** A misspelt name would simulate nothing. */
function assertKnown(names: readonly string[], plan: Plan): void {
  const known = [...plan.keys()].flatMap((name) => [name, rollbackName(name)]);
  for (const name of names)
    if (!known.includes(name))
      throw new Error(`--fail: the plan has no step ${name}, only ${known.join(', ')}`);
}

async function runEngine(concurrency: number): Promise<void> {
  const engineId = `hot-engine-${process.pid}`;
  const sleep = (milliseconds: number, signal: AbortSignal) =>
    setTimeout(milliseconds, undefined, { signal });
  const engine = new Engine({
    client: createClient(),
    queue: sqsWorkQueue(new SQSClient(), setting('WORK_QUEUE_URL')),
    handlers: { [WALK_TYPE]: createWalker({ sleep }), '*': createWorker({ sleep }) },
    engineId,
    concurrency,
    shutdownSeconds: SHUTDOWN_SECONDS,
    onEvent: (event) => console.log(new Date().toISOString(), engineId, JSON.stringify(event)),
  });
  console.log(`engine ${engineId} waits for work; end it by Ctrl-C, or kill it by kill -9 ${process.pid}`);
  await engine.run(stopOnSignals());
}

const createClient = () => new StackTimeoutsClient({ functionName: setting('COMMAND_FUNCTION') });

function setting(name: 'COMMAND_FUNCTION' | 'WORK_QUEUE_URL'): string {
  const value = process.env[name];
  if (!value) throw new Error(`set ${name}: see examples/README.md`);
  return value;
}

try {
  const line = parseCommandLine(process.argv.slice(2), randomUUID);
  if (line.command === 'help') console.log(USAGE);
  else if (line.command === 'engine') await runEngine(line.concurrency);
  else await startOperation(line);
} catch (error) {
  console.error(`error: ${(error as Error).message}`);
  process.exitCode = 1;
}
