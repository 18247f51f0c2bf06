import type { Random } from '../../../simulation/random.ts';
import { QUEUES, type QueueName } from '../observations.ts';
import type { Disturbance } from './disturbance.ts';

const wakeUp = (name: string) => ({
  v: 1,
  stackId: name,
  operationId: 'op-1',
  generation: 1,
  dueAt: new Date().toISOString(),
  hops: 0,
});

/** A body that no function and no engine can make sense of; it is one of its kind, by its name. */
function bodyOf(name: string, random: Random): string {
  return random.pick<() => string>([
    () => name,
    () => JSON.stringify(name),
    () => JSON.stringify({ name }),
    () => JSON.stringify([name, null]),
    () => JSON.stringify({ ...wakeUp(name), v: 2 }),
    () => JSON.stringify({ ...wakeUp(name), generation: 'first' }),
    () => JSON.stringify({ ...wakeUp(name), stackId: `${name} \u0000` }),
    () => JSON.stringify({ detail: { stackId: name, status: 'IN_PROGRESS', phase: 'QUEUED' } }),
    () => JSON.stringify(wakeUp(name)).slice(0, -1),
    () => `${name}${'x'.repeat(100_000)}`,
  ])();
}

const OF_EACH = 3;
const QUEUE_URLS: Record<QueueName, string> = { timer: 'TimerQueueUrl', work: 'WorkQueueUrl' };

export const throwGarbageIn: Disturbance = async ({ deployment, garbage, count }, random) => {
  for (const queue of QUEUES) {
    for (let n = 0; n < OF_EACH; n++) {
      const body = bodyOf(`garbage-${garbage.length}`, random);
      await deployment.send(deployment.output(QUEUE_URLS[queue]), body);
      garbage.push({ queue, body });
    }
    count(`garbage on the ${queue} queue`, OF_EACH);
  }
  return { what: 'garbage on the queues' };
};
