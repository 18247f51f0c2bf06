import type { Command } from 'commander';
import pMap from 'p-map';
import type { StackTimeoutsClient } from '../../client/client.ts';
import * as field from '../../contract/fields.ts';
import type { ResourceAction } from '../../contract/index.ts';
import { EXIT, type ExitCode } from '../exit-codes.ts';
import { readStack, readStackIfThere } from '../read-stack.ts';
import { examples, fieldArgument, type Session, type ToAction } from '../session.ts';
import { type EngineSeen, engineTable } from '../terminal/engine-output.ts';

const READ_CONCURRENCY = 10;

export function addEngines(program: Command, toAction: ToAction): void {
  program
    .command('engines')
    .summary('show which engines hold work, and when each was last heard')
    .description(
      'Shows the engines of the resource actions of one stack, or of all stacks with an operation in progress: what ' +
        'each one holds, and when it was last heard: by its last heartbeat or claim. An engine that holds nothing is ' +
        'known by what it did before in these operations. Reads each stack.',
    )
    .argument(
      '[stack]',
      'the stack (default: all with an operation in progress)',
      fieldArgument(field.stackId),
    )
    .addHelpText('after', examples('engines', 'engines web', "engines --json | jq '.engines[].engineId'"))
    .action(toAction(engines));
}

async function engines(session: Session, _options: unknown, stackId: string | undefined): Promise<ExitCode> {
  const client = await session.services.client();
  const resources =
    stackId === undefined ? await allInProgress(client) : (await readStack(client, stackId)).resources;
  const seen = enginesOf(resources);
  const { terminal, now } = session.environment;
  session.print({ ok: true, engines: seen }, () =>
    seen.length === 0 ? 'No engine has claimed work.' : engineTable(seen, now(), terminal),
  );
  return EXIT.ok;
}

async function allInProgress(client: StackTimeoutsClient): Promise<ResourceAction[]> {
  const ids: string[] = [];
  for await (const { stackId } of client.stacks()) ids.push(stackId);
  const read = async (stackId: string) => (await readStackIfThere(client, stackId))?.resources ?? [];
  return (await pMap([...new Set(ids)], read, { concurrency: READ_CONCURRENCY })).flat();
}

/** The latest of some times; undefined if there is none. */
const latest = (times: readonly (string | undefined)[]): string | undefined =>
  times
    .filter((time) => time !== undefined)
    .toSorted()
    .at(-1);

/** Those heard last come first, those never heard last. */
function enginesOf(resources: readonly ResourceAction[]): EngineSeen[] {
  const byEngine = Map.groupBy(
    resources.filter(({ engineId }) => engineId !== undefined),
    ({ engineId = '' }) => engineId,
  );
  return [...byEngine]
    .map(([engineId, own]): EngineSeen => {
      const held = own.filter(({ phase }) => phase === 'RUNNING');
      const lastHeardAt = latest(own.map(heardAt));
      return {
        engineId,
        ...(lastHeardAt !== undefined && { lastHeardAt }),
        holds: held.map(({ stackId, resource, attempt }) => ({ stackId, resource, attempt })),
      };
    })
    .toSorted((a, b) => (b.lastHeardAt ?? '').localeCompare(a.lastHeardAt ?? ''));
}

/** Its heartbeat, its claim, or its report. */
const heardAt = ({ phase, lastHeartbeatAt, phaseStartedAt, cause, endedAt, status }: ResourceAction) => {
  if (phase === 'RUNNING') return lastHeartbeatAt ?? phaseStartedAt;
  return status === 'COMPLETE' || cause === 'REPORTED' ? endedAt : undefined;
};
