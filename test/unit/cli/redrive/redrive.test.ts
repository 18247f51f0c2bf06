import { describe, expect, test } from 'vitest';
import { FakeCli } from '../fake-cli.ts';
import { MemoryDeadLetters, setUp, wakeUp, work } from './fake-dead-letters.ts';

describe('--dry-run', () => {
  test('changes nothing, and shows what would be sent', async () => {
    const bodies = [...Array.from({ length: 12 }, (_, n) => wakeUp(`stack-${n}`)), '{"a"'];
    const timers = new MemoryDeadLetters(...bodies);
    const { cli, sent, redrive } = setUp({ timers, work: new MemoryDeadLetters(work('server')) });
    const { code, reports, dryRun } = await redrive('--dry-run', '--delete-malformed');
    expect({ code, dryRun }).toEqual({ code: 0, dryRun: true });
    expect(reports[0].sent).toHaveLength(12);
    expect(timers.bodies).toEqual(bodies);
    expect(timers.hidden.size).toBe(0);
    expect(sent).toEqual([]);

    const { out } = await cli.run('redrive', '--dry-run');
    expect(out).toMatch(/^FROM +WOULD BE SENT +MALFORMED +FAILED\ntimers +12 +1 +0\n/);
    expect(out).toMatch(/^work +1 +0 +0$/m);
    expect(out).toContain(
      'message-1  stack stack-0, operation op-1, generation 2, due 2026-01-31T12:00:00.000Z',
    );
    expect(out).toContain('message-13  the body must be JSON: {"a"\n');
    expect(out).toContain('Nothing was changed.');
    expect(out).toContain('--delete-malformed deletes them');
  });
});

test('--queue chooses', async () => {
  const timers = new MemoryDeadLetters(wakeUp('a'));
  const schedules = new MemoryDeadLetters(wakeUp('b'));
  const { redrive } = setUp({ timers, schedules });
  expect(
    (await redrive('--queue', 'schedules')).reports.map(({ source }: { source: string }) => source),
  ).toEqual(['schedules']);
  expect([timers.bodies.length, schedules.bodies.length]).toEqual([1, 0]);
});

test('one that fails does not keep the others from being redriven', async () => {
  const timers = new MemoryDeadLetters(wakeUp('a'));
  timers.onReceive = () => {
    throw new Error('AccessDenied');
  };
  const schedules = new MemoryDeadLetters(wakeUp('b'));
  const { cli } = setUp({ timers, schedules });
  const { code, out } = await cli.run('redrive');
  expect(code).toBe(1);
  expect(out).toContain('timers: stopped by an error: AccessDenied');
  expect(schedules.bodies).toEqual([]);
});

test('is not done by the name of a function, which does not tell where the queues are', async () => {
  const cli = new FakeCli();
  const { code, err } = await cli.run('--function', 'another', 'redrive');
  expect(code).toBe(2);
  expect(err).toContain('use --stack-name, not --function');
});
