import { describe, expect, test } from 'vitest';
import { resourceAction } from '../../../support/resources.ts';
import { withOperation } from '../fake-cli.ts';

describe('complete, cancel, extend', () => {
  test('complete', async () => {
    const cli = await withOperation();
    const { code, out } = await cli.run('complete', 'web', 'op-1');
    expect(code).toBe(0);
    expect(out).toContain('CREATE_COMPLETE');
    expect(out).toContain('Ended      2026-01-31T12:00:00.000Z');
    expect(out).not.toContain('Time left');
  });

  test('complete as FAILED', async () => {
    const cli = await withOperation();
    const { out } = await cli.run(
      'complete',
      'web',
      'op-1',
      '--status',
      'failed',
      '--reason',
      'no quota',
      '--json',
    );
    expect(JSON.parse(out).stack).toMatchObject({
      status: 'FAILED',
      statusReason: 'no quota',
      cause: 'REPORTED',
    });
  });

  test('cancel', async () => {
    const cli = await withOperation();
    const { out } = await cli.run('cancel', 'web', 'op-1', '--reason', 'wrong template', '--json');
    expect(JSON.parse(out).stack).toMatchObject({ cause: 'CANCELLED', statusReason: 'wrong template' });
  });

  describe('cancel --resource', () => {
    const withResource = async () => {
      const cli = await withOperation();
      await resourceAction(cli.service, 'server', 'web').dispatch({ delaySeconds: 30 });
      return cli;
    };

    test('ends one resource action; the operation goes on', async () => {
      const cli = await withResource();
      const { code, out } = await cli.run('cancel', 'web', '--resource', 'server', '--reason', 'not needed');
      expect(code).toBe(0);
      expect(out).toMatch(/^Resource {3}server$/m);
      expect(out).toMatch(/^Cause {6}CANCELLED$/m);
      expect(out).toMatch(/^Reason {5}not needed$/m);
      expect(JSON.parse((await cli.run('get', 'web', '--json')).out)).toMatchObject({
        stack: { status: 'IN_PROGRESS' },
        resources: [{ status: 'FAILED', cause: 'CANCELLED' }],
      });
    });

    test('of an operation that is given', async () => {
      const cli = await withResource();
      const given = await cli.run('cancel', 'web', 'op-1', '--resource', 'server', '--json');
      expect(JSON.parse(given.out).resource).toMatchObject({ cause: 'CANCELLED' });
      const other = await cli.run('cancel', 'web', 'op-0', '--resource', 'server');
      expect(other).toMatchObject({ code: 3, err: expect.stringContaining('StaleOperation') });
    });

    test('without it, the operation must be given', async () => {
      const cli = await withOperation();
      const { code, err } = await cli.run('cancel', 'web');
      expect({ code, err }).toEqual({
        code: 2,
        err: "error: Give the operationId, or --current for the stack's current operation.",
      });
      expect(cli.transport.requests).toEqual([]);
    });
  });

  test.each([
    [['complete'], { status: 'COMPLETE' }],
    [['cancel'], { cause: 'CANCELLED' }],
    [['extend', '--timeout', '2h'], { deadline: '2026-01-31T14:00:00.000Z' }],
  ])('%j --current takes the current operation', async ([name = '', ...flags], stack) => {
    const cli = await withOperation();
    const { code, out } = await cli.run(name, 'web', '--current', ...flags, '--json');
    expect(code).toBe(0);
    expect(JSON.parse(out).stack).toMatchObject({ operationId: 'op-1', ...stack });
    expect(cli.transport.requests).toHaveLength(2);
    const both = await cli.run(name, 'web', 'op-1', '--current', ...flags);
    expect(both).toMatchObject({ code: 2, err: 'error: Give the operationId or --current, not both.' });
    const neither = await cli.run(name, 'web', ...flags);
    expect(neither).toMatchObject({ code: 2, err: expect.stringContaining('or --current') });
  });

  test('cancel --resource takes the operationId or --current, not both', async () => {
    const cli = await withOperation();
    const { code, err } = await cli.run('cancel', 'web', 'op-1', '--current', '--resource', 'server');
    expect({ code, err }).toEqual({ code: 2, err: 'error: Give the operationId or --current, not both.' });
    expect(cli.transport.requests).toEqual([]);
  });

  test('extend', async () => {
    const cli = await withOperation();
    const { out } = await cli.run('extend', 'web', 'op-1', '--timeout', '2h', '--json');
    expect(JSON.parse(out).stack).toMatchObject({ deadline: '2026-01-31T14:00:00.000Z' });
  });
});
