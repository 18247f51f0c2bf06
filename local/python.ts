/** Finds a Python that the local cloud can run on. */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

const OLDEST_MINOR = 10;
/** `python3` first, since that is the user's choice; then other versions, newest first. */
const CANDIDATES = [
  'python3',
  'python3.14',
  'python3.13',
  'python3.12',
  'python3.11',
  'python3.10',
  'python',
];

/** Prints the version, and the missing modules that a virtual environment needs. */
const PROBE = `
import importlib.util as u, sys
print(*sys.version_info[:3], sep=".", end=" ")
print(*(m for m in ("venv", "ensurepip") if u.find_spec(m) is None))
`;

export type PythonCheck =
  | { readonly usable: true; readonly version: string }
  | { readonly usable: false; readonly why: string };

/** Checks what the probe printed: a version, then the missing modules. */
export function checkPython(printed: string): PythonCheck {
  const [version = '', ...missing] = printed.trim().split(/\s+/);
  const parts = /^(\d+)\.(\d+)\.(\d+)$/.exec(version);
  if (parts === null) return { usable: false, why: `prints no version: ${printed.trim() || 'nothing'}` };
  const [, major, minor] = parts.map(Number) as [number, number, number, number];
  if (major > 3) return { usable: false, why: `is ${version}, which is untested` };
  if (major < 3 || minor < OLDEST_MINOR) return { usable: false, why: `is ${version}, which is too old` };
  if (missing.length > 0) return { usable: false, why: `is ${version}, without ${missing.join(' and ')}` };
  return { usable: true, version };
}

export interface Python {
  readonly command: string;
  readonly version: string;
}

/** @throws Error that says what was found and what to install, if no Python is usable. */
export async function findPython(): Promise<Python> {
  const unusable: string[] = [];
  for (const command of CANDIDATES) {
    const printed = await probe(command);
    if (printed === undefined) continue;
    const check = checkPython(printed);
    if (check.usable) return { command, version: check.version };
    unusable.push(`${command} ${check.why}`);
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

/** The output of the probe; undefined if the command does not exist or fails. */
async function probe(command: string): Promise<string | undefined> {
  try {
    return (await promisify(execFile)(command, ['-c', PROBE], { timeout: 20_000 })).stdout;
  } catch {
    return undefined;
  }
}
