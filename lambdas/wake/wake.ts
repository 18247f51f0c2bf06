import { parseWakeUp, type WakeUp } from '../../contract/index.ts';
import { delaySeconds } from '../domain/timer.ts';
import type { DelayedWakeUp, TimerQueue } from '../ports/messaging.ts';
import { forInvocation, handleWakeUp, type WakeUpDependencies } from '../shared/handle-wake-up.ts';

export interface WakeDependencies extends WakeUpDependencies {
  readonly queue: TimerQueue;
}

export interface Message {
  readonly messageId: string;
  readonly body: string;
}

/**
 * Handles a batch of wake-ups from the timer queue. A wake-up that came early waits again, as a new message.
 *
 * @returns the ids of the messages that are not done: SQS delivers them again, and in the end moves them to the
 * dead-letter queue. That is also where a malformed message ends.
 */
export async function wake(deps: WakeDependencies, messages: readonly Message[]): Promise<string[]> {
  const failed = new Set<string>();
  const waiting = new Map<DelayedWakeUp, string>();
  const look = forInvocation(deps);

  await Promise.all(
    messages.map(async ({ messageId, body }) => {
      const parsed = parseWakeUp(body);
      if (!parsed.ok) {
        deps.telemetry.record({ kind: 'malformed', messageId, reason: parsed.message });
        failed.add(messageId);
        return;
      }
      const wakeUp = parsed.value;
      try {
        const decision = await handleWakeUp(look, wakeUp);
        if (decision.outcome === 'early') {
          const again = { ...wakeUp, hops: wakeUp.hops + 1 };
          waiting.set(
            { wakeUp: again, delaySeconds: delaySeconds(decision.dueAt, deps.clock.now()) },
            messageId,
          );
        }
      } catch (error) {
        deps.telemetry.record({ kind: 'failed', subject: subjectOf(wakeUp), error });
        failed.add(messageId);
      }
    }),
  );

  try {
    const untaken = new Set(await deps.queue.send([...waiting.keys()]));
    for (const [message, messageId] of waiting) if (untaken.has(message)) failed.add(messageId);
  } catch (error) {
    // Any of them may have been sent: delivered again, they are sent again, and a wake-up may come twice.
    for (const [{ wakeUp }, messageId] of waiting) {
      deps.telemetry.record({ kind: 'failed', subject: subjectOf(wakeUp), error });
      failed.add(messageId);
    }
  }
  return [...failed];
}

const subjectOf = ({ stackId, resource, operationId, generation }: WakeUp) => ({
  stackId,
  ...(resource !== undefined && { resource }),
  operationId,
  generation,
});
