import { describe, expect, test } from 'vitest';
import { widthOf } from '../../../../cli/terminal/width.ts';
import { resourceAction } from '../../../support/resources.ts';
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
    if (cli.clock.now() > start + 3700 * SECOND) throw new Error('the watch does not end');
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
      '2026-01-31T12:00:06.000Z  web  CREATE_FAILED  operation op-1  Timed out (TIMEOUT) at 2026-01-31T12:00:05.000Z',
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

  test('all stacks are a table, where one that completed stays for a minute', async () => {
    const complete = { command: 'CompleteOperation', ...WEB, status: 'COMPLETE' };
    const cli: FakeCli = (
      await watching(60, { 4: () => cli.service.command(complete), 90: interrupt })
    ).withScreen();
    await cli.run('watch');
    const last = (text: string) => cli.drawings.findLastIndex((drawing) => drawing.includes(text));
    expect(cli.drawings[0]).toMatch(/^STACK .*\nweb +CREATE +IN_PROGRESS +in 1m 00s /);
    expect(last('COMPLETE')).toBeGreaterThanOrEqual(60);
    expect(cli.drawings.at(-1)).toContain('No operation is in progress');
  });

  test('one that failed stays first for an hour, also if that was before the watch', async () => {
    const cli: FakeCli = (await watching(7200, { 3590: interrupt })).withScreen();
    await cli.service.start('late', 1);
    await cli.service.start('broken', 600);
    const end = { operationId: 'op-1', stackId: 'broken', status: 'FAILED', reason: 'no quota' };
    await cli.service.command({ command: 'CompleteOperation', ...end });
    await cli.run('watch', '--interval', '10s');
    const first = (drawing = '') => drawing.split('\n').map((line) => line.split(' ')[0]);
    expect(first(cli.drawings[0])).toEqual(['STACK', 'broken', 'late', 'web']);
    expect(cli.drawings[0]).toMatch(/^broken +CREATE +FAILED +0s ago +REPORTED +no quota/m);
    expect(first(cli.drawings.at(-1))).toEqual(['STACK', 'late', 'broken', 'web']);
    expect(cli.drawings.at(-1)).toMatch(/^late +CREATE +FAILED +59m \d\ds ago +TIMEOUT +Timed out/m);
  });

  test('one that failed before the watch is gone after an hour, and at once when it starts again', async () => {
    const again = { operationId: 'op-2' };
    const cli: FakeCli = (
      await watching(9000, { 10: () => cli.service.start('again', 9000, again), 3650: interrupt })
    ).withScreen();
    for (const stackId of ['again', 'broken']) {
      await cli.service.start(stackId, 600);
      await cli.service.command({ command: 'CancelOperation', stackId, operationId: 'op-1' });
    }
    await cli.run('watch', '--interval', '10s');
    expect(cli.drawings[0]).toMatch(/^again +CREATE +FAILED/m);
    expect(cli.drawings[0]).toMatch(/^broken +CREATE +FAILED/m);
    expect(cli.drawings.at(-1)).toMatch(/^again +CREATE +IN_PROGRESS/m);
    expect(cli.drawings.at(-1)).not.toContain('broken');
  });

  test('what failed between two polls is seen', async () => {
    const brief = async () => {
      await cli.service.start('brief', 600);
      await cli.service.command({ command: 'CancelOperation', stackId: 'brief', operationId: 'op-1' });
    };
    const cli: FakeCli = (await watching(600, { 3: brief, 9: interrupt })).withScreen();
    await cli.run('watch');
    expect(cli.drawings.at(-1)).toMatch(/^brief +CREATE +FAILED/m);
  });

  test('those that do not fit are those with the latest deadlines', async () => {
    const cli: FakeCli = (await watching(600, { 1: interrupt })).withScreen(6);
    for (const [n, stackId] of ['d', 'c', 'b', 'a'].entries()) await cli.service.start(stackId, 100 + n);
    await cli.service.command({ command: 'CancelOperation', stackId: 'b', operationId: 'op-1' });
    await cli.run('watch');
    const lines = cli.drawings[0]?.split('\n').map((line) => line.replace(/ {2}.*/, ''));
    expect(lines).toEqual(['STACK', 'b', 'd', 'c', '... and 2 more: 2 in progress']);
  });

  test('one stack has its resource actions below, failures first', async () => {
    const cli = (await watching(600, { 1: interrupt })).withScreen(30);
    const [a, b] = ['a', 'b'].map((name) => resourceAction(cli.service, name, 'web'));
    await a?.dispatch({});
    await b?.dispatch({ onFailure: 'CONTINUE' });
    await b?.claim();
    await b?.complete({ status: 'FAILED' });
    await cli.run('watch', 'web');
    const rows = cli.drawings[0]
      ?.split('\n\n')[1]
      ?.split('\n')
      .map((line) => line.split(' ')[0]);
    expect(rows).toEqual(['RESOURCE', 'b', 'a']);
  });

  test.each([60, 80, 200])('of %i columns no line is longer, whatever the names', async (columns) => {
    const cli = (await watching(600, { 1: interrupt })).withScreen(30, columns);
    const name = 'x'.repeat(255);
    await cli.service.start(name, 600, { metadata: { text: '漢字'.repeat(99) } });
    const work = resourceAction(cli.service, name, name);
    await work.dispatch({});
    await cli.run('watch');
    await cli.service.command({ command: 'CancelOperation', stackId: name, operationId: 'op-1' });
    await cli.run('watch');
    await cli.run('watch', name);
    expect(cli.drawings.length).toBeGreaterThan(2);
    for (const line of cli.drawings.flatMap((drawing) => drawing.split('\n')))
      expect(widthOf(line)).toBeLessThanOrEqual(columns);
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
