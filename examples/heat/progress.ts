/** Shows an operation while it runs: a line for each change. */
import { accepted, type ResourceAction, type Stack, type StackTimeoutsClient } from '../../client/index.ts';

export interface Progress {
  readonly client: StackTimeoutsClient;
  readonly out: (line: string) => void;
  readonly now: () => number;
  readonly sleep: (milliseconds: number) => Promise<unknown>;
}

const POLL_MS = 1000;

/** Returns how the operation ended; undefined if another one took its place before that was seen. */
export async function follow(
  { client, out, now, sleep }: Progress,
  { stackId, operationId }: Pick<Stack, 'stackId' | 'operationId'>,
): Promise<Stack | undefined> {
  const startedAt = now();
  const shown = new Map<string, string>();
  for (;;) {
    const { stack } = accepted(await client.getStack({ stackId }));
    if (stack.operationId !== operationId) return undefined;
    for await (const resource of client.resources(stackId)) {
      const line = resourceLine(resource);
      // The rest of an ended operation's resource actions are ended with it: no news.
      if (shown.get(resource.resource) === line || stack.status !== 'IN_PROGRESS') continue;
      shown.set(resource.resource, line);
      out(`${seconds(now() - startedAt)}  ${resource.resource}: ${line}`);
    }
    if (stack.status !== 'IN_PROGRESS') {
      out(`${seconds(now() - startedAt)}  ${stackId} ${stack.action}_${stack.status}: ${stack.statusReason}`);
      return stack;
    }
    await sleep(POLL_MS);
  }
}

const seconds = (milliseconds: number): string => `+${(milliseconds / 1000).toFixed(1)}s`.padStart(8);

function resourceLine({ action, status, phase, attempt, engineId, statusReason }: ResourceAction): string {
  const who = engineId !== undefined && phase === 'RUNNING' ? `, engine ${engineId}` : '';
  const again = attempt > 1 ? `, attempt ${attempt}` : '';
  const why = status === 'FAILED' || phase === 'BACKOFF' ? `: ${statusReason}` : '';
  return `${action}_${status}${phase ? ` (${phase}${again}${who})` : ''}${why}`;
}
