/** The walk over a stack's graph outlives the engines that walk it: the example for Heat templates, as processes. */
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { PROJECT } from '../../../local/environment.ts';
import { eventually } from '../../support/eventually.ts';
import { deployment, unique } from './support/aws.ts';
import { becomes, getResource, resourcesOf } from './support/resources.ts';
import { ended } from './support/stacks.ts';
import { routedWork } from './support/work.ts';

const PREFIX = unique('heat');
const WALK = '/walk';
let folder: string;
let outputsFile: string;
const engines: ChildProcess[] = [];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'heat-'));
  outputsFile = join(folder, 'outputs.json');
  const WorkQueueUrl = await routedWork({ stackId: [{ prefix: PREFIX }] });
  await writeFile(outputsFile, JSON.stringify({ ...deployment.outputs, WorkQueueUrl }));
});
afterAll(async () => {
  for (const engine of engines) engine.kill('SIGKILL');
  await rm(folder, { recursive: true, force: true });
});

const heat = (...args: string[]) => [`${PROJECT}examples/heat/main.ts`, '--outputs', outputsFile, ...args];

async function startEngine(): Promise<ChildProcess> {
  const engine = spawn(process.execPath, heat('engine'), { stdio: ['ignore', 'pipe', 'inherit'] });
  engines.push(engine);
  await once(engine.stdout, 'data');
  engine.stdout.resume();
  return engine;
}

const engineWith = (engineId: string | undefined): ChildProcess => {
  const engine = engines.find(({ pid }) => engineId === `heat-${pid}`);
  if (engine === undefined) throw new Error(`no engine ${engineId}`);
  return engine;
};

test('the walker killed in the middle: another engine takes the walk over, and the stack ends COMPLETE', async () => {
  const stackId = `${PREFIX}-web`;
  await Promise.all([startEngine(), startEngine()]);
  const work = ['--work-seconds', '2', '--heartbeat-seconds', '6', '--attempts', '5'];
  await promisify(execFile)(
    process.execPath,
    heat('create', `${PROJECT}examples/heat/web.yaml`, '--stack', stackId, ...work),
  );
  const walk = { stackId, resource: WALK };
  const { engineId } = await becomes(walk, { phase: 'RUNNING', attempt: 1 });
  await eventually(async () => {
    const steps = (await resourcesOf(stackId)).filter(({ resource }) => resource !== WALK);
    expect(steps.filter(({ status }) => status === 'COMPLETE').length).toBeGreaterThan(0);
  });
  const walker = engineWith(engineId);
  walker.kill('SIGKILL');
  await once(walker, 'exit');

  const end = await ended(stackId, 90_000);
  expect(end).toMatchObject({ status: 'COMPLETE', cause: 'REPORTED' });
  const { resource: taken } = await getResource(stackId, WALK);
  expect(taken.attempt).toBeGreaterThan(1);
  expect(taken.engineId).not.toBe(engineId);
  const steps = (await resourcesOf(stackId)).filter(({ resource }) => resource !== WALK);
  expect(steps.length).toBeGreaterThan(1);
  for (const step of steps) expect(step).toMatchObject({ status: 'COMPLETE', cause: 'REPORTED' });
});
