/** Each command in the table of examples/README.md. */
import { expect, test } from 'vitest';
import { COMMANDS, runExample, startExample } from './support/examples.ts';
import { getResource } from './support/resources.ts';
import { ended, get } from './support/stacks.ts';
import { routedWork } from './support/work.ts';

const HELLO = 'npx node examples/hello.ts';
const ENGINE = 'npx node examples/engine.ts';
const DISPATCH = 'npx node examples/dispatch.ts';
const PYTHON_ENGINE = 'python3 examples/python/engine.py';
const HOT_ENGINE = 'npx node examples/hot-engine/main.ts engine';
const HOT_CREATE = 'npx node examples/hot-engine/main.ts create examples/hot-engine/web.yaml --stack shop';

test('the table has these commands', () => {
  expect(COMMANDS).toEqual([HELLO, ENGINE, DISPATCH, PYTHON_ENGINE, HOT_ENGINE, HOT_CREATE]);
});

test('hello starts, extends and completes an operation', async () => {
  const printed = await runExample(HELLO);
  expect(printed.match(/ok: true/g)).toHaveLength(3);
  expect(await get('hello')).toMatchObject({ status: 'COMPLETE', version: 3 });
});

test.each([
  [ENGINE, 'waiting for work', { created: 'server' }],
  [PYTHON_ENGINE, 'is ready', { doneBy: expect.any(String) }],
])('%s does the work of dispatch, and ends on SIGTERM', async (command, ready, output) => {
  const engine = await startExample(command, {
    WORK_QUEUE_URL: await routedWork({ stackId: ['dispatch'] }),
  });
  await engine.prints(ready);
  expect(await runExample(DISPATCH)).toContain("statusReason: 'Stack CREATE completed successfully'");
  expect((await getResource('dispatch', 'server')).output).toEqual(output);
  engine.kill('SIGTERM');
  expect(await engine.ended, engine.text()).toEqual([0, null]);
});

test('hot-engine creates, updates and deletes the stack of a template; a failure is rolled back', async () => {
  const environment = { WORK_QUEUE_URL: await routedWork({ stackId: ['shop'] }) };
  const engine = await startExample(HOT_ENGINE, environment);
  await engine.prints('waits for work');
  const operate = async (command: string) => {
    expect(await runExample(command)).toContain('of shop: 6 resource actions');
    return ended('shop');
  };
  const fast = ' --work-seconds 0.1';
  expect(await operate(HOT_CREATE)).toMatchObject({ action: 'CREATE', status: 'COMPLETE' });
  const update = HOT_CREATE.replace('create', 'update examples/hot-engine/web.yaml') + fast;
  expect(await operate(`${update} --fail database --rollback`)).toMatchObject({
    action: 'UPDATE',
    status: 'FAILED',
    statusReason: 'Resource UPDATE failed: database: simulated failure of database; rolled back',
  });
  expect(await operate(HOT_CREATE.replace('create', 'delete') + fast)).toMatchObject({
    action: 'DELETE',
    status: 'COMPLETE',
  });
  engine.kill('SIGTERM');
  expect(await engine.ended, engine.text()).toEqual([0, null]);
});
