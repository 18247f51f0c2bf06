/** The command history: what happened to a stack, as a timeline and as a table. */
import type { Command } from 'commander';
import type { StackTimeoutsClient } from '../../client/client.ts';
import * as field from '../../contract/fields.ts';
import type { CliEnvironment } from '../environment.ts';
import { EXIT, type ExitCode } from '../exit-codes.ts';
import { historyText } from '../history/page.ts';
import { readHistory } from '../history/read.ts';
import { timelineSvg } from '../history/svg.ts';
import { type Timeline, timelineOf } from '../history/timeline.ts';
import { readStackIfThere, type StackWithResources } from '../read-stack.ts';
import { examples, fieldArgument, type Session, type ToAction, UsageError, wholeNumber } from '../session.ts';
import { printable } from '../terminal/printable.ts';

interface HistoryOptions {
  readonly operation?: string;
  readonly resource?: string;
  readonly limit?: number;
  readonly svg?: string;
  readonly timeline: boolean;
  readonly ascii?: boolean;
}

/** Of a stack with many operations, older ones are asked for by name. */
const DEFAULT_LIMIT = 2000;

export function addHistory(program: Command, toAction: ToAction): void {
  program
    .command('history')
    .summary('show what happened to a stack: timeline, attempts, engines, causes')
    .description(
      'Shows the status changes of an operation and of its resource actions, for the retention time after each: ' +
        'as a timeline, and as a table, newest first. Times are in UTC.',
    )
    .argument('<stack>', 'the stack', fieldArgument(field.stackId))
    .option(
      '--operation <id>',
      'only this operation (default: the newest; with --json all)',
      fieldArgument(field.operationId),
    )
    .option('--resource <name>', 'only the resource action of this resource', fieldArgument(field.resource))
    .option(
      '--limit <count>',
      `read at most the newest <count> entries (default: ${DEFAULT_LIMIT}; with --operation or --json all)`,
      wholeNumber(1, 1_000_000),
    )
    .option('--svg <file>', 'write the timeline to <file> as SVG as well')
    .option('--no-timeline', 'only the table')
    .option('--ascii', 'draw in ASCII (default: if the terminal or its locale can show no more)')
    .addHelpText(
      'after',
      examples(
        'history web',
        'history web --operation 7f3c --svg web.svg',
        'history web --resource server --limit 20',
        "history web --json | jq -r '.history[] | [.at, .resource, .transition, .engineId] | @tsv'",
      ),
    )
    .action(toAction(history));
}

async function history(session: Session, options: HistoryOptions, stackId: string): Promise<ExitCode> {
  const { json, environment } = session;
  const { operation: operationId, resource, svg } = options;
  const { limit = operationId || json ? Infinity : DEFAULT_LIMIT } = options;
  const client = await session.services.client();
  const filter = { stackId, ...(operationId && { operationId }), ...(resource && { resource }) };
  const entries = await readHistory(client, filter, limit);
  // It tells the deadline as it is now, and what is going on.
  const current = json && svg === undefined ? undefined : await currentState(client, stackId, resource);
  const timeline =
    entries.length === 0
      ? undefined
      : timelineOf(entries, { now: environment.now(), operationId, ...current });
  // Before anything is printed: an error is the only answer.
  if (svg !== undefined) await writeSvg(environment, svg, timeline);
  session.print({ ok: true, history: entries }, () =>
    historyText(stackId, entries, timeline, {
      ...options,
      terminal: environment.terminal,
      deployment: session.deployment,
    }),
  );
  if (svg !== undefined) environment.terminal.err(`The timeline is in ${printable(svg)}`);
  return EXIT.ok;
}

async function writeSvg(
  { writeFile }: CliEnvironment,
  path: string,
  timeline: Timeline | undefined,
): Promise<void> {
  if (timeline === undefined) throw new UsageError(`There is no timeline to write to ${path}.`);
  try {
    await writeFile(path, timelineSvg(timeline));
  } catch (error) {
    throw new UsageError(`Cannot write ${path}: ${(error as Error).message}`);
  }
}

/** Nothing if the stack is gone, though entries of it are left. */
async function currentState(
  client: StackTimeoutsClient,
  stackId: string,
  resource: string | undefined,
): Promise<Partial<StackWithResources>> {
  const current = await readStackIfThere(client, stackId);
  if (current === undefined) return {};
  const { stack, resources } = current;
  return { stack, resources: resources.filter((one) => resource === undefined || one.resource === resource) };
}
