/** The commands that only read: get, resource, list, watch. */
import { type Command, Option } from 'commander';
import type { StackTimeoutsClient } from '../../client/client.ts';
import { accepted } from '../../client/errors.ts';
import * as field from '../../contract/fields.ts';
import type { ResourceAction, Stack } from '../../contract/index.ts';
import { EXIT, type ExitCode } from '../exit-codes.ts';
import {
  durationArgument,
  examples,
  fieldArgument,
  type Session,
  type ToAction,
  wholeNumber,
} from '../session.ts';
import { byDeadline, LIST_COLUMNS, stackDetails, stackTable } from '../terminal/output.ts';
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
    .summary('list the stacks with an operation in progress')
    .description('Lists the stacks with an operation in progress, earliest deadline first.')
    .option(
      '--limit <count>',
      'list at most so many stacks, whichever the service returns first (default: all)',
      wholeNumber(1, 1_000_000),
    )
    .addHelpText('after', examples('list', 'list --limit 100', "list --json | jq '.stacks[].stackId'"))
    .action(toAction(list));

  program
    .command('watch')
    .summary('follow one operation or all of them')
    .description(
      "Follows a stack's operation until it ends, or without <stack> all operations until Ctrl-C. On a terminal it " +
        'redraws the view each second; otherwise it prints a line for each change (with --json the stack as JSON). ' +
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
  const first = accepted(await client.getStack({ stackId }));
  const resources = first.nextToken === undefined ? first.resources : await allResources(client, stackId);
  const { stack } = first;
  const { terminal, now } = session.environment;
  session.print({ ok: true, stack, resources }, () =>
    [
      stackDetails(stack, now(), terminal.paint),
      ...(resources.length > 0 ? [resourceTable(resources, now(), terminal.paint)] : []),
    ].join('\n\n'),
  );
  return EXIT.ok;
}

async function allResources(client: StackTimeoutsClient, stackId: string): Promise<ResourceAction[]> {
  const found: ResourceAction[] = [];
  for await (const resource of client.resources(stackId)) found.push(resource);
  return found;
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

async function list(session: Session, { limit = Infinity }: { limit?: number }): Promise<ExitCode> {
  const client = await session.services.client();
  const found: Stack[] = [];
  for await (const stack of client.stacks(Math.min(limit, 100))) {
    found.push(stack);
    if (found.length >= limit) break;
  }
  const stacks = byDeadline(found);
  const { terminal, now } = session.environment;
  session.print({ ok: true, stacks }, () =>
    stacks.length === 0
      ? 'No operation is in progress.'
      : stackTable(stacks, LIST_COLUMNS, now(), terminal.paint),
  );
  return EXIT.ok;
}

async function watchStacks(
  { environment, services, json }: Session,
  options: { interval: number },
  stackId: string | undefined,
): Promise<ExitCode> {
  const client = await services.client();
  const poll = stackId === undefined ? pollAll(client, environment.now) : pollOne(client, stackId);
  return watch(
    poll,
    createView(environment, json, stackId !== undefined),
    environment,
    options.interval * 1000,
  );
}
