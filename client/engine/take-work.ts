/** From a work message to a claimed attempt, or to nothing. */
import { parseWork } from '../../contract/index.ts';
import { Attempt } from './attempt.ts';
import { AttemptTime } from './attempt-time.ts';
import { claim, isFinalRefusal, releaseUnknown } from './claim.ts';
import { type AttemptKey, faultOf } from './events.ts';
import type { EngineSettings } from './settings.ts';
import type { Handler } from './work.ts';
import type { WorkMessage } from './work-queue.ts';

interface Taken {
  /** Claimed; it has not begun. */
  readonly attempt: Attempt;
  /** When the message is deleted, or that has failed. The attempt does not wait for it. */
  readonly deleted: Promise<void>;
}

/**
 * Work that only others can do is hidden meanwhile, for a doubling time: each delivery brings its message nearer to the
 * dead-letter queue, and those who can do it may be busy for long.
 */
const FIRST_UNHANDLED_SECONDS = 5;
const LONGEST_UNHANDLED_SECONDS = 30;

/** What came of a message that is received; after `stop`, nothing is taken up any more. */
export async function takeWork(
  settings: EngineSettings,
  message: WorkMessage,
  stop: AbortSignal,
): Promise<Taken | undefined> {
  const parsed = parseWork(message.body);
  if (!parsed.ok) {
    settings.emit({ type: 'malformed', messageId: message.id, reason: parsed.message });
    return undefined;
  }
  const { stackId, operationId, resource, attempt, action, resourceType } = parsed.value;
  const key = { stackId, operationId, resource, attempt };
  if (stop.aborted) {
    await putBack(settings, message, key);
    return undefined;
  }
  const handler = handlerOf(settings.handlers, action, resourceType);
  if (!handler) {
    settings.emit({ type: 'unhandled', ...key, action, ...(resourceType !== undefined && { resourceType }) });
    const { deliveries = 1 } = message;
    const hidden = Math.min(LONGEST_UNHANDLED_SECONDS, FIRST_UNHANDLED_SECONDS * 2 ** (deliveries - 1));
    await putBack(settings, message, key, hidden);
    return undefined;
  }
  return claimFor(handler, settings, message, key, stop);
}

async function claimFor(
  handler: Handler,
  settings: EngineSettings,
  message: WorkMessage,
  key: AttemptKey,
  stop: AbortSignal,
): Promise<Taken | undefined> {
  const { claimId, answer, sentAt, answeredAt } = await claim(settings, key, stop);
  if (!answer) {
    await releaseUnknown(settings, key, claimId);
    if (stop.aborted) await putBack(settings, message, key);
    return undefined;
  }
  if (!answer.ok) {
    const settled = isFinalRefusal(answer.error);
    settings.emit({ type: 'refused', ...key, error: answer.error, message: settled ? 'deleted' : 'left' });
    if (settled) await remove(settings, message, key);
    return undefined;
  }
  const { resource, input, remainingSeconds } = answer;
  settings.emit({ type: 'claimed', ...key, remainingSeconds });
  const deleted = remove(settings, message, key);
  const time = new AttemptTime(resource, remainingSeconds, sentAt, answeredAt);
  const attempt = new Attempt(settings, { key, claimId, resource, input, time }, handler);
  if (stop.aborted) attempt.shutDown();
  return { attempt, deleted };
}

function handlerOf(
  handlers: EngineSettings['handlers'],
  action: string,
  resourceType: string | undefined,
): Handler | undefined {
  const name = [resourceType, action, '*'].find((one) => one !== undefined && Object.hasOwn(handlers, one));
  return name === undefined ? undefined : handlers[name];
}

/** If it fails, the message comes again, and the claim is refused. */
async function remove({ queue, emit }: EngineSettings, message: WorkMessage, key: AttemptKey): Promise<void> {
  try {
    await queue.delete(message);
  } catch (error) {
    emit({ ...faultOf(error), during: 'delete', ...key });
  }
}

/** If it fails, the message comes again all the same, only later. */
async function putBack(
  { queue, emit }: EngineSettings,
  message: WorkMessage,
  key: AttemptKey,
  afterSeconds?: number,
): Promise<void> {
  try {
    await queue.putBack?.(message, afterSeconds);
  } catch (error) {
    emit({ ...faultOf(error), during: 'putBack', ...key });
  }
}
