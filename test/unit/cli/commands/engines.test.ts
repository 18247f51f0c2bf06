import { expect, test } from 'vitest';
import { resourceAction } from '../../../support/resources.ts';
import { FakeCli } from '../fake-cli.ts';

/** `a` holds work of two stacks, `b` has done its work, `c` works for another stack. */
async function withEngines(): Promise<FakeCli> {
  const cli = new FakeCli();
  for (const stackId of ['web', 'db']) await cli.service.start(stackId, 3600);
  for (const [resource, stackId, engine] of [
    ['server', 'web', 'a'],
    ['key', 'web', 'b'],
    ['volume', 'db', 'a'],
    ['net', 'db', 'c'],
  ] as const) {
    const work = resourceAction(cli.service, resource, stackId);
    await work.dispatch({ heartbeatSeconds: 60 });
    await work.claim(engine);
    if (engine === 'b') await work.complete({}, engine);
  }
  await resourceAction(cli.service, 'waits', 'web').dispatch();
  return cli;
}

test('what each engine holds, over all stacks in progress', async () => {
  const cli = await withEngines();
  const { code, out } = await cli.run('engines', '--json');
  expect(code).toBe(0);
  const { ok, engines } = JSON.parse(out);
  expect(ok).toBe(true);
  const holds = engines.map(
    (engine: { engineId: string; holds: { stackId: string; resource: string }[] }) => [
      engine.engineId,
      engine.holds.map(({ stackId, resource }) => `${stackId} ${resource}`).toSorted(),
    ],
  );
  expect(Object.fromEntries(holds)).toEqual({
    'engine-of-a': ['db volume', 'web server'],
    'engine-of-b': [],
    'engine-of-c': ['db net'],
  });
});

test('of one stack', async () => {
  const { out } = await (await withEngines()).run('engines', 'web');
  expect(out).toMatch(/^ENGINE +HEARD +HOLDS +WORK$/m);
  expect(out).toMatch(/^engine-of-a .* 1 +web server \(attempt 1\)$/m);
  expect(out).not.toContain('engine-of-c');
});

test('says when each was last heard, those heard last first', async () => {
  const cli = new FakeCli();
  const at = (time: string) => `2026-01-31T${time}.000Z`;
  const common = {
    stackId: 'web',
    operationId: 'op-1',
    action: 'CREATE',
    attempt: 1,
    maxAttempts: 1,
    version: 1,
  };
  const running = { ...common, status: 'IN_PROGRESS', phase: 'RUNNING', statusReason: 'claimed' };
  const resources = [
    { ...running, resource: 'x', engineId: 'a', lastHeartbeatAt: at('11:59:00') },
    { ...running, resource: 'y', engineId: 'a', lastHeartbeatAt: at('11:59:30') },
    { ...running, resource: 'z', engineId: 'b', phaseStartedAt: at('11:59:50') },
    { ...running, resource: 'w', engineId: 'c' },
  ];
  cli.transport.answers.push({ ok: true, stack: {}, resources });
  const { out } = await cli.run('engines', 'web');
  expect(out.split('\n')).toEqual([
    'ENGINE  HEARD    HOLDS  WORK',
    'b       10s ago  1      web z (attempt 1)',
    'a       30s ago  2      web x (attempt 1), web y (attempt 1)',
    'c                1      web w (attempt 1)',
  ]);
});

test('says when there is none; a stack that does not exist is refused', async () => {
  expect((await new FakeCli().run('engines')).out).toBe('No engine has claimed work.');
  expect((await new FakeCli().run('engines', 'nowhere')).code).toBe(3);
});
