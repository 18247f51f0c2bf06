/** What a dead message holds, and how it is sent again. */
import { parseWakeUp, parseWork } from '../../contract/index.ts';

export type ReadDeadLetter =
  /** `body`: what to send. `about`: for people. */
  | { readonly ok: true; readonly body: string; readonly about: string }
  | { readonly ok: false; readonly message: string };

/**
 * A wake-up: it has made no hops. Fields that this version does not know stay, since a newer `wake` may need them.
 * EventBridge Scheduler's dead message is the input of the schedule's target, which a universal target wraps into the
 * parameters of SendMessage.
 */
export function readWakeUp(body: string): ReadDeadLetter {
  const text = messageBody(body) ?? body;
  const parsed = parseWakeUp(text);
  if (!parsed.ok) return parsed;
  const { stackId, resource, operationId, generation, dueAt } = parsed.value;
  const whose = `stack ${stackId}${resource === undefined ? '' : `, resource ${resource}`}`;
  return {
    ok: true,
    body: JSON.stringify({ ...(JSON.parse(text) as object), hops: 0 }),
    about: `${whose}, operation ${operationId}, generation ${generation}, due ${dueAt}`,
  };
}

/** Work: the event as it is. EventBridge's dead message is the event that it could not deliver. */
export function readWork(body: string): ReadDeadLetter {
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
