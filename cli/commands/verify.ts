import { type Command, Option } from 'commander';
import { formatDuration } from '../duration.ts';
import { EXIT, type ExitCode } from '../exit-codes.ts';
import { progressOf } from '../progress.ts';
import { durationArgument, examples, refuseFunction, type Session, type ToAction } from '../session.ts';
import { verifyText } from '../terminal/verify-output.ts';
import { longestSeconds, planOf } from '../verify/plan.ts';
import { verify } from '../verify/verify.ts';

/** As `latenessAlarmSeconds` has it by default. */
const MAX_LATENESS_SECONDS = 5;

export function addVerify(program: Command, toAction: ToAction): void {
  program
    .command('verify')
    .summary('prove a deployment: run every kind of timeout, and look at its parts')
    .description(
      'Proves a deployment in under six minutes with the default settings. It starts an operation of every kind under ' +
        'stack ids of its own, ends some, extends some, deletes the schedule of one, and is an engine that falls ' +
        'silent. Then it looks at dead letters, alarms, event source mappings and the canary, and prints what held ' +
        'and how late it was.\n' +
        'The lost schedule sets off the alarms sweep-overdue and lateness. It needs more permissions than other ' +
        'commands: see docs/guides/operating.md.\n' +
        'It cancels what still runs, after Ctrl-C too. What has ended expires after the retention time.',
    )
    .addOption(
      new Option('--max-lateness <duration>', 'how late a timeout may be at most; the sweep may be later')
        .argParser(durationArgument(1, 3600))
        .default(MAX_LATENESS_SECONDS, `${MAX_LATENESS_SECONDS}s`),
    )
    .addHelpText('after', examples('verify', 'verify --json > verify.json', '--local verify'))
    .action(toAction(run));
}

async function run(session: Session, flags: { maxLateness: number }): Promise<ExitCode> {
  refuseFunction(session, 'verify reads the parts of the deployment');
  const { environment, services } = session;
  const { terminal, now, newId } = environment;
  const stop = environment.stopOnSignals();
  stop.addEventListener('abort', () => terminal.err('cancelling what still runs ...'));
  const client = await services.client();
  const parts = await services.parts();
  const plan = planOf(parts.settings, { maxLatenessMs: flags.maxLateness * 1000 });
  const prefix = `stack-timeouts-verify/${newId().slice(0, 8)}`;
  const startedAt = now();
  terminal.err(
    `Starts operations on stacks ${prefix}/*. It takes up to ${formatDuration(longestSeconds(plan))} and some seconds.`,
  );
  const waiting = new Set(plan.map(({ name }) => name));
  const progress = progressOf(environment);
  const report = await verify(
    client,
    parts,
    { plan, prefix, stop },
    {
      ...environment,
      onEnded({ name }) {
        waiting.delete(name);
        if (waiting.size > 0) progress(() => `  waiting for ${[...waiting].join(', ')}`);
      },
    },
  );
  if (report.left.length > 0) {
    terminal.err(`These could not be cancelled, and end at their deadlines: ${report.left.join(', ')}`);
  }
  if (report.interrupted) return EXIT.interrupted;
  const ok = report.findings.every(({ result }) => result !== 'failed');
  const seconds = Math.ceil((now() - startedAt) / 1000);
  // Without the account's id: whoever has trouble sends this to us.
  const { timerQueueArn: _, ...settings } = parts.settings;
  session.print({ ok, prefix, seconds, settings, findings: report.findings }, () =>
    [
      verifyText(report.findings, terminal.paint),
      `${ok ? 'Everything held' : 'Not everything held'}, in ${formatDuration(seconds)}. The ended stacks ${prefix}/* expire by themselves.`,
    ].join('\n\n'),
  );
  return ok ? EXIT.ok : EXIT.infrastructure;
}
