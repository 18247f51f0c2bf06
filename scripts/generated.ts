/** Files that are generated and committed: written, or compared with what would be written. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';

const ROOT = new URL('../', import.meta.url);

export const readSource = (path: string): string => readFileSync(new URL(path, ROOT), 'utf8');

/** The paths whose content is not what it should be. */
export const staleAmong = (files: ReadonlyMap<string, string>): string[] =>
  [...files].flatMap(([path, content]) =>
    existsSync(new URL(path, ROOT)) && readSource(path) === content ? [] : [path],
  );

/**
 * Writes the files; with `--check` among the arguments, only tells which are stale, and exits with
 * 1 if any is.
 */
export function writeOrCheck(files: ReadonlyMap<string, string>, args: readonly string[]): void {
  if (!args.includes('--check')) {
    for (const [path, content] of files) writeFileSync(new URL(path, ROOT), content);
    return;
  }
  for (const path of staleAmong(files)) {
    console.error(`${path} is stale: run "npm run docs", and commit it`);
    process.exitCode = 1;
  }
}
