import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import type { StackTimeoutsClient } from '../../../client/index.ts';
import { OPERATIONS, type Operation, parseInput, runCommands } from '../../../demo/operations.ts';
import { stack } from './run.ts';

const LINE = { stackId: 'web', operationId: 'update-1', action: 'UPDATE', timeoutSeconds: 60 };
const parse = (...lines: (object | string)[]) =>
  parseInput(lines.map((line) => (typeof line === 'string' ? line : JSON.stringify(line))).join('\n'));

test('a line is a StartOperation request, with or without the name of the command', () => {
  const request = { command: 'StartOperation', ...LINE };
  expect(parse(LINE)).toMatchObject([{ request }]);
  expect(parse(request, '', '  ')).toMatchObject([{ request }]);
  expect(parse(`${JSON.stringify(LINE)}\r`)).toHaveLength(1);
});

test.each([
  [undefined, ['near', 'schedule', 'sweep']],
  [59, ['completed']],
  [60, ['near', 'schedule', 'sweep', 'completed']],
])('how an operation of 60 s may end that is completed after %s s', (completeAfterSeconds, paths) => {
  expect(parse({ ...LINE, completeAfterSeconds })[0]?.paths).toEqual(paths);
});

test.each([
  ['nonsense', 'line 1: Unexpected token'],
  ['[]', 'line 1: '],
  ['null', 'line 1: '],
  [
    { ...LINE, timeoutSeconds: 0 },
    'line 1: timeoutSeconds must be a whole number of seconds from 1 to 31536000',
  ],
  [{ ...LINE, action: 'MOVE' }, 'line 1: action must be one of CREATE, UPDATE, '],
  [{ ...LINE, timeout: 5 }, 'line 1: timeout is not a known field'],
  [{ ...LINE, completeAfterSeconds: 1.5 }, 'line 1: completeAfterSeconds must be a whole number from 0 to '],
  [{ command: 'GetStack', stackId: 'web' }, 'line 1: command must be StartOperation, or left out'],
  ['', 'there is no operation in it'],
])('%j is refused', (line, problem) => {
  expect(() => parse(line)).toThrow(problem);
});

test('the error names every wrong line, and a stack that is there twice', () => {
  const lines = [LINE, '', 'nonsense', LINE, { ...LINE, stackId: '' }];
  expect(() => parse(...lines)).toThrow(
    /^line 3: .*\n {2}line 4: stackId web is there twice.*\n {2}line 5: /,
  );
});

test('the example has 60 operations of all actions', () => {
  const example = readFileSync(new URL('../../../examples/operations.jsonl', import.meta.url), 'utf8');
  const operations = parseInput(example);
  expect(operations).toHaveLength(60);
  expect(new Set(operations.map(({ request }) => request.action)).size).toBe(10);
});

test('operations are started, completed and extended', async () => {
  const calls: string[] = [];
  const answer = (call: string) => (fields: { stackId: string }) => {
    calls.push(`${call} ${fields.stackId}`);
    // Started long ago, so nothing is waited for.
    return Promise.resolve({ ok: true, stack: stack({ stackId: fields.stackId }) });
  };
  const client = {
    startOperation: answer('start'),
    completeOperation: answer('complete'),
    extendOperation: answer('extend'),
  } as Partial<StackTimeoutsClient> as StackTimeoutsClient;
  const ofFive = (stackId: string) =>
    OPERATIONS.find(({ request }) => request.stackId === stackId) as Operation;
  await runCommands(client, ['web-frontend', 'object-store', 'message-broker'].map(ofFive));
  expect(calls).toEqual([
    'start web-frontend',
    'start object-store',
    'start message-broker',
    'complete object-store',
    'extend message-broker',
  ]);
});
