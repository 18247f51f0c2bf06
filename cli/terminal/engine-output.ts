/** Formats engines as text. */
import type { Terminal } from '../environment.ts';
import { timeSince } from './output.ts';
import { printableRow } from './printable.ts';
import { type Column, renderTable } from './table.ts';
import { roomOf } from './width.ts';

/** An engine, as resource actions name it. */
export interface EngineSeen {
  readonly engineId: string;
  /** Absent if the service does not tell. */
  readonly lastHeardAt?: string;
  /** The attempts that it works on. */
  readonly holds: readonly {
    readonly stackId: string;
    readonly resource: string;
    readonly attempt: number;
  }[];
}

const COLUMNS: readonly Column[] = [
  { title: 'ENGINE', shrinksTo: 16 },
  { title: 'HEARD' },
  { title: 'HOLDS' },
  { title: 'WORK', shrinksTo: 16 },
];

export function engineTable(engines: readonly EngineSeen[], now: number, terminal: Terminal): string {
  const rows = engines
    .map(printableRow)
    .map(({ engineId, lastHeardAt, holds }) => [
      engineId,
      lastHeardAt === undefined ? '' : `${timeSince(lastHeardAt, now)} ago`,
      String(holds.length),
      holds.map(({ stackId, resource, attempt }) => `${stackId} ${resource} (attempt ${attempt})`).join(', '),
    ]);
  return renderTable(COLUMNS, rows, roomOf(terminal));
}
