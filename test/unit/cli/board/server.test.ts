import { once } from 'node:events';
import { connect } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { startBoard } from '../../../../cli/board/server.ts';
import { TOKEN_HEADER } from '../../../../cli/board/view.ts';
import { FakeHealth } from './fake-health.ts';
import { FakeService } from './fake-service.ts';

async function started() {
  const service = new FakeService();
  const explain = String;
  const options = { client: service, health: new FakeHealth(), explain, readOnly: false, port: 0 };
  const assets = new Map([['/', { type: 'text/html', body: Buffer.from('<p>page</p>') }]]);
  const board = await startBoard({ ...options, assets, now: () => service.now });
  onTestFinished(() => board.stop());
  return { board, url: new URL(board.url) };
}

test('serves with the token of the address, and refuses without', async () => {
  const { url } = await started();
  const token = new URLSearchParams(url.hash.slice(1)).get('token') ?? '';
  expect(token).toMatch(/^[\w-]{32}$/);
  const ask = (headers: Record<string, string>) => fetch(new URL('/api/overview', url), { headers });
  expect((await ask({ [TOKEN_HEADER]: token })).status).toBe(200);
  expect((await ask({})).status).toBe(401);
});

test('each board has a token of its own', async () => {
  const [one, other] = [await started(), await started()];
  expect(one.url.hash).not.toBe(other.url.hash);
});

test('listens on 127.0.0.1 alone', async () => {
  const { url } = await started();
  // An address of this machine as well: whoever listens on all of them is reached here.
  const socket = connect({ host: '127.0.0.2', port: Number(url.port) });
  const [error] = await once(socket, 'error');
  expect(error).toMatchObject({ code: 'ECONNREFUSED' });
});

test('stops though a browser keeps its connection', async () => {
  const { board, url } = await started();
  await (await fetch(url)).text();
  board.stop();
  await board.stopped;
  await expect(fetch(url)).rejects.toThrow();
});
