/** Engines as processes: started, listened to, and sent signals. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { afterAll, expect } from 'vitest';
import { eventually } from '../../../../local/eventually.ts';
import { deployment, output, unique, users } from './aws.ts';
import type { EngineLine, EngineSettings } from './engine-process.ts';

const PROGRAM = new URL('engine-process.ts', import.meta.url).pathname;
/** Within this an engine is expected to say what it has seen: generous, for a busy machine. */
const PATIENCE_MS = 120_000;

export interface EngineProcess {
  readonly engineId: string;
  /** What it has said so far. */
  readonly lines: readonly EngineLine[];
  /** Waits for a line. */
  says(expected: Partial<Record<string, unknown>>): Promise<void>;
  /** How many lines are as expected. */
  count(expected: Partial<Record<string, unknown>>): number;
  send(signal: NodeJS.Signals): void;
  /** Resolves with the exit code and the signal that ended it. */
  readonly ended: Promise<readonly unknown[]>;
}

const children = new Set<ChildProcess>();
afterAll(() => {
  for (const child of children) child.kill('SIGKILL');
});

/** Starts an engine, and waits until it is ready. */
export async function startEngine(
  queueUrl: string,
  options: Partial<EngineSettings> = {},
): Promise<EngineProcess> {
  const engineId = options.engineId ?? unique('engine');
  const settings: EngineSettings = {
    endpoint: deployment.outputs.endpoint,
    functionName: output('WorkerFunctionName'),
    queueUrl,
    engineId,
    ...(users && { credentials: users.worker }),
    ...options,
  };
  const child = spawn(process.execPath, [PROGRAM, JSON.stringify(settings)], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const engine = { ...listen(child), engineId };
  await engine.says({ type: 'ready' });
  return engine;
}

function listen(child: ChildProcess & { stdout: NonNullable<ChildProcess['stdout']> }) {
  children.add(child);
  const ended = once(child, 'exit').finally(() => children.delete(child));
  const lines: EngineLine[] = [];
  createInterface(child.stdout).on('line', (line) => lines.push(JSON.parse(line)));
  return {
    lines,
    ended,
    count: (expected: object) => lines.filter((line) => matches(line, expected)).length,
    says: (expected: object) =>
      eventually(async () => expect(lines).toContainEqual(expect.objectContaining(expected)), {
        within: PATIENCE_MS,
      }),
    send: (signal: NodeJS.Signals) => void child.kill(signal),
  };
}

const matches = (line: object, expected: object): boolean =>
  Object.entries(expected).every(([name, value]) => (line as Record<string, unknown>)[name] === value);
