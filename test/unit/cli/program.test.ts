import { describe, expect, test } from 'vitest';
import { ACTIONS } from '../../../contract/index.ts';
import { FakeCli } from './fake-cli.ts';

const COMMANDS = [
  'start',
  'complete',
  'cancel',
  'extend',
  'get',
  'resource',
  'list',
  'watch',
  'engines',
  'redrive',
  'rearm',
  'restore',
];

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
    ['a bad limit', ['list', '--limit', '0'], /--limit.* whole number from 1 to 1000000/],
    ['too high a limit', ['list', '--limit', '1000001'], /--limit.* whole number from 1 to 1000000/],
    ['a limit that is no count', ['list', '--limit', '1e3'], /--limit.* whole number/],
    [
      'half a second',
      ['watch', '--interval', '0.5s'],
      /--interval.* must be a duration: .*; in whole numbers, from 1s to 1d\./,
    ],
    [
      'since without what has ended',
      ['list', '--since', '2h'],
      /--since needs --failed, --complete or --all/,
    ],
    [
      'an unknown queue',
      ['redrive', '--queue', 'foo'],
      /one of timers, schedules, work, work-rule, stream, all \(in any case\)/,
    ],
    ['too short an interval', ['watch', '--interval', '0s'], /--interval.* from 1s to 1d\./],
    // The timers of Node.js would run out at once.
    ['too long an interval', ['watch', '--interval', '25d'], /--interval.* from 1s to 1d\./],
    [
      'no timeout',
      ['start', 'web', '--action', 'CREATE', '--timeout', '0s'],
      /--timeout.* from 1s to 365d\./,
    ],
    ['too long a timeout', ['extend', 'web', 'op-1', '--timeout', '365d1s'], /--timeout.* from 1s to 365d\./],
    ['a bad stack', ['get', 'no spaces'], /'stack'.* 1 to 255 of the characters A-Z/],
    ['a long stack', ['watch', 'x'.repeat(256)], /'stack'.* 1 to 255 of the characters A-Z/],
    ['no stack', ['start', '', '--action', 'CREATE', '--timeout', '1h'], /'stack'.* 1 to 255/],
    ['a long operationId', ['cancel', 'web', 'x'.repeat(65)], /'operation'.* 1 to 64 of the characters/],
    ['a bad resource', ['resource', 'web', 'a#b'], /'resource'.* 1 to 255 of the characters/],
    [
      'a long operationId to start',
      ['start', 'web', '--action', 'CREATE', '--timeout', '1h', '--operation', 'x'.repeat(65)],
      /--operation.* 1 to 64 of the characters/,
    ],
    [
      'a bad parent',
      ['start', 'web', '--action', 'CREATE', '--timeout', '1h', '--parent-stack', 'a b'],
      /--parent-stack.* 1 to 255 of the characters/,
    ],
    [
      "a bad parent's operation",
      ['start', 'web', '--action', 'CREATE', '--timeout', '1h', '--parent-stack=a', '--parent-operation='],
      /--parent-operation.* 1 to 64 of the characters/,
    ],
    [
      'a long reason',
      ['cancel', 'web', 'op-1', '--reason', 'é'.repeat(513)],
      /--reason.* at most 1024 bytes of valid Unicode/,
    ],
    [
      'a number that JSON cannot hold',
      ['start', 'web', '--action', 'CREATE', '--timeout', '1h', '--metadata', '{"n": 1e400}'],
      /--metadata.* finite numbers/,
    ],
    [
      'a number that would become another',
      ['start', 'web', '--action', 'CREATE', '--timeout', '1h', '--metadata', '{"n": 9007199254740993}'],
      /--metadata.* integers of at most 53 bits/,
    ],
    [
      'too much metadata',
      ['start', 'web', '--action', 'CREATE', '--timeout', '1h', '--metadata', `{"a":"${'x'.repeat(4096)}"}`],
      /--metadata.* at most 4096 bytes as JSON/,
    ],
    ['a bad region', ['list', '--region', 'eu north'], /--region.* 1 to 63 of the characters/],
    ['a bad stack of CloudFormation', ['list', '--stack-name', 'a_b'], /--stack-name.* name or ARN/],
    ['a bad function', ['list', '--function', ''], /--function.* name or ARN/],
    ['a time without a zone', ['rearm', '--before', '2026-01-31T12:00:00'], /a time with its zone/],
    ['no time', ['rearm', '--before', 'soon'], /a time with its zone/],
    ['too high a rate', ['rearm', '--rate', '10001'], /whole number from 1 to 10000/],
    ['a restore from no table', ['restore', '--from-table', '', '--yes'], /--from-table.* name or ARN/],
    ['a resource to cancel', ['cancel', 'web', '--resource', 'a#b'], /--resource.* 1 to 255 of the/],
    ['a restore from nowhere', ['restore', '--yes'], /--from-table/],
    ['a restore without a look', ['restore', '--from-table', 'T'], /--dry-run first, then add --yes/],
    [
      'a restore by function',
      ['restore', '--from-table', 'T', '--dry-run', '--function', 'command'],
      /use --stack-name/,
    ],
    ['two places', ['list', '--local', '--function', 'command'], /cannot be used with/],
  ])('%s', async (_, words, message) => {
    const cli = new FakeCli();
    const { code, out, err } = await cli.run(...words);
    expect({ code, out }).toEqual({ code: 2, out: '' });
    expect(err).toMatch(message);
    expect(cli.transport.requests).toEqual([]);
  });
});

describe('usage errors with --json are JSON, as what the service finds invalid', () => {
  test.each([
    ['no command', ['--json'], /^no command/],
    ['an unknown flag', ['--json', 'list', '--fast'], /^unknown option '--fast'/],
    ['a bad argument', ['watch', '--interval', '0.5s', '--json'], /whole numbers, from 1s to 1d\.$/],
    ['what belongs together', ['cancel', 'web', '--json'], /^Give the operationId/],
  ])('%s', async (_, words, message) => {
    const { code, out, err } = await new FakeCli().run(...words);
    expect({ code, err }).toEqual({ code: 2, err: '' });
    expect(JSON.parse(out)).toEqual({
      ok: false,
      error: { code: 'ValidationError', message: expect.stringMatching(message) },
    });
  });
});

test('behind -- is no flag: --json there is an argument', async () => {
  const { code, out, err } = await new FakeCli().run('resource', '--fast', '--', '--json');
  expect({ code, out }).toEqual({ code: 2, out: '' });
  expect(err).toMatch(/^error: unknown option '--fast'/);
});

test('the flags that say where the service is are global', async () => {
  const cli = new FakeCli();
  await cli.run('list', '--stack-name', 'Mine', '--region', 'eu-north-1');
  expect(cli.where).toMatchObject({ stackName: 'Mine', region: 'eu-north-1' });
  await cli.run('--local', 'list');
  expect(cli.where).toMatchObject({ local: true });
});
