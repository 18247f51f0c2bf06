/** Runs examples by their commands in examples/README.md, against the deployment under test. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { afterAll, expect } from 'vitest';
import { cdkEnvironment, PROJECT } from '../../../../local/environment.ts';
import { eventually } from '../../../../local/eventually.ts';
import { deployment, output } from './aws.ts';
import { installBoto3 } from './boto3.ts';

/** The commands in the table: the second column. */
export const COMMANDS = readFileSync(`${PROJECT}examples/README.md`, 'utf8')
  .split('\n')
  .flatMap((line) => /^\|[^|]*\| `([^`]+)` \|/.exec(line)?.[1] ?? []);

export interface ExampleProcess {
  readonly pid: number | undefined;
  /** What it printed so far. */
  text(): string;
  prints(text: string): Promise<void>;
  kill(signal: NodeJS.Signals): void;
  /** Its exit code and the signal that ended it. */
  readonly ended: Promise<readonly unknown[]>;
}

const children = new Set<ChildProcess>();
afterAll(() => {
  for (const child of children) child.kill('SIGKILL');
});

/** Starts a command as a reader does. `npx` alone is left out: it passes no signal on. */
export async function startExample(
  command: string,
  environment: Readonly<Record<string, string>> = {},
): Promise<ExampleProcess> {
  const [program, ...args] = command.replace(/^npx /, '').split(' ');
  const child = spawn(program === 'python3' ? await installBoto3() : process.execPath, args, {
    cwd: PROJECT,
    env: {
      ...(cdkEnvironment(process.env, deployment.outputs.endpoint) as NodeJS.ProcessEnv),
      COMMAND_FUNCTION: output('CommandFunctionName'),
      ...environment,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  children.add(child);
  const lines: string[] = [];
  for (const stream of [child.stdout, child.stderr])
    createInterface(stream).on('line', (line) => lines.push(line));
  const text = () => lines.join('\n');
  return {
    pid: child.pid,
    text,
    prints: (expected) => eventually(async () => expect(text()).toContain(expected), { within: 120_000 }),
    kill: (signal) => void child.kill(signal),
    ended: once(child, 'close').finally(() => children.delete(child)),
  };
}

/** Runs a command to its end, and expects exit code 0. Returns what it printed. */
export async function runExample(
  command: string,
  environment?: Readonly<Record<string, string>>,
): Promise<string> {
  const example = await startExample(command, environment);
  expect(await example.ended, example.text()).toEqual([0, null]);
  return example.text();
}
