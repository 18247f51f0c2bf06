/** The operations of the first scenario or of a file, their commands, and how each may end. */
import { setTimeout } from 'node:timers/promises';
import pMap from 'p-map';
import { type Action, accepted, type StackTimeoutsClient } from '../client/index.ts';
import { MAX_TIMEOUT_SECONDS, parseRequest, type RequestOf } from '../contract/index.ts';

/** The wake-up that times an operation out, or its completion. */
export type Path = 'near' | 'schedule' | 'sweep' | 'completed';
const TIMEOUT: readonly Path[] = ['near', 'schedule', 'sweep'];
export interface Operation {
  readonly request: RequestOf<'StartOperation'>;
  readonly completeAfterSeconds?: number;
  readonly extendToSeconds?: number;
  /** How it may end. */
  readonly paths: readonly Path[];
  readonly note?: string;
}
export type Operations = readonly Operation[];

const plan = (stackId: string, action: Action, timeoutSeconds: number, path: Path): Operation => ({
  request: { command: 'StartOperation', stackId, operationId: 'demo-1', action, timeoutSeconds },
  paths: [path],
});

export const WITHOUT_SCHEDULE = 'billing-database';
/** The near horizon is 45 s here. A later deadline gets an EventBridge schedule. */
export const OPERATIONS: Operations = [
  { ...plan('web-frontend', 'UPDATE', 20, 'near'), note: 'due soon: a delayed message' },
  { ...plan('kubernetes-cluster', 'CREATE', 60, 'schedule'), note: 'due later: an EventBridge schedule' },
  { ...plan('object-store', 'CREATE', 35, 'completed'), completeAfterSeconds: 3, note: 'completed in time' },
  { ...plan('message-broker', 'UPDATE', 25, 'near'), extendToSeconds: 55, note: 'extended to 55 s' },
  { ...plan(WITHOUT_SCHEDULE, 'DELETE', 50, 'sweep'), note: 'its schedule is deleted: the sweep' },
];

const EXTEND_AFTER_SECONDS = 3;

/** Starts all operations, then completes or extends them as planned. */
export async function runCommands(client: StackTimeoutsClient, operations: Operations): Promise<void> {
  const start = async (one: Operation) => ({ ...one, ...accepted(await client.startOperation(one.request)) });
  const started = await pMap(operations, start, { concurrency: 4 });
  const followUps = started.map(async ({ stack, completeAfterSeconds, extendToSeconds }) => {
    const { stackId, operationId, startedAt } = stack;
    const after = completeAfterSeconds ?? (extendToSeconds && EXTEND_AFTER_SECONDS);
    if (after === undefined) return;
    await setTimeout(Math.max(0, Date.parse(startedAt) + after * 1000 - Date.now()));
    // If the timeout came first, the checker decides whether that is allowed.
    if (!extendToSeconds) await client.completeOperation({ stackId, operationId, status: 'COMPLETE' });
    else accepted(await client.extendOperation({ stackId, operationId, timeoutSeconds: extendToSeconds }));
  });
  await Promise.all(followUps);
}

/** Reads JSON Lines, one StartOperation request each. @throws Error that names every wrong line. */
export function parseInput(text: string): Operation[] {
  const operations: Operation[] = [];
  const problems: string[] = [];
  for (const [n, line] of text.split('\n').entries()) {
    if (line.trim() === '') continue;
    try {
      const parsed = parseLine(line);
      const { stackId } = parsed.request;
      if (operations.some(({ request }) => request.stackId === stackId))
        throw new Error(`stackId ${stackId} is there twice, and a stack has one operation at a time`);
      operations.push(parsed);
    } catch (error) {
      problems.push(`line ${n + 1}: ${(error as Error).message}`);
    }
  }
  if (operations.length + problems.length === 0) problems.push('there is no operation in it');
  if (problems.length > 0) throw new Error(problems.join('\n  '));
  return operations;
}

function parseLine(line: string): Operation {
  const { completeAfterSeconds, ...fields } = JSON.parse(line);
  const parsed = parseRequest({ command: 'StartOperation', ...fields });
  if (!parsed.ok) throw new Error(parsed.message);
  const request = parsed.value;
  if (request.command !== 'StartOperation') throw new Error('command must be StartOperation, or left out');
  if (completeAfterSeconds === undefined) return { request, paths: TIMEOUT };
  const isDelay = Number.isInteger(completeAfterSeconds) && completeAfterSeconds >= 0;
  if (!isDelay || completeAfterSeconds > MAX_TIMEOUT_SECONDS)
    throw new Error(`completeAfterSeconds must be a whole number from 0 to ${MAX_TIMEOUT_SECONDS}`);
  // Close to the deadline, either the completion or the timeout may come first.
  const isInTime = completeAfterSeconds < request.timeoutSeconds;
  const paths: Path[] = isInTime ? ['completed'] : [...TIMEOUT, 'completed'];
  return { request, completeAfterSeconds, paths, note: `completed after ${completeAfterSeconds} s` };
}
