/** The commands that only look: get, resource, list, watch. */
import { type Command, InvalidArgumentError, Option } from 'commander';
import type { StackTimeoutsClient } from '../../client/client.ts';
import { accepted } from '../../client/errors.ts';
import type { ResourceAction, Stack } from '../../contract/index.ts';
import { EXIT, type ExitCode } from '../exit-codes.ts';
import { durationArgument, examples, type Handle, type Session } from '../session.ts';
import { byDeadline, LIST_COLUMNS, stackBlock, stackTable } from '../terminal/output.ts';
import { resourceTable, resourceText } from '../terminal/resource-output.ts';
import { viewFor } from '../terminal/views.ts';
import { pollAll, pollOne, watch } from '../terminal/watch.ts';

export function addReadCommands(program: Command, handle: Handle): void {
  program
    .command('get')
    .summary('show a stack with its current or last operation and its resource actions')
    .description(
      'Shows a stack and its current operation, or its last one as long as it is kept, with all its resource actions: ' +
        'in which attempt each is, on which engine, and which deadline is next.',
    )
    .argument('<stack>', 'the stack')
    .addHelpText(
      'after',
      examples(
        'get web',
        'get web --json',
        'get web --json | jq \'.resources[] | select(.phase == "RUNNING")\'',
      ),
    )
    .action(handle(get));

  program
    .command('resource')
    .summary('show a resource action with its input and output')
    .description(
      "Shows a stack's last resource action of a resource, be it of an earlier operation, with its input and output.",
    )
    .argument('<stack>', 'the stack')
    .argument('<resource>', 'the resource')
    .addHelpText(
      'after',
      examples(
        'resource web server',
        'resource web server --json',
        'resource web server --json | jq .output',
      ),
    )
    .action(handle(getResource));

  program
    .command('list')
    .summary('list the stacks with an operation in progress')
    .description('Lists the stacks with an operation in progress, the next deadline first.')
    .option('--limit <count>', 'stop after so many stacks, whichever come first (default: all)', count)
    .addHelpText('after', examples('list', 'list --limit 100', "list --json | jq '.stacks[].stackId'"))
    .action(handle(list));

  program
    .command('watch')
    .summary('follow one or all operations live')
    .description(
      "Follows a stack's operation until it ends, or without <stack> all operations until Ctrl-C. On a terminal the " +
        'view is drawn again each second; else each change is a line (with --json the stack as JSON). If another ' +
        'operation takes the place of the one watched, the exit code is 4.',
    )
    .argument('[stack]', 'the stack (default: all with an operation in progress)')
    .addOption(
      new Option('--interval <duration>', 'how often to ask the service, at least 1s')
        .argParser(interval)
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
    .action(handle(watchStacks));
}

async function get(session: Session, _options: unknown, stackId: string): Promise<ExitCode> {
  const client = await session.services.client();
  const first = accepted(await client.getStack({ stackId }));
  const resources = first.nextToken === undefined ? first.resources : await allResources(client, stackId);
  const { stack } = first;
  const { terminal, now } = session.environment;
  session.print({ ok: true, stack, resources }, () =>
    [
      stackBlock(stack, now(), terminal.paint),
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
  session.print(answer, () => resourceText(answer, now(), terminal.paint));
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
  return watch(poll, viewFor(environment, json, stackId !== undefined), environment, options.interval * 1000);
}

function count(text: string): number {
  if (/^[1-9]\d{0,8}$/.test(text)) return Number(text);
  throw new InvalidArgumentError('It must be a whole number from 1.');
}

function interval(text: string): number {
  const seconds = durationArgument(text);
  if (seconds < 1) throw new InvalidArgumentError('It must be at least 1s.');
  return seconds;
}
