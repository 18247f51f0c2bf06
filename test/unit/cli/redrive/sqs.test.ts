/** What becomes of the messages of dead-letter queues. */

import { describe, expect, test } from 'vitest';
import type { DeadLetter } from '../../../../cli/redrive/redrive.ts';
import { MemoryDeadLetters, setUp, wakeUp, work } from './fake-dead-letters.ts';

describe('wake-ups', () => {
  test('go to the timer queue as if new, fields of newer versions included; then they are deleted', async () => {
    const timers = new MemoryDeadLetters(wakeUp('web', { resource: 'vm' }));
    const schedules = new MemoryDeadLetters(wakeUp('db'));
    const { sent, redrive } = setUp({ timers, schedules });
    expect(await redrive()).toMatchObject({ code: 0, ok: true });
    expect(sent).toEqual([
      JSON.parse(wakeUp('web', { resource: 'vm', hops: 0 })),
      JSON.parse(wakeUp('db', { hops: 0 })),
    ]);
    expect([timers.bodies, schedules.bodies]).toEqual([[], []]);
  });

  test('are unwrapped if the dead message holds the parameters of SendMessage', async () => {
    const schedules = new MemoryDeadLetters(JSON.stringify({ MessageBody: wakeUp('db'), QueueUrl: 'q' }));
    const { sent, redrive } = setUp({ schedules });
    await redrive();
    expect(sent).toEqual([JSON.parse(wakeUp('db', { hops: 0 }))]);
  });

  test('are not deleted when sending fails', async () => {
    const timers = new MemoryDeadLetters(wakeUp('web'));
    const sendWakeUps = async () => {
      throw new Error('no network');
    };
    const { redrive } = setUp({ timers, sendWakeUps });
    const { code, ok, reports } = await redrive();
    expect({ code, ok }).toEqual({ code: 1, ok: false });
    expect(reports[0]).toMatchObject({ source: 'timers', sent: [], error: 'no network' });
    expect(timers.bodies).toHaveLength(1);
    expect(timers.hidden.size).toBe(0);
  });

  test('that the queue did not take stay, the others of the batch go', async () => {
    const timers = new MemoryDeadLetters(wakeUp('a'), wakeUp('b'), wakeUp('c'));
    const { redrive } = setUp({ timers, sendWakeUps: async () => new Set(['message-2']) });
    const { code, reports } = await redrive();
    expect(code).toBe(1);
    expect(reports[0].sent).toHaveLength(2);
    expect(reports[0].failed).toMatchObject([{ id: 'message-2' }]);
    expect(timers.bodies).toEqual([wakeUp('b')]);
    expect(timers.hidden.size).toBe(0);
  });

  test('that were sent but not deleted are reported, and visible again', async () => {
    const timers = new MemoryDeadLetters(wakeUp('a'), wakeUp('b'));
    timers.undeletable.add('message-1');
    const { redrive } = setUp({ timers });
    const { code, reports } = await redrive();
    expect(code).toBe(1);
    expect(reports[0].failed[0].about).toMatch(/sent, but could not be deleted/);
    expect(timers.hidden.size).toBe(0);
  });

  test('that come back at once do not keep it going', async () => {
    const timers = new MemoryDeadLetters(...Array.from({ length: 25 }, (_, n) => wakeUp(`stack-${n}`)));
    const sendWakeUps = async (messages: readonly DeadLetter[]) => {
      for (const { body } of messages) timers.put(body);
      return new Set<string>();
    };
    const { redrive } = setUp({ timers, sendWakeUps });
    const { reports } = await redrive();
    expect(reports[0].sent).toHaveLength(25);
    expect(timers.messages).toHaveLength(25);
  });

  test('fewer than were counted: it ends when the queue is empty', async () => {
    const timers = new MemoryDeadLetters(wakeUp('a'));
    timers.count = async () => 100;
    const { redrive } = setUp({ timers });
    expect((await redrive()).reports[0].sent).toHaveLength(1);
  });
});

describe('malformed wake-ups', () => {
  const bodies = ['hello', '{"stackId":"web"}', wakeUp('no spaces'), '{"MessageBody":"{}"}', 'null'];

  test('are left, visible, and reported; the others go', async () => {
    const timers = new MemoryDeadLetters(...bodies, wakeUp('web'));
    const { sent, redrive } = setUp({ timers });
    const { code, reports } = await redrive();
    expect(code).toBe(0);
    expect(reports[0].malformed).toHaveLength(bodies.length);
    expect(reports[0].malformed[2].about).toMatch(/stackId must be/);
    expect(sent).toHaveLength(1);
    expect(timers.bodies).toEqual(bodies);
    expect(timers.hidden.size).toBe(0);
  });

  test('are deleted, never sent, with --delete-malformed', async () => {
    const timers = new MemoryDeadLetters(...bodies);
    const { sent, redrive } = setUp({ timers });
    expect((await redrive('--delete-malformed')).reports[0].malformed).toHaveLength(bodies.length);
    expect(timers.bodies).toEqual([]);
    expect(sent).toEqual([]);
  });
});

describe('work', () => {
  test('of both queues goes to the work queue as it is, fields of newer versions included', async () => {
    const bodies = [work('server', { newer: true }), work('volume')];
    const dead = new MemoryDeadLetters(work('server', { newer: true }));
    const workRule = new MemoryDeadLetters(work('volume'));
    const { sent, sentWork, redrive } = setUp({ work: dead, workRule });
    const { code, reports } = await redrive();
    expect(code).toBe(0);
    expect(sentWork).toEqual(bodies);
    expect(sent).toEqual([]);
    expect(reports[2]).toMatchObject({
      source: 'work',
      sent: [{ about: 'stack web, resource server, operation op-1, attempt 1' }],
    });
    expect(reports[3]).toMatchObject({ source: 'work-rule', sent: [{ id: 'message-1' }] });
    expect([dead.bodies, workRule.bodies]).toEqual([[], []]);
  });

  test('that is malformed stays, also a wake-up that is sent nowhere; the other is chosen by --queue', async () => {
    const bodies = ['hello', wakeUp('web'), work('no spaces'), JSON.stringify({ detail: {} })];
    const workRule = new MemoryDeadLetters(...bodies, work('server'));
    const timers = new MemoryDeadLetters(work('server'));
    const { sent, sentWork, redrive } = setUp({ workRule, timers });
    const { reports } = await redrive('--queue', 'work-rule');
    expect(reports).toHaveLength(1);
    expect(reports[0].malformed).toHaveLength(bodies.length);
    expect(reports[0].malformed[2].about).toMatch(/detail.resource must be/);
    expect(sentWork).toEqual([work('server')]);
    expect(workRule.bodies).toEqual(bodies);

    await redrive('--queue', 'timers');
    expect(sent).toEqual([]);
    expect(timers.bodies).toHaveLength(1);
  });

  test('that the work queue did not take stays', async () => {
    const dead = new MemoryDeadLetters(work('server'));
    const { redrive } = setUp({ work: dead, sendWork: async () => new Set(['message-1']) });
    const { code, reports } = await redrive('--queue', 'work');
    expect(code).toBe(1);
    expect(reports[0].failed[0].about).toMatch(/the work queue rejected it/);
    expect(dead.bodies).toHaveLength(1);
  });
});
