/** Parses dead-lettered messages into what to send again. */
import { parseWakeUp, parseWork } from '../../contract/index.ts';

export type ParsedDeadLetter =
  /** `body` is what to send, `about` describes it. */
  | { readonly ok: true; readonly body: string; readonly about: string }
  | { readonly ok: false; readonly message: string };

/**
 * A wake-up, with `hops` back at 0. Unknown fields stay, since a newer `wake` may need them.
 *
 * EventBridge Scheduler dead-letters the input of the schedule's target. For a universal target
 * that is the request of SendMessage, with the wake-up as its MessageBody.
 */
export function parseDeadWakeUp(body: string): ParsedDeadLetter {
  const text = messageBody(body) ?? body;
  const parsed = parseWakeUp(text);
  if (!parsed.ok) return parsed;
  const { stackId, resource, operationId, generation, dueAt } = parsed.value;
  const row = `stack ${stackId}${resource === undefined ? '' : `, resource ${resource}`}`;
  return {
    ok: true,
    body: JSON.stringify({ ...(JSON.parse(text) as object), hops: 0 }),
    about: `${row}, operation ${operationId}, generation ${generation}, due ${dueAt}`,
  };
}

/** A work message, unchanged: it is the event, also where EventBridge could not deliver it. */
export function parseDeadWork(body: string): ParsedDeadLetter {
  const parsed = parseWork(body);
  if (!parsed.ok) return parsed;
  const { stackId, resource, operationId, attempt } = parsed.value;
  const about = `stack ${stackId}, resource ${resource}, operation ${operationId}, attempt ${attempt}`;
  return { ok: true, body, about };
}

function messageBody(body: string): string | undefined {
  try {
    const value: unknown = (JSON.parse(body) as { MessageBody?: unknown } | null)?.MessageBody;
    return typeof value === 'string' ? value : undefined;
  } catch {
    return undefined;
  }
}
