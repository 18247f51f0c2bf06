import { describe, expect, test } from 'vitest';
import { FakeCli, withOperation } from '../fake-cli.ts';

describe('get and list', () => {
  test('get shows what an engine wrote without its control characters', async () => {
    const cli = await withOperation();
    await cli.run('complete', 'web', 'op-1', '--reason', 'done\x1b[2J\nOK');
    const { code, out } = await cli.run('get', 'web');
    expect(code).toBe(0);
    expect(out).toContain('Reason     done [2J OK');
  });

  test('list shows all pages, the next deadline first', async () => {
    const cli = await withOperation();
    await cli.service.start('db', 3723, { action: 'UPDATE' });
    cli.clock.advance(500);
    const { code, out } = await cli.run('list');
    expect(code).toBe(0);
    expect(out.split('\n')).toEqual([
      'STACK  OPERATION  ACTION  STATUS       DEADLINE                  TIME LEFT',
      'web    op-1       CREATE  IN_PROGRESS  2026-01-31T12:01:00.000Z  1m 00s',
      'db     op-1       UPDATE  IN_PROGRESS  2026-01-31T13:02:03.000Z  1h 02m 03s',
    ]);
  });

  test('list marks what is overdue', async () => {
    const cli = await withOperation();
    cli.clock.advance(65_000);
    expect((await cli.run('list')).out).toContain('overdue 5s');
  });

  test('list says when there is nothing', async () => {
    expect((await new FakeCli().run('list')).out).toBe('No operation is in progress.');
  });

  test('list --json is one answer; --limit ends early', async () => {
    const cli = new FakeCli();
    for (let n = 0; n < 250; n++) await cli.service.start(`stack-${n}`, 60);
    expect(JSON.parse((await cli.run('list', '--json')).out).stacks).toHaveLength(250);
    cli.transport.requests.length = 0;
    const answer = JSON.parse((await cli.run('list', '--json', '--limit', '3')).out);
    expect(answer).toMatchObject({ ok: true });
    expect(answer.stacks).toHaveLength(3);
    expect(cli.transport.requests).toEqual([{ command: 'ListStacks', limit: 3 }]);
  });
});
