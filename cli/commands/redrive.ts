import { type Command, Option } from 'commander';
import { EXIT, type ExitCode } from '../exit-codes.ts';
import { type Report, SOURCE_NAMES, type Source } from '../redrive/report.ts';
import { SOURCES } from '../redrive/sources.ts';
import { examples, oneOf, refuseFunction, type Session, type ToAction } from '../session.ts';
import { redriveText } from '../terminal/redrive-output.ts';

const ALL = 'all';

export function addRedrive(program: Command, toAction: ToAction): void {
  program
    .command('redrive')
    .summary('send dead-lettered messages and stream records again')
    .description(
      'Sends dead-lettered messages and stream records again, each at least once:\n' +
        "  timers     from the timer queue's dead-letter queue to the timer queue\n" +
        "  schedules  from EventBridge Scheduler's dead-letter queue to the timer queue\n" +
        "  work       from the work queue's dead-letter queue to the work queue\n" +
        "  work-rule  from the EventBridge rule's dead-letter queue to the work queue\n" +
        '  stream     the stream records that a function failed on, to that function\n' +
        'Find and remove the cause first, or they fail again. Malformed messages stay where they are.',
    )
    .addOption(
      new Option('--queue <queue>', 'timers, schedules, work, work-rule, stream or all')
        .argParser(oneOf([...SOURCE_NAMES, ALL]))
        .default(ALL, 'all'),
    )
    .option('--dry-run', 'show what would be sent, and change nothing')
    .option('--delete-malformed', 'delete malformed messages')
    .addHelpText(
      'after',
      examples('redrive --dry-run', 'redrive', 'redrive --queue timers --delete-malformed'),
    )
    .action(toAction(redrive));
}

async function redrive(
  session: Session,
  flags: { queue: Source | typeof ALL; dryRun?: boolean; deleteMalformed?: boolean },
): Promise<ExitCode> {
  const options = { dryRun: flags.dryRun === true, deleteMalformed: flags.deleteMalformed === true };
  refuseFunction(session, 'redrive reads the queues');
  const deadLetters = await session.services.deadLetters();
  const sources = flags.queue === ALL ? Object.values(SOURCES) : [SOURCES[flags.queue]];
  const reports: Report[] = [];
  for (const source of sources) reports.push(await source(deadLetters, options));
  const ok = reports.every(({ failed, error }) => failed.length === 0 && error === undefined);
  session.print({ ok, ...options, reports }, () => redriveText(reports, options));
  return ok ? EXIT.ok : EXIT.infrastructure;
}
