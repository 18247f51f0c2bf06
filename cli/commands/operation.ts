/** The commands that change an existing operation: complete, cancel, extend. */
import type { Command } from 'commander';
import type { StackTimeoutsClient } from '../../client/client.ts';
import { accepted } from '../../client/errors.ts';
import * as field from '../../contract/fields.ts';
import { type AnswerOf, REPORTABLE_STATUSES, type ReportableStatus } from '../../contract/index.ts';
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
import { resourceDetails } from '../terminal/resource-output.ts';

interface Target {
  readonly stackId: string;
  readonly operationId: string;
}

interface Current {
  readonly current?: boolean;
}

function refuseBoth(operation: string | undefined, { current }: Current): void {
  if (operation !== undefined && current)
    throw new UsageError('Give the operationId or --current, not both.');
}

/** A handler that sends one command and shows the stack that the service answers with. */
function sendAndShow<O>(
  send: (client: StackTimeoutsClient, target: Target, options: O) => Promise<AnswerOf<'CompleteOperation'>>,
) {
  return async (
    session: Session,
    options: O & Current,
    stackId: string,
    operation: string | undefined,
  ): Promise<ExitCode> => {
    if (operation === undefined && !options.current)
      throw new UsageError("Give the operationId, or --current for the stack's current operation.");
    refuseBoth(operation, options);
    const client = await session.services.client();
    const operationId = operation ?? (await currentOperation(client, stackId));
    const answer = accepted(await send(client, { stackId, operationId }, options));
    const { terminal, now } = session.environment;
    session.print(answer, () => stackDetails(answer.stack, now(), terminal.paint));
    return EXIT.ok;
  };
}

/** If another one follows before the command arrives, the service refuses it. */
const currentOperation = async (client: StackTimeoutsClient, stackId: string): Promise<string> =>
  accepted(await client.getStack({ stackId })).stack.operationId;

interface CancelOptions extends Current {
  readonly resource?: string;
  readonly reason?: string;
}

const cancelOperation = sendAndShow<CancelOptions>((client, target, { reason }) =>
  client.cancelOperation({ ...target, ...(reason !== undefined && { reason }) }),
);

/** Cancels the operation, or with --resource one resource action of it. */
async function cancel(
  session: Session,
  options: CancelOptions,
  stackId: string,
  operation: string | undefined,
): Promise<ExitCode> {
  const { resource, reason } = options;
  if (resource === undefined) return cancelOperation(session, options, stackId, operation);
  refuseBoth(operation, options);
  const client = await session.services.client();
  const operationId = operation ?? (await currentOperation(client, stackId));
  const target = { stackId, operationId, resource };
  const answer = accepted(
    await client.cancelResource({ ...target, ...(reason !== undefined && { reason }) }),
  );
  const { terminal, now } = session.environment;
  session.print(answer, () => resourceDetails(answer, now(), terminal.paint));
  return EXIT.ok;
}

const command = (program: Command, name: string, summary: string, operation = 'its operationId'): Command =>
  program
    .command(name)
    .summary(summary)
    .argument('<stack>', 'the stack', fieldArgument(field.stackId))
    .argument('[operation]', operation, fieldArgument(field.operationId))
    .option('--current', "the stack's current or last operation, instead of an operationId");

export function addOperationCommands(program: Command, toAction: ToAction): void {
  command(program, 'complete', 'report the end of an operation')
    .description('Reports the end of an operation: COMPLETE or FAILED. Safe to repeat.')
    .option(
      '--status <status>',
      REPORTABLE_STATUSES.join(' or '),
      oneOf(REPORTABLE_STATUSES),
      'COMPLETE' as const,
    )
    .option('--reason <text>', 'the status reason', fieldArgument(field.reason))
    .addHelpText(
      'after',
      examples(
        'complete web 7f3c',
        'complete web --current',
        'complete web 7f3c --status FAILED --reason "quota exceeded"',
      ),
    )
    .action(
      toAction(
        sendAndShow((client, target, { status, reason }: { status: ReportableStatus; reason?: string }) =>
          client.completeOperation({ ...target, status, ...(reason !== undefined && { reason }) }),
        ),
      ),
    );

  command(
    program,
    'cancel',
    'cancel an operation, or one resource action of it',
    'its operationId (default with --resource: the current or last operation)',
  )
    .description(
      'Ends an operation as FAILED, with cause CANCELLED; or with --resource one resource action, ' +
        'and the operation goes on. Safe to repeat.',
    )
    .option(
      '--resource <name>',
      'cancel only the resource action of this resource',
      fieldArgument(field.resource),
    )
    .option('--reason <text>', 'the status reason', fieldArgument(field.reason))
    .addHelpText(
      'after',
      examples(
        'cancel web --current',
        'cancel web 7f3c',
        'cancel web 7f3c --reason "wrong template"',
        'cancel web --resource server --reason "not needed"',
      ),
    )
    .action(toAction(cancel));

  command(program, 'extend', 'move the deadline of an operation')
    .description('Moves the deadline of an operation, later or earlier, to a duration from now.')
    .requiredOption('--timeout <duration>', 'duration from now: 90s, 30m, 2h, 1d, 1h30m', timeoutArgument)
    .addHelpText('after', examples('extend web --current --timeout 1h', 'extend web 7f3c --timeout 10s'))
    .action(
      toAction(
        sendAndShow((client, target, { timeout }: { timeout: number }) =>
          client.extendOperation({ ...target, timeoutSeconds: timeout }),
        ),
      ),
    );
}
