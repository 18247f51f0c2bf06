/** The operations of the first scenario, or of a file: what is done with each, and how it may end. */
import { setTimeout } from 'node:timers/promises';
import pMap from 'p-map';
import { type Action, accepted, type StackTimeoutsClient } from '../client/index.ts';
import { parseRequest, type RequestOf } from '../contract/index.ts';

/** What wakes the timeout; or there is none. */
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
/** The near horizon is 45 s here: what is due later gets an EventBridge schedule. */
export const OPERATIONS: Operations = [
  { ...plan('web-frontend', 'UPDATE', 20, 'near'), note: 'due soon: a delayed message' },
  { ...plan('kubernetes-cluster', 'CREATE', 60, 'schedule'), note: 'due later: an EventBridge schedule' },
  { ...plan('object-store', 'CREATE', 35, 'completed'), completeAfterSeconds: 3, note: 'completed in time' },
  { ...plan('message-broker', 'UPDATE', 25, 'near'), extendToSeconds: 55, note: 'extended to 55 s' },
  { ...plan(WITHOUT_SCHEDULE, 'DELETE', 50, 'sweep'), note: 'its schedule is deleted: the sweep' },
];

const EXTEND_AFTER_SECONDS = 3;

/** Starts all operations, then completes and extends those that are to be. */
export async function runCommands(client: StackTimeoutsClient, operations: Operations): Promise<void> {
  const start = async (one: Operation) => ({ ...one, ...accepted(await client.startOperation(one.request)) });
  const started = await pMap(operations, start, { concurrency: 4 });
  const followUps = started.map(async ({ stack, completeAfterSeconds, extendToSeconds }) => {
    const { stackId, operationId, startedAt } = stack;
    const after = completeAfterSeconds ?? (extendToSeconds && EXTEND_AFTER_SECONDS);
    if (after === undefined) return;
    await setTimeout(Math.max(0, Date.parse(startedAt) + after * 1000 - Date.now()));
    // Whether the timeout may come first is for the checker to tell.
    if (!extendToSeconds) await client.completeOperation({ stackId, operationId, status: 'COMPLETE' });
    else accepted(await client.extendOperation({ stackId, operationId, timeoutSeconds: extendToSeconds }));
  });
  await Promise.all(followUps);
}

/** Reads JSON Lines, a StartOperation request each. Throws an Error that names every line that is wrong. */
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
  if (!Number.isInteger(completeAfterSeconds) || completeAfterSeconds < 0)
    throw new Error('completeAfterSeconds must be a whole number of seconds from 0');
  // About the time of the deadline, a completion or the timeout may come first.
  const isInTime = completeAfterSeconds < request.timeoutSeconds;
  const paths: Path[] = isInTime ? ['completed'] : [...TIMEOUT, 'completed'];
  return { request, completeAfterSeconds, paths, note: `completed after ${completeAfterSeconds} s` };
}
