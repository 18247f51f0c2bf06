/** Builds the page of the board: what the browser loads, in `dist/board` or the folder given. */
import { copyFile, mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const SOURCE = fileURLToPath(new URL('../board', import.meta.url));
const [folder = fileURLToPath(new URL('../dist/board', import.meta.url))] = process.argv.slice(2);

const preact = await readFile(new URL('../node_modules/preact/LICENSE', import.meta.url), 'utf8');

await mkdir(folder, { recursive: true });
await build({
  entryPoints: { board: join(SOURCE, 'main.tsx') },
  outdir: folder,
  bundle: true,
  minify: true,
  format: 'esm',
  target: 'es2024',
  tsconfig: join(SOURCE, 'tsconfig.json'),
  // Its licence asks for it.
  banner: { js: `/*! Contains Preact.\n${preact}*/` },
});
await build({ entryPoints: [join(SOURCE, 'board.css')], outdir: folder, minify: true });
for (const name of ['index.html', 'icon.svg']) await copyFile(join(SOURCE, name), join(folder, name));
