/** What a redrive did, for people. */

import type { Item, RedriveOptions, Report } from '../redrive/redrive.ts';
import { printable } from './output.ts';
import { renderTable } from './table.ts';

/** More of one kind are counted, not shown. */
const SHOWN = 20;

export function redriveText(reports: readonly Report[], options: RedriveOptions): string {
  const sections = [
    renderTable(
      ['FROM', options.dryRun ? 'WOULD BE SENT' : 'SENT', 'MALFORMED', 'FAILED'],
      reports.map((report) => [
        report.source,
        ...[report.sent, report.malformed, report.failed].map((items) => String(items.length)),
      ]),
    ),
  ];
  for (const report of reports) {
    if (options.dryRun) sections.push(...details(report, 'would be sent', report.sent));
    sections.push(
      ...details(report, malformedFate(options), report.malformed),
      ...details(report, 'failed', report.failed),
    );
    if (report.error !== undefined)
      sections.push(`${report.source}: stopped by an error: ${printable(report.error)}`);
  }
  return [...sections, ...whatNext(reports, options)].join('\n\n');
}

const malformedFate = ({ dryRun, deleteMalformed }: RedriveOptions): string => {
  if (!deleteMalformed) return 'malformed, left where they are';
  return dryRun ? 'malformed, would be deleted' : 'malformed, deleted';
};

function details(report: Report, title: string, items: readonly Item[]): string[] {
  if (items.length === 0) return [];
  const lines = items.slice(0, SHOWN).map(({ id, about }) => `  ${id}  ${printable(about)}`);
  if (items.length > SHOWN) lines.push(`  ... and ${items.length - SHOWN} more`);
  return [[`${report.source}: ${title}:`, ...lines].join('\n')];
}

function whatNext(reports: readonly Report[], { dryRun, deleteMalformed }: RedriveOptions): string[] {
  const next: string[] = [];
  if (dryRun) next.push('Nothing was changed. Without --dry-run they are sent.');
  if (reports.some(({ failed, error }) => failed.length > 0 || error !== undefined)) {
    next.push('What failed is still where it was: find the cause, then redrive again.');
  }
  if (!deleteMalformed && reports.some(({ malformed }) => malformed.length > 0)) {
    next.push(
      'Malformed ones would only come back: look where they come from; --delete-malformed deletes them.',
    );
  }
  return next;
}
