/** At rest nothing is left but what has ended, and garbage lies where it belongs. */
import { parseWakeUp, parseWork } from '../../../../contract/index.ts';
import { type DeadLetter, type Observations, QUEUES } from '../observations.ts';
import type { Auditor } from './auditor.ts';

export function auditLeftovers(auditor: Auditor, { finalState }: Observations): void {
  const { items, listed, schedules, waiting, givenUp, undelivered } = finalState;
  const none = (what: string, found: readonly string[]) =>
    auditor.waitFor(
      'P13',
      found.length === 0,
      () => `${found.length} ${what}: ${found.slice(0, 5).join(', ')}`,
    );
  none('items left', items);
  none('stacks listed as IN_PROGRESS', listed);
  none('schedules left', schedules);
  for (const queue of QUEUES)
    auditor.waitFor('P13', waiting[queue] === 0, () => `${waiting[queue]} messages on the ${queue} queue`);
  auditor.check(
    'P14',
    givenUp.length === 0,
    () => `records of the stream were given up: ${givenUp.join(', ')}`,
  );
  auditor.check('P14', undelivered.length === 0, () => `undelivered: ${undelivered.join(', ')}`);
}

/**
 * Garbage ends in the dead-letter queue, all of it, and no message that means something: except
 * those that were received in vain too often, because whoever had them was killed. What they say is
 * done by others, as the rows show.
 */
export function auditDeadLetters(auditor: Auditor, { garbage, deadLetters, asked }: Observations): void {
  const key = ({ queue, body }: DeadLetter) => `${queue} ${body}`;
  const dead = Map.groupBy(deadLetters, key);
  for (const message of garbage)
    auditor.waitFor('P12', dead.has(key(message)), () => `not in its dead-letter queue: ${key(message)}`);
  const thrownIn = new Set(garbage.map(key));
  const stacks = new Set(asked.map(({ request }) => request.stackId));
  for (const [name, [message]] of dead) {
    if (message === undefined || thrownIn.has(name)) continue;
    const parsed = message.queue === 'timer' ? parseWakeUp(message.body) : parseWork(message.body);
    const known = parsed.ok && stacks.has(parsed.value.stackId);
    auditor.check('P12', known, () => `nobody knows this dead letter: ${name}`);
  }
}
