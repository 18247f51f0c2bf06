/** What the CLI says when a command did not succeed. */
import { describe, expect, test } from 'vitest';
import { ERROR_CODES } from '../../../contract/index.ts';
import { FakeCli, withOperation } from './fake-cli.ts';

describe('what the service refuses', () => {
  const START = ['--action', 'UPDATE', '--timeout', '1h'];
  const refusals: [string, string[], number][] = [
    ['StackNotFound', ['get', 'nowhere'], 3],
    ['ResourceNotFound', ['resource', 'web', 'nothing'], 3],
    ['OperationInProgress', ['start', 'web', ...START], 3],
    ['StaleOperation', ['complete', 'web', 'op-0'], 3],
    ['OperationEnded', ['cancel', 'web', 'op-1'], 3],
    ['ParentEnded', ['start', 'child', ...START, '--parent-stack', 'web'], 3],
  ];
  const ended = ['OperationEnded', 'ParentEnded'];
  /** Said to engines, or of arguments that the CLI refuses itself. */
  const otherCodes = [
    'ResourceInProgress',
    'StaleAttempt',
    'NotClaimable',
    'ValidationError',
    'NotPermitted',
  ];

  test('is tested for every error code', () => {
    expect([...refusals.map(([code]) => code), ...otherCodes].sort()).toEqual([...ERROR_CODES].sort());
  });

  test.each(refusals)('%s', async (errorCode, words, exitCode) => {
    const cli = await withOperation();
    if (ended.includes(errorCode)) await cli.run('complete', 'web', 'op-1');
    const text = await cli.run(...words);
    expect(text).toMatchObject({ code: exitCode, out: '' });
    expect(text.err).toContain(`refused: ${errorCode}: `);
    expect(text.err).toMatch(/\n.*stack-timeouts/);

    const json = await cli.run(...words, '--json');
    expect(json).toMatchObject({ code: exitCode, err: '' });
    expect(JSON.parse(json.out)).toMatchObject({ ok: false, error: { code: errorCode } });
  });

  test.each(otherCodes)('%s would be explained', async (code) => {
    const cli = new FakeCli();
    cli.transport.answers.push({ ok: false, error: { code, message: 'no' } });
    const { err, code: exitCode } = await cli.run('get', 'web');
    expect(err).toMatch(new RegExp(`^refused: ${code}: no\\n.*(?:stack-timeouts|--function)`));
    expect(exitCode).toBe(code === 'ValidationError' ? 2 : 3);
  });
});

test('an infrastructure failure has exit code 1, nothing on stdout, and says what to do', async () => {
  const cli = new FakeCli();
  const denied = { name: 'AccessDeniedException', $metadata: { httpStatusCode: 403 } };
  cli.transport.failures.push(Object.assign(new Error('User x is not authorized'), denied));
  const { code, out, err } = await cli.run('get', 'web', '--json');
  expect({ code, out }).toEqual({ code: 1, out: '' });
  expect(err).toMatch(/is not authorized\nYou need permission/);
});
