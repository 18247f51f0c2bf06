/** What an answer, an error or a dead letter holds is shown, but changes nothing around it. */
import { describe, expect, test } from 'vitest';
import type { ResourceAction, Stack } from '../../../../contract/index.ts';
import { FakeCli } from '../fake-cli.ts';
import { MemoryDeadLetters, MemoryRecords, setUp, wakeUp } from '../redrive/fake-dead-letters.ts';

/** Moves the cursor, begins a line, colours, reorders, hides. */
const BAD = 'x\x1b[2J\n\x1b[31m\x9b\u202e\u2066\u200b\ufeff\u{e0041}\u2028y';
const SHOWN = 'x [2J [31m \\u202e\\u2066\\u200b\\ufeff\\udb40\\udc41 y';
/** What of it must not be written. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what it looks for.
const FORBIDDEN = /[\x1b\x9b\u202e\u2066\u200b\ufeff\u{e0041}\u2028]|^\s*\[31m/mu;

const STACK = {
  ...{ stackId: BAD, operationId: BAD, action: 'CREATE', status: 'FAILED', statusReason: BAD, cause: BAD },
  ...{ startedAt: '2026-01-31T12:00:00.000Z', deadline: '2026-01-31T12:00:00.000Z', endedAt: BAD },
  ...{ parent: { stackId: BAD, operationId: BAD }, metadata: { [BAD]: [BAD] }, version: 1 },
} as unknown as Stack;
const RUNNING = { ...STACK, status: 'IN_PROGRESS', endedAt: undefined, cause: undefined };
const RESOURCE = {
  ...{ stackId: BAD, operationId: BAD, resource: BAD, resourceType: BAD, action: 'CREATE', status: 'FAILED' },
  ...{ phase: BAD, attempt: 1, maxAttempts: 1, engineId: BAD, statusReason: BAD, cause: BAD, version: 1 },
  ...{ endedAt: BAD, lastFailure: { attempt: 1, engineId: BAD, cause: BAD, reason: BAD, at: BAD } },
} as unknown as ResourceAction;

const refusal = { ok: false, error: { code: 'StaleOperation', message: BAD, current: STACK } };

test.each<[string, string[], unknown[]]>([
  ['get', ['get', 'web'], [{ ok: true, stack: STACK, resources: [RESOURCE] }]],
  [
    'resource',
    ['resource', 'web', 'a'],
    [{ ok: true, resource: RESOURCE, input: { [BAD]: BAD }, output: BAD }],
  ],
  ['list', ['list'], [{ ok: true, stacks: [STACK, RUNNING] }]],
  [
    'watch',
    ['watch', 'web'],
    [
      { ok: true, stack: RUNNING, resources: [] },
      { ok: true, stack: { ...STACK, operationId: BAD }, resources: [] },
    ],
  ],
  [
    'watch, superseded',
    ['watch', 'web'],
    [
      { ok: true, stack: { ...RUNNING, operationId: 'a' }, resources: [] },
      { ok: true, stack: STACK, resources: [] },
    ],
  ],
  ['complete', ['complete', 'web', 'a'], [{ ok: true, stack: STACK }]],
  ['start', ['start', 'web', '--action', 'CREATE', '--timeout', '1h'], [{ ok: true, stack: STACK }]],
  [
    'start, again',
    ['start', 'web', '--action', 'CREATE', '--timeout', '1h'],
    [{ ok: true, stack: { ...STACK, startedAt: BAD } }],
  ],
  ['a refusal', ['get', 'web'], [refusal]],
  ['what is no answer', ['get', 'web'], [BAD]],
])('%s', async (_, words, answers) => {
  for (const format of [[], ['--json']]) {
    const cli = new FakeCli();
    cli.transport.answers.push(...answers);
    const { out, err } = await cli.run(...words, ...format);
    for (const text of [out, err]) expect(text).not.toMatch(FORBIDDEN);
    expect(out + err).toMatch(format.length > 0 ? /\\u202e|note|replaced/ : /\\u202e/);
    if (format.length > 0 && out)
      for (const line of out.split('\n')) expect(() => JSON.parse(line)).not.toThrow();
  }
});

describe('on a screen', () => {
  test.each([
    [['watch', 'web'], { ok: true, stack: STACK, resources: [] }],
    [['watch'], { ok: true, stacks: [STACK] }],
  ])('%j', async (words, answer) => {
    const cli = new FakeCli().withScreen(24, 200);
    cli.transport.answers.push(answer);
    cli.onSleep = () => {
      throw new Error('seen');
    };
    await cli.run(...words);
    expect(cli.drawings[0]).toContain(SHOWN);
    expect(cli.drawings.join('\n')).not.toMatch(FORBIDDEN);
  });
});

test('an error', async () => {
  const cli = new FakeCli();
  cli.transport.failures.push(Object.assign(new Error(BAD), { $metadata: { httpStatusCode: 403 } }));
  const { err } = await cli.run('get', 'web');
  expect(err).toContain(SHOWN);
  expect(err).not.toMatch(FORBIDDEN);
});

test('a dead letter and the key of a record', async () => {
  const { cli } = setUp({
    timers: new MemoryDeadLetters(BAD, wakeUp('a')),
    stream: new MemoryRecords({ [BAD]: BAD }),
  });
  for (const words of [['redrive'], ['redrive', '--json']]) {
    const { out } = await cli.run(...words);
    expect(out).toContain('\\u202e');
    expect(out).not.toMatch(FORBIDDEN);
  }
});
