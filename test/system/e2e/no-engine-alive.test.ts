/** P2: the engine is killed with SIGKILL right after it was answered `ok`. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { expect, test } from 'vitest';
import type { AnswerOf } from '../../../contract/index.ts';
import { deployment, output, unique } from './support/aws.ts';
import { BY_SWEEP_ONLY, NEAR_HORIZON_SECONDS, timedOut } from './support/stacks.ts';

const ENGINE = new URL('support/engine.ts', import.meta.url).pathname;

test.concurrent.each([
  ['near', 4, ''],
  ['far', NEAR_HORIZON_SECONDS + 10, BY_SWEEP_ONLY],
])('%s, after %i s: a timeout ends the operation of a dead engine%s', async (_, timeoutSeconds) => {
  const args = [deployment.outputs.endpoint, output('CommandFunctionName'), unique('orphan')];
  const engine = spawn(process.execPath, [ENGINE, ...args, String(timeoutSeconds)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [line] = await once(createInterface(engine.stdout), 'line');
  engine.kill('SIGKILL');
  expect(await once(engine, 'exit')).toEqual([null, 'SIGKILL']);

  const answer = JSON.parse(line) as Extract<AnswerOf<'StartOperation'>, { ok: true }>;
  expect(answer).toMatchObject({ ok: true, stack: { status: 'IN_PROGRESS' } });
  expect(await timedOut(answer.stack)).toMatchObject({ version: 2 });
});
