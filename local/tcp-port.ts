import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';

const HOST = '127.0.0.1';

async function listen(port: number): Promise<number> {
  const server = createServer();
  server.listen({ host: HOST, port, exclusive: true });
  await once(server, 'listening');
  const { port: bound } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return bound;
}

const found = new Set<number>();

/** Finds a port that is free at the moment, and that this process has not found before. */
export async function freePort(): Promise<number> {
  const port = await listen(0);
  if (found.has(port)) return freePort();
  found.add(port);
  return port;
}

/** @throws Error if the port is in use. */
export async function assertPortFree(port: number): Promise<void> {
  try {
    await listen(port);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code !== 'EADDRINUSE') throw error;
    throw new Error(
      `port ${port} is in use, perhaps by another local cloud. Stop that, or choose another port: LOCAL_CLOUD_PORT=${port + 1} npm run local`,
    );
  }
}
