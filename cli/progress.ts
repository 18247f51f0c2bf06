import type { CliEnvironment } from './environment.ts';

const INTERVAL_MS = 5000;

/** Writes progress to stderr: at most one line in five seconds. */
export function progressOf({ terminal, now }: CliEnvironment): (line: () => string) => void {
  let last = now();
  return (line) => {
    if (now() - last < INTERVAL_MS) return;
    last = now();
    terminal.err(line());
  };
}

/** 12 345 678 */
export const formatCount = (count: number): string => count.toLocaleString('en').replaceAll(',', ' ');
