/** From a work message to a claimed attempt, or to none. */
import { parseWork, type ResourceAction } from '../../contract/index.ts';
import { Attempt } from './attempt.ts';
import { AttemptTime } from './attempt-time.ts';
import { claim, isFinalRefusal, releaseUnanswered } from './claim.ts';
import { type AttemptKey, type EngineEvent, faultOf } from './events.ts';
import type { EngineSettings } from './settings.ts';
import type { Handler } from './work.ts';
import type { WorkMessage } from './work-queue.ts';

interface ClaimedWork {
  /** Not started yet. */
  readonly attempt: Attempt;
  /** Resolves when the message is deleted, or could not be. The attempt does not wait for it. */
  readonly messageDeleted: Promise<void>;
}

/**
 * A message without a handler is hidden for a doubling time: each delivery brings it nearer to the
 * dead-letter queue, and the engines that have a handler may be busy for long.
 */
const FIRST_UNHANDLED_SECONDS = 5;
const MAX_UNHANDLED_SECONDS = 30;

/**
 * Claims the work of a message. Undefined: there is nothing to run. After `stop` it claims nothing.
 */
export async function takeWork(
  settings: EngineSettings,
  message: WorkMessage,
  stop: AbortSignal,
): Promise<ClaimedWork | undefined> {
  const parsed = parseWork(message.body);
  if (!parsed.ok) {
    settings.emit({ type: 'malformed', messageId: message.id, reason: parsed.message });
    return undefined;
  }
  const { stackId, operationId, resource, attempt } = parsed.value;
  const key = { stackId, operationId, resource, attempt };
  if (stop.aborted) {
    await returnMessage(settings, message, key);
    return undefined;
  }
  // What the message says of the work only saves a claim: what runs is chosen by the claimed row.
  if (!handlerOf(settings.handlers, parsed.value)) {
    settings.emit(unhandled(key, parsed.value));
    const { deliveries = 1 } = message;
    const hidden = Math.min(MAX_UNHANDLED_SECONDS, FIRST_UNHANDLED_SECONDS * 2 ** (deliveries - 1));
    await returnMessage(settings, message, key, hidden);
    return undefined;
  }
  return claimWork(settings, message, key, stop);
}

async function claimWork(
  settings: EngineSettings,
  message: WorkMessage,
  key: AttemptKey,
  stop: AbortSignal,
): Promise<ClaimedWork | undefined> {
  const { claimId, answer, sentAt, answeredAt } = await claim(settings, key, stop);
  if (!answer) {
    await releaseUnanswered(settings, key, claimId);
    if (stop.aborted) await returnMessage(settings, message, key);
    return undefined;
  }
  if (!answer.ok) {
    const final = isFinalRefusal(answer.error);
    settings.emit({ type: 'refused', ...key, error: answer.error, message: final ? 'deleted' : 'left' });
    if (final) await deleteMessage(settings, message, key);
    return undefined;
  }
  const { resource, input, remainingSeconds } = answer;
  settings.emit({ type: 'claimed', ...key, remainingSeconds });
  const messageDeleted = deleteMessage(settings, message, key);
  const time = new AttemptTime(resource, remainingSeconds, sentAt, answeredAt);
  const handler = handlerOf(settings.handlers, resource);
  if (!handler) settings.emit(unhandled(key, resource));
  const attempt = new Attempt(settings, { key, claimId, resource, input, time }, handler);
  if (stop.aborted) attempt.shutDown();
  return { attempt, messageDeleted };
}

type WorkKind = Pick<ResourceAction, 'action' | 'resourceType'>;

const unhandled = (key: AttemptKey, { action, resourceType }: WorkKind): EngineEvent => ({
  type: 'unhandled',
  ...key,
  action,
  ...(resourceType !== undefined && { resourceType }),
});

function handlerOf(
  handlers: EngineSettings['handlers'],
  { action, resourceType }: WorkKind,
): Handler | undefined {
  const name = [resourceType, action, '*'].find((one) => one !== undefined && Object.hasOwn(handlers, one));
  return name === undefined ? undefined : handlers[name];
}

/** If it fails, the queue delivers the message again, and the service refuses the claim. */
async function deleteMessage(
  { queue, emit }: EngineSettings,
  message: WorkMessage,
  key: AttemptKey,
): Promise<void> {
  try {
    await queue.delete(message);
  } catch (error) {
    emit({ ...faultOf(error), during: 'delete', ...key });
  }
}

/** If it fails, the queue delivers the message again, only later. */
async function returnMessage(
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
