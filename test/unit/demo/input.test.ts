import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { parseInput } from '../../../demo/input.ts';
import { expectedEnd } from '../../../demo/replay.ts';

const LINE = { stackId: 'web', operationId: 'update-1', action: 'UPDATE', timeoutSeconds: 60 };
const parse = (...lines: (object | string)[]) =>
  parseInput(lines.map((line) => (typeof line === 'string' ? line : JSON.stringify(line))).join('\n'));

test('a line is a StartOperation request, with or without the name of the command', () => {
  const request = { command: 'StartOperation', ...LINE };
  expect(parse(LINE)).toEqual({ ok: true, operations: [{ request }] });
  expect(parse(request)).toEqual({ ok: true, operations: [{ request }] });
});

test('completeAfterSeconds is no part of the request', () => {
  const parsed = parse({ ...LINE, completeAfterSeconds: 20 });
  expect(parsed).toEqual({
    ok: true,
    operations: [{ request: { command: 'StartOperation', ...LINE }, completeAfterSeconds: 20 }],
  });
});

test('empty lines and a carriage return at the end of a line do no harm', () => {
  expect(parse('', `${JSON.stringify(LINE)}\r`, '   ', '')).toMatchObject({ ok: true });
});

test.each([
  ['nonsense', 'line 1: is not JSON: '],
  ['[]', 'line 1: must be a JSON object'],
  ['7', 'line 1: must be a JSON object'],
  [
    { ...LINE, timeoutSeconds: 0 },
    'line 1: timeoutSeconds must be a whole number of seconds from 1 to 31536000',
  ],
  [{ ...LINE, action: 'MOVE' }, 'line 1: action must be one of CREATE, UPDATE, '],
  [{ ...LINE, timeout: 5 }, 'line 1: timeout is not a known field'],
  [
    { ...LINE, completeAfterSeconds: 1.5 },
    'line 1: completeAfterSeconds must be a whole number of seconds from 0 to ',
  ],
  [{ command: 'GetStack', stackId: 'web' }, 'line 1: command must be StartOperation, or left out'],
])('%j is named with what is allowed', (line, problem) => {
  const parsed = parse(line);
  expect(parsed.ok ? [] : parsed.problems).toEqual([expect.stringContaining(problem)]);
});

test('every wrong line is named, by its number in the file', () => {
  const parsed = parse(LINE, '', 'nonsense', { ...LINE, stackId: 'db' }, { ...LINE, stackId: '' });
  expect(parsed.ok ? [] : parsed.problems.map((problem) => problem.slice(0, 7))).toEqual([
    'line 3:',
    'line 5:',
  ]);
});

test('a stack may be there once', () => {
  const parsed = parse(LINE, { ...LINE, operationId: 'update-2' });
  expect(parsed.ok ? [] : parsed.problems).toEqual([
    expect.stringContaining('line 2: stackId web is on line 1 too'),
  ]);
});

test('a file without an operation is refused', () => {
  expect(parse('', '')).toEqual({ ok: false, problems: ['there is no operation in it'] });
});

test('what is to become of an operation', () => {
  expect(expectedEnd(60, undefined)).toEqual({ end: 'timeout' });
  expect(expectedEnd(60, 59)).toEqual({ end: 'completed' });
  expect(expectedEnd(60, 60)).toEqual({ end: 'either' });
});

test('the example holds at least 50 operations of mixed timeouts, actions and completions', () => {
  const parsed = parseInput(
    readFileSync(new URL('../../../examples/operations.jsonl', import.meta.url), 'utf8'),
  );
  const operations = parsed.ok ? parsed.operations : [];
  const timeouts = operations.map(({ request }) => request.timeoutSeconds);
  const completions = operations.filter(({ completeAfterSeconds }) => completeAfterSeconds !== undefined);
  expect(operations.length).toBeGreaterThanOrEqual(50);
  expect(new Set(operations.map(({ request }) => request.action)).size).toBe(10);
  expect([Math.min(...timeouts), Math.max(...timeouts)]).toEqual([1, 110]);
  expect(completions.length).toBeGreaterThan(10);
});
