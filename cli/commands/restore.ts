import type { Command } from 'commander';
import { EXIT, type ExitCode } from '../exit-codes.ts';
import { formatCount, progressOf } from '../progress.ts';
import { type RestoreOptions, restore, whyNot } from '../restore/restore.ts';
import { examples, matching, refuseFunction, type Session, type ToAction, UsageError } from '../session.ts';
import { restoreText } from '../terminal/restore-output.ts';
import { rateOption } from './rearm.ts';

interface RestoreFlags extends Partial<RestoreOptions> {
  readonly fromTable: string;
  readonly yes?: boolean;
  readonly rate: number;
}

export function addRestore(program: Command, toAction: ToAction): void {
  program
    .command('restore')
    .summary('copy a restored table into the deployed one')
    .description(
      'Copies all rows of a table, as point-in-time recovery restores one, into the deployed table:\n' +
        '  1. switches off the event source mappings of arm, effects and wake, and the rule of the sweep\n' +
        '  2. copies every row, except what has expired and what is of the deployment itself\n' +
        '  3. switches them on, all of them\n' +
        '  4. gives every timer a new wake-up\n' +
        'Until step 3 no timeout fires. If it stops, run it again: it goes on, and no row is copied twice. A row that ' +
        'the deployed table has is kept, unless the copy is a later version of the same operation.',
    )
    .requiredOption(
      '--from-table <table>',
      'the table to copy, by name or ARN',
      matching(/^[\w.:/-]{1,1024}$/, "a table's name or ARN"),
    )
    .option('--overwrite', 'replace the rows that the deployed table has')
    .addOption(rateOption())
    .option('--dry-run', 'show what would be copied, and change nothing')
    .option('--yes', 'do it')
    .addHelpText(
      'after',
      examples(
        'restore --from-table StackTimeouts-restored --dry-run',
        'restore --from-table StackTimeouts-restored --yes',
      ),
    )
    .action(toAction(run));
}

async function run(session: Session, flags: RestoreFlags): Promise<ExitCode> {
  const { fromTable, rate, dryRun = false, overwrite = false, yes = false } = flags;
  refuseFunction(session, 'restore reads the parts of the deployment');
  if (!dryRun && !yes) {
    throw new UsageError('until it is done, no timeout fires: see --dry-run first, then add --yes');
  }
  const { environment, services } = session;
  const { terminal, now, sleep } = environment;
  const restoration = await services.restoration(fromTable);
  const { source, target } = restoration;
  const reason = whyNot(restoration);
  if (reason !== undefined) throw new UsageError(reason);

  const progress = progressOf(environment);
  const about = source.approximateCount > 0 ? ` of about ${formatCount(source.approximateCount)}` : '';
  if (!dryRun) terminal.err('Until this is done, no timeout fires. If it stops, run it again.');
  const report = await restore(
    restoration,
    { dryRun, overwrite, rate },
    {
      now,
      sleep,
      step: (text) => terminal.err(`${text} ...`),
      onCopied: ({ read, copied }) =>
        progress(() => `  ${formatCount(read)}${about} rows read, ${formatCount(copied)} copied`),
      onRearmed: ({ rearmed }) => progress(() => `  ${formatCount(rearmed)} timers`),
    },
  );
  const ok = report.failed === 0;
  const options = { dryRun, overwrite, source: source.name, target: target.name };
  session.print({ ok, ...options, ...report }, () => restoreText(report, options));
  return ok ? EXIT.ok : EXIT.infrastructure;
}
