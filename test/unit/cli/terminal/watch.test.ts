import { describe, expect, test } from 'vitest';
import { FakeCli } from '../fake-cli.ts';

const SECOND = 1000;
const WEB = { stackId: 'web', operationId: 'op-1' };

/**
 * A CLI on whose service `web` has an operation in progress; `script` runs what happens after so
 * many seconds.
 */
async function watching(
  timeoutSeconds: number,
  script: Record<number, () => unknown> = {},
): Promise<FakeCli> {
  const cli = new FakeCli();
  await cli.service.start('web', timeoutSeconds);
  const start = cli.clock.now();
  cli.onSleep = async () => {
    for (const [second, happens] of Object.entries(script)) {
      if (cli.clock.now() < start + Number(second) * SECOND) continue;
      delete script[Number(second)];
      await happens();
    }
    if (cli.clock.now() > start + 3600 * SECOND) throw new Error('the watch does not end');
  };
  return cli;
}

/** Ends a watch that would go on for ever. */
const interrupt = () => {
  throw new Error('interrupted');
};

describe('one stack', () => {
  test('ends with 4 when the operation times out', async () => {
    const cli = await watching(5);
    const { code, out, err } = await cli.run('watch', 'web');
    expect({ code, err }).toEqual({ code: 4, err: '' });
    expect(out.split('\n')).toEqual([
      '2026-01-31T12:00:00.000Z  web  CREATE_IN_PROGRESS  operation op-1  deadline 2026-01-31T12:00:05.000Z (5s)',
      '2026-01-31T12:00:06.000Z  web  CREATE_FAILED  operation op-1  Timed out (TIMEOUT) at 2026-01-31T12:00:06.000Z',
    ]);
  });

  test('ends with 0 when the operation completes', async () => {
    const complete = { command: 'CompleteOperation', ...WEB, status: 'COMPLETE' };
    const cli = await watching(60, { 3: () => cli.service.command(complete) });
    expect((await cli.run('watch', 'web')).code).toBe(0);
  });

  test('that has ended before: at once', async () => {
    const cli = await watching(60);
    await cli.service.command({ command: 'CompleteOperation', ...WEB, status: 'COMPLETE' });
    expect((await cli.run('watch', 'web')).code).toBe(0);
    expect(cli.transport.requests).toHaveLength(1);
  });

  test('prints a line for each change, not for each request', async () => {
    const extend = { command: 'ExtendOperation', ...WEB, timeoutSeconds: 30 };
    const cli = await watching(10, { 4: () => cli.service.command(extend) });
    const { out } = await cli.run('watch', 'web', '--json', '--interval', '1s');
    const seen = out.split('\n').map((line) => JSON.parse(line));
    expect(seen.map(({ status, deadline }) => [status, deadline])).toEqual([
      ['IN_PROGRESS', '2026-01-31T12:00:10.000Z'],
      ['IN_PROGRESS', '2026-01-31T12:00:34.000Z'],
      // That the timer was armed again, when it found the deadline moved, is no change.
      ['FAILED', '2026-01-31T12:00:34.000Z'],
    ]);
  });

  test('asks every 2 s, or as often as told', async () => {
    for (const [words, requests] of [
      [[], 6],
      [['--interval', '5s'], 3],
    ] as const) {
      const cli = await watching(10);
      await cli.run('watch', 'web', ...words);
      expect(cli.transport.requests).toHaveLength(requests);
    }
  });

  test('whose operation was superseded ends with 4, and says so', async () => {
    const cli = await watching(60, {
      3: () => cli.service.start('web', 60, { operationId: 'op-2', supersede: true }),
    });
    const { code, err } = await cli.run('watch', 'web');
    expect(code).toBe(4);
    expect(err).toContain('operation op-1 has ended: op-2 replaced it between two polls');
  });

  test('that does not exist is refused', async () => {
    expect((await new FakeCli().run('watch', 'nowhere')).code).toBe(3);
  });
});

describe('all stacks', () => {
  test('shows starts and ends', async () => {
    const cli = await watching(5, { 3: () => cli.service.start('db', 4), 12: interrupt });
    const { out } = await cli.run('watch', '--json');
    const seen = out.split('\n').map((line) => JSON.parse(line));
    expect(seen.map(({ stackId, status }) => `${stackId} ${status}`)).toEqual([
      'web IN_PROGRESS',
      'db IN_PROGRESS',
      'web FAILED',
      'db FAILED',
    ]);
  });

  test('shows the operation that follows another on the same stack', async () => {
    const cli = await watching(60, {
      3: () => cli.service.start('web', 60, { operationId: 'op-2', supersede: true }),
      9: interrupt,
    });
    const { out } = await cli.run('watch', '--json');
    expect(out.split('\n').map((line) => JSON.parse(line).operationId)).toEqual(['op-1', 'op-2']);
  });
});

describe('trouble', () => {
  test('that may pass is told once, and the watch goes on', async () => {
    const cli = await watching(9, { 1: () => cli.transport.failures.push(new Error('a'), new Error('b')) });
    const { code, err } = await cli.run('watch', 'web');
    expect(code).toBe(4);
    expect(err.split('\n')).toEqual([
      'the command function gave no answer: a; trying again',
      'the service answers again',
    ]);
  });

  test('at the first request ends the watch', async () => {
    const cli = await watching(9);
    cli.transport.failures.push(new Error('down'));
    expect((await cli.run('watch', 'web')).code).toBe(1);
  });

  test('that does not pass ends the watch', async () => {
    const denied = Object.assign(new Error('denied'), { $metadata: { httpStatusCode: 403 } });
    const cli = await watching(9, { 1: () => cli.transport.failures.push(denied) });
    expect((await cli.run('watch', 'web')).code).toBe(1);
  });
});

describe('on a terminal', () => {
  test('the time left is drawn again each second, while the service is asked every 2 s', async () => {
    const cli = (await watching(4)).withScreen();
    const { out } = await cli.run('watch', 'web');
    expect(out).toBe('');
    expect(cli.drawings.map((drawing) => /Time left {2}(.*)/.exec(drawing)?.[1])).toEqual([
      '4s',
      '3s',
      '2s',
      '1s',
      undefined,
    ]);
    expect(cli.drawings.at(-1)).toContain('Reason     Timed out');
    expect(cli.transport.requests).toHaveLength(3);
  });

  test('all stacks are a table, where an ended one stays for a minute', async () => {
    const cli = (await watching(4, { 90: interrupt })).withScreen();
    await cli.run('watch');
    const last = (text: string) => cli.drawings.findLastIndex((drawing) => drawing.includes(text));
    expect(cli.drawings[0]).toMatch(/^STACK .*\nweb +CREATE +IN_PROGRESS +4s /);
    expect(last('TIMEOUT')).toBeGreaterThanOrEqual(60);
    expect(cli.drawings.at(-1)).toContain('No operation is in progress');
  });

  test('what does not fit is counted, and trouble is shown below', async () => {
    const failures: unknown[] = [];
    const cli = await watching(600, { 1: () => failures.push(new Error('down')), 4: interrupt });
    cli.withScreen(6).transport.failures = failures;
    for (const stackId of ['a', 'b', 'c', 'd', 'e', 'f']) await cli.service.start(stackId, 60);
    await cli.run('watch');
    const [first = '', ...later] = cli.drawings;
    expect(first.split('\n').map((line) => line.split(' ')[0])).toEqual(['STACK', 'a', 'b', 'c', '...']);
    expect(first).toContain('... and 4 more');
    expect(later.at(-1)?.split('\n')).toHaveLength(5);
    expect(later.at(-1)).toMatch(/down; trying again$/);
  });

  // As some containers and CI have it: nothing can be drawn there, and nothing may be hidden.
  test.each([
    [0, 0],
    [1, 80],
    [5, 80],
    [24, 0],
    [24, 39],
  ])('of %i rows and %i columns changes are lines, as without a terminal', async (rows, columns) => {
    for (const words of [['watch', 'web'], ['watch']]) {
      const cli = (await watching(4, { 9: interrupt })).withScreen(rows, columns);
      const { out } = await cli.run(...words);
      expect(out.split('\n')).toHaveLength(2);
      expect(out).toContain('web  CREATE_FAILED  operation op-1  Timed out (TIMEOUT)');
      expect(cli.drawings).toEqual([]);
    }
  });

  test('too low for all fields of an operation, its changes are lines', async () => {
    const cli = (await watching(4)).withScreen(12);
    expect((await cli.run('watch', 'web')).out).toContain('Timed out (TIMEOUT)');
    expect(cli.drawings).toEqual([]);
  });

  test.each([0, 1, 2])('made %i rows high meanwhile, it still shows what comes first', async (rows) => {
    const cli = (await watching(600)).withScreen();
    for (const stackId of ['a', 'b', 'c']) await cli.service.start(stackId, 60);
    cli.onSleep = () => {
      if (cli.drawings.length > 2) interrupt();
      Object.assign(cli.screen ?? {}, { rows });
    };
    await cli.run('watch');
    expect(cli.drawings.at(-1)).toMatch(/^STACK /);
  });

  test('--json is never drawn', async () => {
    const cli = (await watching(4)).withScreen();
    expect((await cli.run('watch', 'web', '--json')).out.split('\n')).toHaveLength(2);
    expect(cli.drawings).toEqual([]);
  });
});
