/** A way to the local cloud that can be closed: the service is gone for its users, and loses nothing. */
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

export interface Gate {
  /** The URL that leads through the gate. */
  through(url: string): string;
  /** Refuses everything, and breaks off what is in progress. */
  close(): void;
  open(): void;
}

export async function createGate(endpoint: string): Promise<Gate> {
  const target = new URL(endpoint);
  const sockets = new Set<Socket>();
  let isOpen = true;
  const server = createServer((socket) => {
    socket.on('error', () => {});
    if (!isOpen) {
      socket.destroy();
      return;
    }
    const other = connect(Number(target.port), target.hostname);
    for (const one of [socket, other]) {
      sockets.add(one);
      one.on('error', () => {});
      one.on('close', () => {
        sockets.delete(one);
        socket.destroy();
        other.destroy();
      });
    }
    socket.pipe(other).pipe(socket);
  });
  server.listen(0, '127.0.0.1').unref();
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    through(url) {
      const changed = new URL(url);
      changed.port = String(port);
      return changed.toString();
    },
    close() {
      isOpen = false;
      for (const socket of sockets) socket.destroy();
    },
    open() {
      isOpen = true;
    },
  };
}
