/** Serves the board on this machine. */
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { setFlagsFromString } from 'node:v8';
import { createAdaptorServer } from '@hono/node-server';
import { type BoardOptions, createBoard } from './app.ts';

/** Other machines cannot reach this address. */
const HOST = '127.0.0.1';

export interface RunningBoard {
  /** With the token, which the browser does not send to anybody: it stands behind the #. */
  readonly url: string;
  /** Resolves when it has stopped, by an error too. */
  readonly stopped: Promise<void>;
  stop(): void;
}

/** @throws Error with code EADDRINUSE if the port is taken. */
export async function startBoard(
  options: Omit<BoardOptions, 'token' | 'port'> & {
    /** 0: any free one. */
    readonly port: number;
  },
): Promise<RunningBoard> {
  // Each poll leaves little behind, but V8 would let a third more memory gather before it looks.
  setFlagsFromString('--optimize-for-size');
  const token = randomBytes(24).toString('base64url');
  let port = options.port;
  const { app, reader } = createBoard({ ...options, token, port: () => port });
  // Somebody opens the page in a moment: it has something to show at once.
  void reader.refresh();
  const server = createAdaptorServer({ fetch: app.fetch, hostname: HOST });
  server.listen(options.port, HOST);
  await once(server, 'listening');
  port = (server.address() as AddressInfo).port;
  return {
    url: `http://${HOST}:${port}/#token=${token}`,
    stopped: once(server, 'close').then(() => undefined),
    stop: () => {
      server.close();
      if ('closeAllConnections' in server) server.closeAllConnections();
    },
  };
}
