import { type Command, InvalidArgumentError } from 'commander';
import type { StackTimeoutsClient } from '../../client/client.ts';
import { accepted, InvocationError } from '../../client/errors.ts';
import * as field from '../../contract/fields.ts';
import { ACTIONS, type Action, type Parent, type Stack } from '../../contract/index.ts';
import { EXIT, type ExitCode } from '../exit-codes.ts';
import {
  examples,
  fieldArgument,
  oneOf,
  type Session,
  type ToAction,
  timeoutArgument,
  UsageError,
} from '../session.ts';
import { stackDetails } from '../terminal/output.ts';
import { printable } from '../terminal/printable.ts';
import { createView } from '../terminal/views.ts';
import { pollOne, watch } from '../terminal/watch.ts';

interface StartOptions {
  readonly action: Action;
  readonly timeout: number;
  readonly operation?: string;
  readonly supersede?: boolean;
  readonly parentStack?: string;
  readonly parentOperation?: string;
  readonly metadata?: Record<string, unknown>;
  readonly wait?: boolean;
}

const WAIT_INTERVAL_MS = 2000;

export function addStart(program: Command, toAction: ToAction): void {
  program
    .command('start')
    .summary('start an operation on a stack')
    .description('Starts an operation on a stack. It times out at its deadline unless it ends before.')
    .argument('<stack>', 'the stack', fieldArgument(field.stackId))
    .requiredOption('--action <action>', ACTIONS.join(', '), oneOf(ACTIONS))
    .requiredOption('--timeout <duration>', 'duration from now: 90s, 30m, 2h, 1d, 1h30m', timeoutArgument)
    .option(
      '--operation <id>',
      'the operationId (default: a new UUID, which is printed)',
      fieldArgument(field.operationId),
    )
    .option('--supersede', 'replace the operation that is in progress')
    .option(
      '--parent-stack <stack>',
      'the stack of the parent operation; this operation ends with its parent',
      fieldArgument(field.stackId),
    )
    .option(
      '--parent-operation <id>',
      "the parent's operationId (default: the parent stack's current operation)",
      fieldArgument(field.operationId),
    )
    .option('--metadata <json>', 'a JSON object to store with the operation', metadata)
    .option('--wait', 'watch the operation until it ends (exit code 4 if it ends FAILED)')
    .addHelpText(
      'after',
      examples(
        'start web --action CREATE --timeout 30m',
        'start web --action UPDATE --timeout 1h30m --operation 7f3c --supersede',
        'start web/database --action CREATE --timeout 10m --parent-stack web',
        `start web --action CREATE --timeout 2h --metadata '{"owner": "ops"}' --wait`,
      ),
    )
    .action(toAction(start));
}

async function start(session: Session, options: StartOptions, stackId: string): Promise<ExitCode> {
  const { environment, services, json } = session;
  const operationId = options.operation ?? environment.newId();
  const client = await services.client();
  const parent = await parentOf(client, options);
  const answer = accepted(
    await client
      .startOperation({
        stackId,
        operationId,
        action: options.action,
        timeoutSeconds: options.timeout,
        ...(options.supersede && { supersede: true }),
        ...(parent && { parent }),
        ...(options.metadata && { metadata: options.metadata }),
      })
      .catch((error: unknown) => {
        // It may have started. Only with the same operationId is a retry not a second start.
        if (error instanceof InvocationError)
          environment.terminal.err(`to retry this start: --operation ${operationId}`);
        throw error;
      }),
  );
  if (isEarlierStart(answer.stack, options, parent)) {
    const { startedAt } = answer.stack;
    environment.terminal.err(
      `note: operation ${operationId} was already started at ${printable(startedAt)}; nothing was changed`,
    );
  }
  if (options.wait) {
    return watch(
      pollOne(client, stackId, operationId),
      createView(environment, json, true),
      environment,
      WAIT_INTERVAL_MS,
    );
  }
  session.print(answer, () => stackDetails(answer.stack, environment.now(), environment.terminal.paint));
  return EXIT.ok;
}

/** The parent operation, if the command line names one. */
async function parentOf(
  client: StackTimeoutsClient,
  { parentStack, parentOperation }: StartOptions,
): Promise<Parent | undefined> {
  if (parentStack === undefined) {
    if (parentOperation === undefined) return undefined;
    throw new UsageError('--parent-operation needs --parent-stack');
  }
  const operationId =
    parentOperation ?? accepted(await client.getStack({ stackId: parentStack })).stack.operationId;
  return { stackId: parentStack, operationId };
}

/**
 * Whether the answer shows an earlier start with the same operationId that ended or was a different
 * request.
 */
function isEarlierStart(stack: Stack, options: StartOptions, parent: Parent | undefined): boolean {
  const timeout = (Date.parse(stack.deadline) - Date.parse(stack.startedAt)) / 1000;
  return (
    stack.status !== 'IN_PROGRESS' ||
    stack.action !== options.action ||
    stack.parent?.stackId !== parent?.stackId ||
    stack.parent?.operationId !== parent?.operationId ||
    // The service clamps a child's deadline to its parent's.
    (parent === undefined ? timeout !== options.timeout : timeout > options.timeout)
  );
}

function metadata(text: string): Record<string, unknown> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    // Falls through: the same message as for JSON that is not an object.
  }
  const parsed = field.metadata.safeParse(value);
  if (parsed.success) return parsed.data;
  throw new InvalidArgumentError(`It ${parsed.error.issues[0]?.message}, such as '{"owner": "ops"}'.`);
}
