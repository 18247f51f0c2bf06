import { type Command, InvalidArgumentError, Option } from 'commander';
import { EXIT, type ExitCode } from '../exit-codes.ts';
import { formatCount, progressOf } from '../progress.ts';
import { DEFAULT_REARM_RATE, rearmAll } from '../restore/rearm.ts';
import { examples, type Session, type ToAction, wholeNumber } from '../session.ts';

interface RearmFlags {
  readonly before?: Date;
  readonly rate: number;
  readonly dryRun?: boolean;
}

export const rateOption = (): Option =>
  new Option('--rate <rows>', 'how many rows to rearm in a second, at most')
    .argParser(wholeNumber(1, 10_000))
    .default(DEFAULT_REARM_RATE);

export function addRearm(program: Command, toAction: ToAction): void {
  program
    .command('rearm')
    .summary('give every timer a new wake-up')
    .description(
      'Gives every operation and resource action in progress a new timer, and so a new wake-up: after the schedules ' +
        'were lost, or EventBridge Scheduler did not accept them. No deadline moves. You can run it at any time and ' +
        'more than once.',
    )
    .addOption(
      new Option(
        '--before <time>',
        'leave alone the timers that were set since; run it with the same time again to go on (default: now, by the clock of the service)',
      ).argParser(time),
    )
    .addOption(rateOption())
    .option('--dry-run', 'count the timers, and change nothing')
    .addHelpText(
      'after',
      examples('rearm --dry-run', 'rearm', 'rearm --before 2026-01-31T12:00:00.000Z --rate 2000'),
    )
    .action(toAction(rearm));
}

async function rearm({ environment, services, print }: Session, flags: RearmFlags): Promise<ExitCode> {
  const { rate, dryRun = false } = flags;
  const progress = progressOf(environment);
  let isFirst = true;
  const { before, ...total } = await rearmAll(
    await services.rearm(),
    { before: flags.before, rate, dryRun },
    environment,
    ({ before, rearmed }) => {
      if (isFirst && !dryRun) environment.terminal.err(`If this stops, go on with: ${againFrom(before)}`);
      isFirst = false;
      progress(() => `${formatCount(rearmed)} timers so far`);
    },
  );
  const ok = total.failed === 0;
  print({ ok, dryRun, before, ...total }, () =>
    [
      dryRun
        ? `${formatCount(total.rearmed)} timers would get a new wake-up. Nothing was changed.`
        : `${formatCount(total.rearmed)} timers get a new wake-up.`,
      ...(ok
        ? []
        : [
            `${formatCount(total.failed)} rows could not be read or written. Try them again: ${againFrom(before)}`,
          ]),
    ].join('\n'),
  );
  return ok ? EXIT.ok : EXIT.infrastructure;
}

const againFrom = (before = ''): string => `stack-timeouts rearm --before ${before}`;

function time(text: string): Date {
  const parsed = new Date(text);
  if (/^\d{4}-\d\d-\d\dT.*(Z|[+-]\d\d:\d\d)$/.test(text) && !Number.isNaN(parsed.getTime())) return parsed;
  throw new InvalidArgumentError('It must be a time with its zone, as 2026-01-31T12:00:00Z.');
}
