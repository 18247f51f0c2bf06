import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { FakeHealth } from '../board/fake-health.ts';
import { FakeService } from '../board/fake-service.ts';
import { FakeCli } from '../fake-cli.ts';

function withBoard(): FakeCli {
  const cli = new FakeCli();
  cli.board = { client: new FakeService(), health: new FakeHealth(), assets: new Map() };
  return cli;
}

test('a port that is in use: which one, and what to do', async () => {
  const other = createServer().listen(0, '127.0.0.1');
  onTestFinished(() => void other.close());
  await once(other, 'listening');
  const { port } = other.address() as AddressInfo;
  const { code, err } = await withBoard().run('board', '--port', String(port));
  expect(code).toBe(2);
  expect(err).toContain(`port ${port} is in use: choose another one with --port`);
});

test.each(['-1', '65536', 'http'])('%s is no port', async (port) => {
  const { code, err } = await withBoard().run('board', '--port', port);
  expect(code).toBe(2);
  expect(err).toContain('--port');
});
