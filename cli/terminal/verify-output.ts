/** What verify found as text. */
import type { Finding } from '../verify/judge.ts';
import type { Paint } from './output.ts';
import { printable } from './printable.ts';
import { renderTable } from './table.ts';

const HELD = { held: 'yes', failed: 'NO', skipped: '-' } as const;
const COLOURS = { held: 'green', failed: 'red', skipped: 'dim' } as const;

/** A table of all findings, and below it what is wrong. */
export function verifyText(findings: readonly Finding[], paint: Paint): string {
  const table = renderTable(
    ['CASE', 'HELD', 'LATE', 'WHAT'],
    findings.map(({ name, result, latenessMs, proves }) => [
      name,
      paint(COLOURS[result], HELD[result]),
      latenessMs === undefined ? '' : `${latenessMs} ms`,
      proves,
    ]),
  );
  const notes = findings.flatMap(({ name, notes }) => notes.map((note) => `${name}: ${printable(note)}`));
  return [table, ...(notes.length > 0 ? [notes.join('\n')] : [])].join('\n\n');
}
