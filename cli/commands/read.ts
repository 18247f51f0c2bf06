/** The commands that only read: get, resource, list, watch. */
import { type Command, Option } from 'commander';
import { accepted } from '../../client/errors.ts';
import * as field from '../../contract/fields.ts';
import { MAX_TIMEOUT_SECONDS, type ReportableStatus, type Stack } from '../../contract/index.ts';
import { formatShortly } from '../duration.ts';
import { EXIT, type ExitCode } from '../exit-codes.ts';
import { first } from '../first.ts';
import { readStack } from '../read-stack.ts';
import { byDeadline, newestFirst } from '../rows.ts';
import {
  durationArgument,
  examples,
  fieldArgument,
  type Session,
  type ToAction,
  UsageError,
  wholeNumber,
} from '../session.ts';
import { failureText } from '../terminal/failure-output.ts';
import { LIST_COLUMNS, OVERVIEW_COLUMNS, stackDetails, stackTable } from '../terminal/output.ts';
import { resourceDetails, resourceTable } from '../terminal/resource-output.ts';
import { createView } from '../terminal/views.ts';
import { pollAll, pollOne, watch } from '../terminal/watch.ts';

export function addReadCommands(program: Command, toAction: ToAction): void {
  program
    .command('get')
    .summary('show a stack with its current or last operation and its resource actions')
    .description(
      'Shows a stack with its current operation, or its last one until the retention time is over, and all resource ' +
        'actions of that operation: the attempt and engine of each, and its next deadline.',
    )
    .argument('<stack>', 'the stack', fieldArgument(field.stackId))
    .addHelpText(
      'after',
      examples(
        'get web',
        'get web --json',
        'get web --json | jq \'.resources[] | select(.phase == "RUNNING")\'',
      ),
    )
    .action(toAction(get));

  program
    .command('resource')
    .summary('show a resource action with its input and output')
    .description(
      'Shows the last resource action of a resource, even of an earlier operation, with its input and output.',
    )
    .argument('<stack>', 'the stack', fieldArgument(field.stackId))
    .argument('<resource>', 'the resource', fieldArgument(field.resource))
    .addHelpText(
      'after',
      examples(
        'resource web server',
        'resource web server --json',
        'resource web server --json | jq .output',
      ),
    )
    .action(toAction(getResource));

  program
    .command('list')
    .summary('list stacks: in progress, failed or complete')
    .description(
      'Lists the stacks with an operation in progress, earliest deadline first; or those whose last operation ' +
        'failed or completed, newest first, until their retention time is over.',
    )
    .addOption(
      new Option('--failed', 'those whose last operation failed or timed out').conflicts(['complete', 'all']),
    )
    .addOption(new Option('--complete', 'those whose last operation completed').conflicts('all'))
    .option('--all', 'those in progress, then those that ended')
    .addOption(
      new Option('--since <duration>', 'only those that ended so long ago or later')
        .argParser(durationArgument(1, MAX_TIMEOUT_SECONDS))
        .default(undefined, '24h; for all that are kept, give the retention time, such as 30d'),
    )
    .option(
      '--limit <count>',
      'the newest so many of those that ended; so many of those in progress, whichever the service returns ' +
        'first (default: all)',
      wholeNumber(1, 1_000_000),
    )
    .addHelpText(
      'after',
      examples(
        'list',
        'list --failed',
        'list --failed --since 7d --limit 20',
        'list --all',
        "list --json | jq '.stacks[].stackId'",
      ),
    )
    .action(toAction(list));

  program
    .command('watch')
    .summary('follow one operation or all of them')
    .description(
      "Follows a stack's operation and its resource actions until it ends, or without <stack> all operations until " +
        'Ctrl-C. On a terminal it redraws the view each second, failures first: a failed operation stays for an hour, ' +
        'also one that failed before the watch began, and a completed one for a minute. What does not fit is counted, ' +
        'the latest deadlines first. Otherwise it prints a line for each change (with --json the stack as JSON). ' +
        'The exit code is 4 if another operation supersedes the watched one.',
    )
    .argument(
      '[stack]',
      'the stack (default: all with an operation in progress)',
      fieldArgument(field.stackId),
    )
    .addOption(
      new Option('--interval <duration>', 'how often to read the service, from 1s to 1d')
        .argParser(durationArgument(1, 86_400))
        .default(2, '2s'),
    )
    .addHelpText(
      'after',
      examples(
        'watch',
        'watch web',
        'watch web --interval 10s && echo COMPLETE',
        'watch --json > changes.jsonl',
      ),
    )
    .action(toAction(watchStacks));
}

async function get(session: Session, _options: unknown, stackId: string): Promise<ExitCode> {
  const client = await session.services.client();
  const { stack, resources } = await readStack(client, stackId);
  const { terminal, now } = session.environment;
  session.print({ ok: true, stack, resources }, () =>
    [
      stackDetails(stack, now(), terminal.paint),
      ...(resources.length > 0 ? [resourceTable(resources, now(), terminal)] : []),
      ...failureText(stack, resources, now(), session.deployment, terminal.paint),
    ].join('\n\n'),
  );
  return EXIT.ok;
}

async function getResource(
  session: Session,
  _options: unknown,
  stackId: string,
  resource: string,
): Promise<ExitCode> {
  const client = await session.services.client();
  const answer = accepted(await client.getResource({ stackId, resource }));
  const { terminal, now } = session.environment;
  session.print(answer, () => resourceDetails(answer, now(), terminal.paint));
  return EXIT.ok;
}

interface ListOptions {
  readonly failed?: boolean;
  readonly complete?: boolean;
  readonly all?: boolean;
  /** Seconds. */
  readonly since?: number;
  readonly limit?: number;
}

const SINCE_DEFAULT = 86_400;

async function list(session: Session, options: ListOptions): Promise<ExitCode> {
  const { limit = Infinity, since = SINCE_DEFAULT } = options;
  const ended: ReportableStatus[] = [
    ...(options.failed || options.all ? (['FAILED'] as const) : []),
    ...(options.complete || options.all ? (['COMPLETE'] as const) : []),
  ];
  const isInProgress = ended.length === 0 || options.all === true;
  if (ended.length === 0 && options.since !== undefined)
    throw new UsageError('--since needs --failed, --complete or --all');
  const client = await session.services.client();
  const { terminal, now } = session.environment;
  const from = new Date(now() - since * 1000).toISOString();
  const running = isInProgress
    ? byDeadline(await first(client.stacks({ pageSize: pageOf(limit) }), limit))
    : [];
  const over: Stack[] = [];
  for (const status of ended) {
    over.push(...(await first(client.stacks({ status, since: from, pageSize: pageOf(limit) }), limit)));
  }
  // What ended, or started again, between two lists is in both: the later one is right.
  const seen = new Map([...running, ...over].map((stack) => [stack.stackId, stack]));
  const isLatest = (stack: Stack) => seen.get(stack.stackId) === stack;
  const stacks = [...running.filter(isLatest), ...newestFirst(over.filter(isLatest)).slice(0, limit)];
  session.print({ ok: true, stacks }, () => {
    if (stacks.length === 0) return nothing(options, since);
    return stackTable(stacks, ended.length === 0 ? LIST_COLUMNS : OVERVIEW_COLUMNS, now(), terminal);
  });
  return EXIT.ok;
}

const pageOf = (limit: number): number => Math.min(limit, 100);

function nothing({ failed, complete, all }: ListOptions, since: number): string {
  const last = `in the last ${formatShortly(since)}`;
  if (failed) return `No operation failed ${last}.`;
  if (complete) return `No operation completed ${last}.`;
  return all ? `No operation is in progress, and none ended ${last}.` : 'No operation is in progress.';
}

async function watchStacks(
  { environment, services, json }: Session,
  options: { interval: number },
  stackId: string | undefined,
): Promise<ExitCode> {
  const client = await services.client();
  const view = createView(environment, json, stackId !== undefined);
  const poll =
    stackId === undefined ? pollAll(client, environment.now, view.showsEarlier) : pollOne(client, stackId);
  return watch(poll, view, environment, options.interval * 1000);
}
