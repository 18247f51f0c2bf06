import { type Command, Option } from 'commander';
import { EXIT, type ExitCode } from '../exit-codes.ts';
import { parseDeadWakeUp, parseDeadWork } from '../redrive/dead-letters.ts';
import {
  type DeadLetters,
  type Destination,
  type RedriveOptions,
  type Report,
  redriveQueue,
} from '../redrive/redrive.ts';
import { redriveStream } from '../redrive/stream.ts';
import { examples, oneOf, type Session, type ToAction, UsageError } from '../session.ts';
import { redriveText } from '../terminal/redrive-output.ts';

const timerQueue = ({ sendWakeUps }: DeadLetters): Destination => ({
  name: 'the timer queue',
  send: sendWakeUps,
  parse: parseDeadWakeUp,
});
const workQueue = ({ sendWork }: DeadLetters): Destination => ({
  name: 'the work queue',
  send: sendWork,
  parse: parseDeadWork,
});

const SOURCES = {
  timers: (deadLetters, options) =>
    redriveQueue('timers', deadLetters.timers, timerQueue(deadLetters), options),
  schedules: (deadLetters, options) =>
    redriveQueue('schedules', deadLetters.schedules, timerQueue(deadLetters), options),
  work: (deadLetters, options) => redriveQueue('work', deadLetters.work, workQueue(deadLetters), options),
  'work-rule': (deadLetters, options) =>
    redriveQueue('work-rule', deadLetters.workRule, workQueue(deadLetters), options),
  stream: (deadLetters, options) =>
    redriveStream('stream', deadLetters.stream, deadLetters.streamFunctions, options),
} satisfies Record<string, (deadLetters: DeadLetters, options: RedriveOptions) => Promise<Report>>;
type Source = keyof typeof SOURCES;
const ALL = 'all';

export function addRedrive(program: Command, toAction: ToAction): void {
  const sources = Object.keys(SOURCES) as Source[];
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
        .argParser(oneOf([...sources, ALL]))
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
  // A function's name does not tell where the queues are: the default stack may be another
  // deployment.
  if (session.deployment.function !== undefined) {
    throw new UsageError(
      'redrive reads the queues from the outputs of a CloudFormation stack: use --stack-name, not --function',
    );
  }
  const deadLetters = await session.services.deadLetters();
  const sources = flags.queue === ALL ? Object.values(SOURCES) : [SOURCES[flags.queue]];
  const reports: Report[] = [];
  for (const source of sources) reports.push(await source(deadLetters, options));
  const ok = reports.every(({ failed, error }) => failed.length === 0 && error === undefined);
  session.print({ ok, ...options, reports }, () => redriveText(reports, options));
  return ok ? EXIT.ok : EXIT.infrastructure;
}
