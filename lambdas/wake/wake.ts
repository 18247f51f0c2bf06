import { parseWakeUp, type WakeUp } from '../../contract/index.ts';
import { type Instant, type Milliseconds, SECOND } from '../domain/time.ts';
import { delaySeconds } from '../domain/timer.ts';
import type { DelayedWakeUp, TimerQueue } from '../ports/messaging.ts';
import { forInvocation, handleWakeUp, type WakeUpDependencies } from '../shared/handle-wake-up.ts';

export interface WakeDependencies extends WakeUpDependencies {
  readonly queue: TimerQueue;
  readonly sleep: (milliseconds: Milliseconds) => Promise<unknown>;
}

export interface Message {
  readonly messageId: string;
  readonly body: string;
}

/**
 * Handles a batch of wake-ups from the timer queue. One that came less than a second early, because
 * SQS delays by whole seconds, waits here, at the same time as the others of its batch; one that
 * came earlier waits as a new message.
 *
 * @returns the ids of the messages that are not done: SQS delivers them again, and in the end moves
 * them to the dead-letter queue. That is also where a malformed message ends.
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
        await waitFraction(deps, Date.parse(wakeUp.dueAt));
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
    // Any of them may have been sent: delivered again, they are sent again, and a wake-up may come
    // twice.
    for (const [{ wakeUp }, messageId] of waiting) {
      deps.telemetry.record({ kind: 'failed', subject: subjectOf(wakeUp), error });
      failed.add(messageId);
    }
  }
  return [...failed];
}

/** Nothing is held while it waits: if the function dies, SQS delivers the wake-up again. */
async function waitFraction({ clock, sleep }: WakeDependencies, dueAt: Instant): Promise<void> {
  for (let left = dueAt - clock.now(); left > 0 && left < SECOND; left = dueAt - clock.now())
    await sleep(left);
}

const subjectOf = ({ stackId, resource, operationId, generation }: WakeUp) => ({
  stackId,
  ...(resource !== undefined && { resource }),
  operationId,
  generation,
});
