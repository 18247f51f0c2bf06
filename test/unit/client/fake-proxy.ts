/** An HTTP proxy on this machine. */
import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { onTestFinished, vi } from 'vitest';

/**
 * Answers plain requests in place of whoever they are for, and takes tunnels, which lead nowhere.
 */
export async function fakeProxy(answer: (url: string, headers: IncomingHttpHeaders) => string = () => '') {
  /** Of each plain request: its URL. */
  const requests: string[] = [];
  /** Of each tunnel: where to, and the first byte that the client sent through it. */
  const tunnels: { readonly to: string; readonly firstByte: number | undefined }[] = [];
  const server = createServer(({ url = '', headers }, response) => {
    requests.push(url);
    response.end(answer(url, headers));
  });
  server.on('connect', ({ url = '' }, socket: Socket) => {
    socket.on('error', () => undefined);
    socket.once('data', (data: Buffer) => {
      tunnels.push({ to: url, firstByte: data[0] });
      socket.destroy();
    });
    socket.write('HTTP/1.1 200 Connection established\r\n\r\n');
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const env: Record<string, string> = {
    AWS_REGION: 'eu-west-1',
    AWS_ACCESS_KEY_ID: 'test',
    AWS_SECRET_ACCESS_KEY: 'test',
    AWS_MAX_ATTEMPTS: '1',
  };
  for (const name of ['HTTP_PROXY', 'HTTPS_PROXY', 'NO_PROXY']) {
    env[name] = '';
    env[name.toLowerCase()] = '';
  }
  for (const [name, value] of Object.entries(env)) vi.stubEnv(name, value);
  onTestFinished(() => {
    vi.unstubAllEnvs();
    server.closeAllConnections();
    server.close();
  });
  return { address: `127.0.0.1:${(server.address() as AddressInfo).port}`, requests, tunnels, server };
}
