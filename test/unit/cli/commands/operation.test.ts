import { describe, expect, test } from 'vitest';
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

  test('extend', async () => {
    const cli = await withOperation();
    const { out } = await cli.run('extend', 'web', 'op-1', '--timeout', '2h', '--json');
    expect(JSON.parse(out).stack).toMatchObject({ deadline: '2026-01-31T14:00:00.000Z' });
  });
});
