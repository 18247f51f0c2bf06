/** Finds a Python that the local cloud can run on. */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

const OLDEST_MINOR = 10;
/** `python3` first, as it is the one that people choose; then what else may be installed, newest first. */
const CANDIDATES = [
  'python3',
  'python3.14',
  'python3.13',
  'python3.12',
  'python3.11',
  'python3.10',
  'python',
];

/** Prints the version, and what a virtual environment needs but some distributions leave out. */
const PROBE = `
import importlib.util as u, sys
print(*sys.version_info[:3], sep=".", end=" ")
print(*(m for m in ("venv", "ensurepip") if u.find_spec(m) is None))
`;

export type Verdict =
  | { readonly usable: true; readonly version: string }
  | { readonly usable: false; readonly why: string };

/** Judges what the probe printed: a version, then the modules that are missing. */
export function judgePython(printed: string): Verdict {
  const [version = '', ...missing] = printed.trim().split(/\s+/);
  const parts = /^(\d+)\.(\d+)\.(\d+)$/.exec(version);
  if (parts === null)
    return { usable: false, why: `does not tell its version: ${printed.trim() || 'nothing'}` };
  const [, major, minor] = parts.map(Number) as [number, number, number, number];
  if (major > 3) return { usable: false, why: `is ${version}, which nothing here was tried with` };
  if (major < 3 || minor < OLDEST_MINOR) return { usable: false, why: `is ${version}, which is too old` };
  if (missing.length > 0) return { usable: false, why: `is ${version}, without ${missing.join(' and ')}` };
  return { usable: true, version };
}

export interface Python {
  readonly command: string;
  readonly version: string;
}

/** @throws Error that says what was found and what to install, if none will do. */
export async function findPython(): Promise<Python> {
  const unusable: string[] = [];
  for (const command of CANDIDATES) {
    const printed = await probe(command);
    if (printed === undefined) continue;
    const verdict = judgePython(printed);
    if (verdict.usable) return { command, version: verdict.version };
    unusable.push(`${command} ${verdict.why}`);
  }
  throw new Error(
    [
      `the local cloud needs Python 3.${OLDEST_MINOR} or newer with venv; found ${unusable.join('; ') || 'no Python'}.`,
      'Debian, Ubuntu: sudo apt install python3 python3-venv',
      'Fedora: sudo dnf install python3',
      'macOS: brew install python',
    ].join('\n  '),
  );
}

/** What the probe prints; undefined if there is no such command or it does not work. */
async function probe(command: string): Promise<string | undefined> {
  try {
    return (await promisify(execFile)(command, ['-c', PROBE], { timeout: 20_000 })).stdout;
  } catch {
    return undefined;
  }
}
