import { describe, expect, test } from 'vitest';
import { FakeCli, withOperation } from '../fake-cli.ts';

describe('start', () => {
  test('shows the operation with its generated id', async () => {
    const { code, out, err } = await new FakeCli().run(
      'start',
      'web',
      '--action',
      'CREATE',
      '--timeout',
      '1h30m',
    );
    expect({ code, err }).toEqual({ code: 0, err: '' });
    expect(out.split('\n')).toEqual([
      'Stack      web',
      'Operation  id-1',
      'Status     CREATE_IN_PROGRESS',
      'Reason     Stack CREATE started',
      'Started    2026-01-31T12:00:00.000Z',
      'Deadline   2026-01-31T13:30:00.000Z',
      'Time left  1h 30m 00s',
      'Version    1',
    ]);
  });

  test.each([
    ['asked for something else', ['--action', 'UPDATE', '--timeout', '60s'], false],
    ['had another timeout', ['--action', 'CREATE', '--timeout', '61s'], false],
    ['has ended since', ['--action', 'CREATE', '--timeout', '60s'], true],
  ])('with an operationId whose earlier start %s: says that nothing was changed', async (_, flags, end) => {
    const cli = await withOperation();
    if (end) await cli.run('complete', 'web', 'op-1');
    const { code, err } = await cli.run('start', 'web', '--operation', 'op-1', ...flags);
    expect(code).toBe(0);
    expect(err).toContain('was already started at 2026-01-31T12:00:00.000Z; nothing was changed');
  });

  test('repeated as it was, it says nothing about that', async () => {
    const cli = await withOperation();
    const { code, err } = await cli.run(
      'start',
      'web',
      '--operation',
      'op-1',
      '--action',
      'CREATE',
      '--timeout',
      '60s',
    );
    expect({ code, err }).toEqual({ code: 0, err: '' });
  });

  test('sends every flag; the action in any case', async () => {
    const cli = new FakeCli();
    const flags = ['--operation', 'mine', '--supersede', '--metadata', '{"owner": "ops"}'];
    const { out } = await cli.run(
      'start',
      'web',
      '--action',
      'rollback',
      '--timeout',
      '90s',
      ...flags,
      '--json',
    );
    expect(cli.transport.requests).toEqual([
      {
        command: 'StartOperation',
        stackId: 'web',
        operationId: 'mine',
        action: 'ROLLBACK',
        timeoutSeconds: 90,
        supersede: true,
        metadata: { owner: 'ops' },
      },
    ]);
    expect(JSON.parse(out)).toMatchObject({
      ok: true,
      stack: { operationId: 'mine', metadata: { owner: 'ops' } },
    });
  });

  describe('of a child stack', () => {
    const START = ['start', 'web/db', '--action', 'CREATE', '--timeout', '1h', '--parent-stack', 'web'];

    test("belongs to the parent's current operation, which is looked up", async () => {
      const cli = await withOperation();
      await cli.run(...START);
      expect(cli.transport.requests).toMatchObject([
        { command: 'GetStack', stackId: 'web' },
        { command: 'StartOperation', stackId: 'web/db', parent: { stackId: 'web', operationId: 'op-1' } },
      ]);
    });

    test('or to the one that is named; the answer shows it', async () => {
      const cli = await withOperation();
      const { code, out, err } = await cli.run(...START, '--parent-operation', 'op-1');
      // The deadline is the parent's, which is no sign of an earlier start.
      expect({ code, err }).toEqual({ code: 0, err: '' });
      expect(cli.transport.requests).toHaveLength(1);
      expect(out).toContain('Parent     web, operation op-1');
      expect(out).toContain('Deadline   2026-01-31T12:01:00.000Z');
    });

    test('that was started before without a parent: says that nothing was changed', async () => {
      const cli = await withOperation();
      await cli.service.start('web/db', 60);
      const { code, err } = await cli.run(...START, '--timeout', '60s', '--operation', 'op-1');
      expect(code).toBe(0);
      expect(err).toContain('nothing was changed');
    });
  });

  test('that got no answer says how to repeat it without a second start', async () => {
    const cli = new FakeCli();
    cli.transport.failures.push(new Error('socket hang up'));
    const { code, out, err } = await cli.run('start', 'web', '--action', 'CREATE', '--timeout', '1h');
    expect({ code, out }).toEqual({ code: 1, out: '' });
    expect(err).toContain('--operation id-1');
    expect(err).toContain('socket hang up');
  });

  test.each([
    ['COMPLETE', 0],
    ['FAILED', 4],
  ])('--wait ends when the operation is %s', async (status, exitCode) => {
    const cli = new FakeCli();
    cli.onSleep = () =>
      cli.service.command({ command: 'CompleteOperation', stackId: 'web', operationId: 'id-1', status });
    const { code, out } = await cli.run(
      'start',
      'web',
      '--action',
      'CREATE',
      '--timeout',
      '1h',
      '--wait',
      '--json',
    );
    expect(code).toBe(exitCode);
    expect(out.split('\n').map((line) => JSON.parse(line).status)).toEqual(['IN_PROGRESS', status]);
  });
});
