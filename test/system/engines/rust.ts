import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

const OLDEST_MINOR = 88;

/** What is wrong with what `cargo --version` printed; undefined if it is new enough. */
export function whatIsWrongWithCargo(printed: string | undefined): string | undefined {
  const [, version, minor] = /^cargo (1\.(\d+)\.\d+)/.exec(printed ?? '') ?? [];
  if (version !== undefined && Number(minor) >= OLDEST_MINOR) return undefined;
  const found = printed === undefined ? 'no cargo' : (version ?? printed.trim());
  return `the tests on engines of others need Rust 1.${OLDEST_MINOR} or newer (https://rustup.rs); found ${found}`;
}

/** @throws Error that says in one line what is missing. */
export async function requireRust(): Promise<void> {
  const printed = await promisify(execFile)('cargo', ['--version']).then(
    ({ stdout }) => stdout,
    () => undefined,
  );
  const wrong = whatIsWrongWithCargo(printed);
  if (wrong !== undefined) throw new Error(wrong);
}
