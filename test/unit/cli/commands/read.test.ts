import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { StackTimeoutsClient } from '../../../../client/index.ts';
import type { Stack } from '../../../../contract/index.ts';
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

describe('list of what has ended', () => {
  /** `failed-n` and `complete-n` ended n hours ago, `web` is in progress. */
  async function withEnded(): Promise<FakeCli> {
    const cli = new FakeCli();
    for (const hours of [30, 3, 1]) {
      for (const status of ['FAILED', 'COMPLETE']) {
        const stackId = `${status.toLowerCase()}-${hours}`;
        await cli.service.start(stackId, 999_999);
        const end = { command: 'CompleteOperation', stackId, operationId: 'op-1', status, reason: 'as told' };
        await cli.service.command(end);
      }
      cli.clock.advance((hours === 30 ? 27 : hours === 3 ? 2 : 1) * 3_600_000);
    }
    await cli.service.start('web', 60);
    return cli;
  }
  const ids = async (cli: FakeCli, ...flags: string[]) =>
    JSON.parse((await cli.run('list', '--json', ...flags)).out).stacks.map(
      ({ stackId }: { stackId: string }) => stackId,
    );

  test('the newest first, of the last day unless told otherwise', async () => {
    const cli = await withEnded();
    expect(await ids(cli)).toEqual(['web']);
    expect(await ids(cli, '--failed')).toEqual(['failed-1', 'failed-3']);
    expect(await ids(cli, '--complete')).toEqual(['complete-1', 'complete-3']);
    expect(await ids(cli, '--failed', '--since', '2h')).toEqual(['failed-1']);
    expect(await ids(cli, '--failed', '--since', '7d')).toEqual(['failed-1', 'failed-3', 'failed-30']);
    expect(await ids(cli, '--all')).toEqual(['web', 'complete-1', 'failed-1', 'complete-3', 'failed-3']);
  });

  test('--limit takes the newest of those that ended', async () => {
    const cli = await withEnded();
    expect(await ids(cli, '--failed', '--limit', '1')).toEqual(['failed-1']);
    expect(cli.transport.requests.at(-1)).toMatchObject({ status: 'FAILED', limit: 1 });
    expect(await ids(cli, '--all', '--limit', '3')).toEqual(['web', 'complete-1', 'failed-1', 'complete-3']);
  });

  test('what ends, or starts again, between two lists is there once', async () => {
    const cli = await withEnded();
    const { listStacks } = StackTimeoutsClient.prototype;
    const end = { command: 'CompleteOperation', stackId: 'web', operationId: 'op-1', status: 'COMPLETE' };
    vi.spyOn(StackTimeoutsClient.prototype, 'listStacks').mockImplementation(async function (
      this: StackTimeoutsClient,
      fields,
    ) {
      if (fields?.status === 'COMPLETE') await cli.service.command(end);
      return listStacks.call(this, fields);
    });
    onTestFinished(() => void vi.restoreAllMocks());
    const { out } = await cli.run('list', '--json', '--all', '--since', '2h');
    const stacks = JSON.parse(out).stacks as Stack[];
    expect(stacks.map(({ stackId, status }) => `${stackId} ${status}`)).toEqual([
      'web COMPLETE',
      'complete-1 COMPLETE',
      'failed-1 FAILED',
    ]);
  });

  test('as a table: how long ago, cause and reason', async () => {
    const cli = await withEnded();
    const { out } = await cli.run('list', '--failed', '--since', '90m');
    expect(out.split('\n')).toEqual([
      'STACK     ACTION  STATUS  WHEN        CAUSE     REASON   DEADLINE OR END           OPERATION',
      'failed-1  CREATE  FAILED  1h 00m ago  REPORTED  as told  2026-02-01T17:00:00.000Z  op-1',
    ]);
    expect((await cli.run('list', '--all')).out).toMatch(/^web +CREATE +IN_PROGRESS +in 1m 00s /m);
  });

  test('says when there is none, and since when', async () => {
    const run = async (...flags: string[]) => (await new FakeCli().run('list', ...flags)).out;
    expect(await run('--failed')).toBe('No operation failed in the last 1d.');
    expect(await run('--complete', '--since', '90m')).toBe('No operation completed in the last 1h 30m.');
    expect(await run('--all')).toBe('No operation is in progress, and none ended in the last 1d.');
  });

  test.each([
    ['--failed', '--complete'],
    ['--failed', '--all'],
    ['--complete', '--all'],
  ])('%s and %s exclude each other', async (...flags) => {
    const { code, err } = await new FakeCli().run('list', ...flags);
    expect(code).toBe(2);
    expect(err).toContain('cannot be used with');
  });
});
