import { describe, expect, test } from 'vitest';
import { ACTIONS, ERROR_CODES } from '../../../contract/index.ts';
import { FakeCli } from './fake-cli.ts';

const COMMANDS = ['start', 'complete', 'cancel', 'extend', 'get', 'resource', 'list', 'watch', 'redrive'];

/** A CLI on whose service the stack `web` has operation `op-1` in progress for a minute. */
async function withOperation(): Promise<FakeCli> {
  const cli = new FakeCli();
  await cli.service.start('web', 60);
  return cli;
}

describe('help', () => {
  test.each(COMMANDS)('%s has examples', async (command) => {
    const { code, out, err } = await new FakeCli().run(command, '--help');
    expect({ code, err }).toEqual({ code: 0, err: '' });
    expect(out).toMatch(new RegExp(`Examples:\n {2}\\$ stack-timeouts ${command}`));
    expect(out).toContain('--json');
  });

  test('lists the commands and the exit codes', async () => {
    const { code, out } = await new FakeCli().run('--help');
    expect(code).toBe(0);
    for (const command of COMMANDS) expect(out).toMatch(new RegExp(`^ {2}${command} `, 'm'));
    for (const exitCode of [0, 1, 2, 3, 4, 130, 141])
      expect(out).toMatch(new RegExp(`^ {2}${exitCode} `, 'm'));
  });
});

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
    expect(err).toContain('was started before, at 2026-01-31T12:00:00.000Z; nothing was changed');
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

describe('usage errors: exit code 2, nothing is sent', () => {
  test.each([
    ['no command', [], /Usage:/],
    ['an unknown command', ['finish'], /unknown command/],
    ['an unknown flag', ['list', '--fast'], /unknown option/],
    ['a missing argument', ['get'], /missing required argument 'stack'/],
    ['a missing timeout', ['start', 'web', '--action', 'CREATE'], /--timeout/],
    [
      'a number without unit',
      ['extend', 'web', 'op-1', '--timeout', '90'],
      /write 90s for seconds or 90m for minutes/,
    ],
    ['a bad duration', ['extend', 'web', 'op-1', '--timeout', 'soon'], /must be a duration: 90s, 30m/],
    ['a bad action', ['start', 'web', '--action', 'KILL', '--timeout', '1h'], new RegExp(ACTIONS.join(', '))],
    ['a bad status', ['complete', 'web', 'op-1', '--status', 'DONE'], /COMPLETE, FAILED/],
    [
      'bad metadata',
      ['start', 'web', '--action', 'CREATE', '--timeout', '1h', '--metadata', '[1]'],
      /JSON object/,
    ],
    [
      "a parent's operation without its stack",
      ['start', 'web', '--action', 'CREATE', '--timeout', '1h', '--parent-operation', 'op-1'],
      /--parent-operation needs --parent-stack/,
    ],
    ['half a resource', ['resource', 'web'], /missing required argument 'resource'/],
    ['a bad limit', ['list', '--limit', '0'], /whole number from 1/],
    ['too short an interval', ['watch', '--interval', '0s'], /at least 1s/],
    ['two places', ['list', '--local', '--function', 'command'], /cannot be used with/],
  ])('%s', async (_, words, message) => {
    const cli = new FakeCli();
    const { code, out, err } = await cli.run(...words);
    expect({ code, out }).toEqual({ code: 2, out: '' });
    expect(err).toMatch(message);
    expect(cli.transport.requests).toEqual([]);
  });
});

describe('what the service refuses', () => {
  const START = ['--action', 'UPDATE', '--timeout', '1h'];
  const refusals: [string, string[], number][] = [
    ['ValidationError', ['get', 'no spaces'], 2],
    ['StackNotFound', ['get', 'nowhere'], 3],
    ['ResourceNotFound', ['resource', 'web', 'nothing'], 3],
    ['OperationInProgress', ['start', 'web', ...START], 3],
    ['StaleOperation', ['complete', 'web', 'op-0'], 3],
    ['OperationEnded', ['cancel', 'web', 'op-1'], 3],
    ['ParentEnded', ['start', 'child', ...START, '--parent-stack', 'web'], 3],
  ];
  const ended = ['OperationEnded', 'ParentEnded'];
  /** Said to engines; the CLI has no command that is refused with them. */
  const otherCodes = ['ResourceInProgress', 'StaleAttempt', 'NotClaimable'];

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
    const { err } = await cli.run('get', 'web');
    expect(err).toMatch(new RegExp(`^refused: ${code}: no\\n.*stack-timeouts resource`));
  });
});

test('an infrastructure failure has exit code 1, nothing on stdout, and says what to do', async () => {
  const cli = new FakeCli();
  const denied = { name: 'AccessDeniedException', $metadata: { httpStatusCode: 403 } };
  cli.transport.failures.push(Object.assign(new Error('User x is not authorized'), denied));
  const { code, out, err } = await cli.run('get', 'web', '--json');
  expect({ code, out }).toEqual({ code: 1, out: '' });
  expect(err).toMatch(/is not authorized\nYou need the permission/);
});

test('the flags that say where the service is are global', async () => {
  const cli = new FakeCli();
  await cli.run('list', '--stack-name', 'Mine', '--region', 'eu-north-1');
  expect(cli.where).toMatchObject({ stackName: 'Mine', region: 'eu-north-1' });
  await cli.run('--local', 'list');
  expect(cli.where).toMatchObject({ local: true });
});
