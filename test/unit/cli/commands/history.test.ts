import { describe, expect, test } from 'vitest';
import type { HistoryEntry, Request } from '../../../../contract/index.ts';
import { type FakeCli, withOperation } from '../fake-cli.ts';
import { claimed, dispatched, ENTRIES, entry, iso, lost, started, steps } from '../history/entries.ts';

const RUNNING = [
  started,
  ...steps('server', [1, dispatched], [2, claimed(1, 'engine-1')], [12, lost(1, 'engine-1')]),
];
const newestFirst = (entries: readonly HistoryEntry[]) =>
  entries.toSorted((a, b) => b.at.localeCompare(a.at) || b.version - a.version);

/** Pages that the service answers. */
async function withHistory(...pages: (readonly HistoryEntry[])[]): Promise<FakeCli> {
  const cli = await withOperation();
  cli.clock.advance(20_000);
  for (const [n, history] of pages.entries())
    cli.transport.answers.push({
      ok: true,
      history: newestFirst(history),
      ...(n < pages.length - 1 && { nextToken: `page-${n + 2}` }),
    });
  cli.transport.requests.length = 0;
  return cli;
}

describe('history', () => {
  test('shows the operation, its timeline and its entries, newest first', async () => {
    const cli = await withHistory(RUNNING);
    const { code, out } = await cli.run('history', 'web');
    expect(code).toBe(0);
    expect(out.split('\n')).toEqual([
      'Stack      web',
      'Operation  op-1',
      'Status     CREATE_IN_PROGRESS',
      'Started    2026-01-31T12:00:00.000Z',
      'Deadline   2026-01-31T12:01:00.000Z',
      '',
      '           0s               5s               10s              15s',
      '           |                |                |                |',
      'operation  ====================================================================>',
      'server        ...A################################%!~~~~~~~~~~~~~~~~~~~~~~~~~~~>',
      '',
      '= operation in progress   . waits for an engine   # an engine works',
      '~ waits for the next attempt   % late   A2 engine A begins attempt 2',
      '! engine lost   > in progress',
      'A engine engine-1',
      '',
      'AT            RESOURCE  WHAT         ATTEMPT  ENGINE    CAUSE        LATE BY  REASON',
      '12:00:12.000  server    engine lost  1        engine-1  ENGINE_LOST  300ms    Engine engine-1 went down during resource CREATE',
      '12:00:02.000  server    claimed      1        engine-1',
      '12:00:01.000  server    dispatched   1',
      '12:00:00.000            started',
    ]);
  });

  test.each([60, 80, 200])('fits into %i columns', async (columns) => {
    const cli = await withHistory(ENTRIES);
    cli.withScreen(24, columns);
    const { out } = await cli.run('history', 'web');
    expect(Math.max(...out.split('\n').map(({ length }) => length))).toBeLessThanOrEqual(columns);
  });

  test('on 80 columns a reason gives way to engine, outcome and lateness', async () => {
    const { out } = await (await withHistory(RUNNING)).withScreen(24, 80).run('history', 'web');
    expect(out).toMatch(/^12:00:12\.000 +server +engine lost +1 +engine-1 +ENGINE_LOST +300ms$/m);
  });

  test('--json is the answer of all pages and nothing else', async () => {
    const cli = await withHistory(ENTRIES.slice(7), ENTRIES.slice(0, 7));
    const { out, err } = await cli.run(
      'history',
      'web',
      '--operation',
      'op-1',
      '--resource',
      'server',
      '--json',
    );
    expect(JSON.parse(out)).toEqual({
      ok: true,
      history: [...newestFirst(ENTRIES.slice(7)), ...newestFirst(ENTRIES.slice(0, 7))],
    });
    expect(err).toBe('');
    const filter = {
      command: 'GetHistory',
      stackId: 'web',
      operationId: 'op-1',
      resource: 'server',
      limit: 100,
    };
    expect(cli.transport.requests).toEqual([filter, { ...filter, nextToken: 'page-2' }]);
  });

  test('--limit reads no more, and says that something is missing', async () => {
    const cli = await withHistory();
    cli.transport.answers.push({ ok: true, history: newestFirst(RUNNING.slice(2)), nextToken: 'more' });
    const { out } = await cli.run('history', 'web', '--limit', '2');
    expect(cli.transport.requests[0]).toEqual({ command: 'GetHistory', stackId: 'web', limit: 2 });
    expect(cli.transport.requests).toHaveLength(2);
    expect(out).toContain('Earlier entries are missing: the limit was reached (--limit)');
  });

  test('reads the newest 2000 unless told otherwise, and all of an operation asked for', async () => {
    const pages = Array.from({ length: 21 }, () => Array.from({ length: 100 }, () => started));
    const asked = async (...flags: string[]) => {
      const cli = await withHistory(...pages);
      await cli.run('history', 'web', '--no-timeline', ...flags);
      return cli.transport.requests.filter((one) => (one as Request).command === 'GetHistory').length;
    };
    expect(await asked()).toBe(20);
    expect(await asked('--operation', 'op-1')).toBe(21);
    expect(await asked('--json')).toBe(21);
  });

  test('an operation asked for: only its timeline; other operations are named', async () => {
    const next = entry(70, { operationId: 'op-2', action: 'DELETE', transition: 'START', version: 3 });
    const { out } = await (await withHistory([...ENTRIES, next])).run('history', 'web');
    expect(out).toContain('Operation  op-2');
    expect(out).toContain(`--operation:\n  ${iso(66)}  op-1  CREATE_FAILED`);
  });

  test('--no-timeline shows the entries only; on several days with the date', async () => {
    const cli = await withHistory([started, entry(90_000, { transition: 'COMPLETE', status: 'COMPLETE' })]);
    const { out } = await cli.run('history', 'web', '--no-timeline');
    expect(out).not.toContain('|');
    expect(out).toContain('2026-02-01T13:00:00.000Z');
  });

  test('draws as wide as the terminal, in Unicode if it can; --ascii does not', async () => {
    const wide = (await withHistory(RUNNING)).withScreen(24, 120);
    wide.unicode = true;
    const { out } = await wide.run('history', 'web');
    expect(out.split('\n').find((line) => line.startsWith('server'))).toMatch(/█/);
    expect(out.split('\n').find((line) => line.startsWith('operation'))).toHaveLength(120);
    const ascii = (await withHistory(RUNNING)).withScreen();
    ascii.unicode = true;
    expect((await ascii.run('history', 'web', '--ascii')).out).toMatch(/^[\n -~]*$/);
  });

  test('without entries it says what to do', async () => {
    const { code, out } = await (await withHistory([])).run('history', 'web', '--resource', 'server');
    expect(code).toBe(0);
    expect(out.split('\n')).toEqual([
      'There is no history of stack web, resource server.',
      '- For all its entries: stack-timeouts history web',
      '- An entry is kept for the retention time (see the settings of the deployment).',
      '- The deployment writes none if its history is switched off.',
      '- Changes made before the deployment had a history have no entry.',
      'What is known of it now: stack-timeouts get web',
    ]);
  });

  test('a refusal is shown as every other', async () => {
    const cli = await withOperation();
    cli.transport.answers.push({
      ok: false,
      error: { code: 'StackNotFound', message: 'there is no stack web' },
    });
    expect(await cli.run('history', 'web')).toMatchObject({ code: 3 });
  });

  test('a stack that is gone: the entries are left', async () => {
    const cli = await withHistory(ENTRIES);
    cli.transport.answers.push({ ok: false, error: { code: 'StackNotFound', message: 'gone' } });
    expect((await cli.run('history', 'web')).out).toContain('CREATE_FAILED');
  });
});

describe('history --svg', () => {
  test('writes the timeline to a file, with --json too', async () => {
    const cli = await withHistory(ENTRIES);
    const { out, err } = await cli.run('history', 'web', '--svg', 'web.svg', '--json');
    expect(JSON.parse(out).history).toHaveLength(ENTRIES.length);
    expect(err).toBe('The timeline is in web.svg');
    expect(cli.files['web.svg']).toMatch(/^<svg .*<\/svg>\n$/s);
  });

  test('says why it cannot', async () => {
    const cli = await withHistory([]);
    expect(await cli.run('history', 'web', '--svg', 'web.svg')).toMatchObject({
      code: 2,
      err: 'error: There is no timeline to write to web.svg.',
    });
    const full = await withHistory(ENTRIES);
    full.writeError = new Error('ENOSPC: no space left on device');
    expect(await full.run('history', 'web', '--svg', 'web.svg')).toMatchObject({
      code: 2,
      err: 'error: Cannot write web.svg: ENOSPC: no space left on device',
    });
  });

  test('with --json an error is the only answer', async () => {
    const cli = await withHistory(ENTRIES);
    cli.writeError = new Error('ENOSPC: no space left on device');
    const { code, out } = await cli.run('history', 'web', '--svg', 'web.svg', '--json');
    expect(code).toBe(2);
    expect(JSON.parse(out)).toMatchObject({ ok: false, error: { code: 'ValidationError' } });
  });
});
