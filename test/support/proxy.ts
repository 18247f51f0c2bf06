/** A way to a server that can be cut. */
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';

export interface Connection {
  readonly endpoint: string;
  /** Ends every connection and takes no other. */
  cut(): Promise<void>;
  mend(): Promise<void>;
  /** Nothing comes through the connections that there are; they stay open. */
  dropData(): void;
}

export async function proxyTo(endpoint: string): Promise<Connection> {
  const { hostname, port } = new URL(endpoint);
  const sockets = new Set<Socket>();
  const server: Server = createServer((near) => {
    const far = connect(Number(port), hostname);
    for (const [one, other] of [
      [near, far],
      [far, near],
    ] as const) {
      sockets.add(one);
      one.pipe(other);
      one.on('error', () => other.destroy());
      one.on('close', () => {
        sockets.delete(one);
        other.destroy();
      });
    }
  });
  const listen = async (at: number) => {
    server.listen(at, '127.0.0.1');
    await once(server, 'listening');
  };
  await listen(0);
  const own = (server.address() as AddressInfo).port;
  const cut = async () => {
    const closed = once(server, 'close');
    server.close();
    for (const socket of sockets) socket.destroy();
    await closed;
  };
  const dropData = () => {
    for (const socket of sockets) socket.unpipe().resume();
  };
  return { endpoint: `http://127.0.0.1:${own}`, cut, mend: () => listen(own), dropData };
}
