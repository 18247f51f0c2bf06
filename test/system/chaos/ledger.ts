import { InvocationError, type StackTimeoutsClient } from '../../../client/index.ts';
import type { Answer } from '../../../contract/index.ts';
import type { Asked, WorkloadRequest } from './observations.ts';

/** Asks, and keeps what was asked and answered. */
export interface Ledger {
  readonly asked: readonly Asked[];
  ask(request: WorkloadRequest): Promise<void>;
}

export function createLedger(client: StackTimeoutsClient): Ledger {
  const asked: Asked[] = [];
  return {
    asked,
    async ask(request) {
      try {
        asked.push({ request, answer: await send(client, request) });
      } catch (error) {
        // The client has tried again as often as it does.
        if (!(error instanceof InvocationError)) throw error;
        asked.push({ request });
      }
    },
  };
}

function send(client: StackTimeoutsClient, { command, ...fields }: WorkloadRequest): Promise<Answer> {
  const method = `${command[0]?.toLowerCase()}${command.slice(1)}` as Uncapitalize<typeof command>;
  return (client[method] as (fields: object) => Promise<Answer>).call(client, fields);
}
