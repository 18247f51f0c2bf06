/** What the browser loads. `npm run build` makes it; the package contains it. */
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';

export interface Asset {
  readonly type: string;
  readonly body: Uint8Array;
}

const FILES = {
  '/': ['index.html', 'text/html; charset=utf-8'],
  '/board.js': ['board.js', 'text/javascript; charset=utf-8'],
  '/board.css': ['board.css', 'text/css; charset=utf-8'],
  '/icon.svg': ['icon.svg', 'image/svg+xml'],
} as const;

/** This file is compiled in the package's `dist`, or in a checkout. */
const FOLDERS = ['../../board/', '../../dist/board/'];

export async function loadAssets(): Promise<ReadonlyMap<string, Asset>> {
  const folder = FOLDERS.map((path) => new URL(path, import.meta.url)).find((url) =>
    existsSync(new URL('board.js', url)),
  );
  if (folder === undefined) throw new Error('the page of the board is not built: npm run build');
  return new Map(
    await Promise.all(
      Object.entries(FILES).map(
        async ([path, [name, type]]): Promise<[string, Asset]> => [
          path,
          { type, body: await readFile(new URL(name, folder)) },
        ],
      ),
    ),
  );
}
