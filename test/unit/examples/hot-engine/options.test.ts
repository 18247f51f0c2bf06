import { expect, test } from 'vitest';
import { parseCommandLine } from '../../../../examples/hot-engine/options.ts';

const parse = (line: string) => parseCommandLine(line === '' ? [] : line.split(' '), () => 'new-id');

test('an operation with its defaults', () => {
  expect(parse('create web.yaml --stack shop')).toEqual({
    command: 'create',
    files: ['web.yaml'],
    stackId: 'shop',
    operationId: 'new-id',
    supersede: false,
    walk: {
      rollback: false,
      timeoutSeconds: 600,
      heartbeatSeconds: 10,
      maxAttempts: 3,
      simulation: { seconds: 2, secondsOf: {}, fails: {} },
    },
  });
});

test('an operation with every option', () => {
  const line =
    'update old.yaml new.yaml --stack shop --operation op-1 --supersede --rollback --timeout-seconds 60 ' +
    '--heartbeat-seconds 5 --attempts 7 --work-seconds 0.5 --fail network --fail server_a:2 --fail a:b:1';
  expect(parse(line)).toEqual({
    command: 'update',
    files: ['old.yaml', 'new.yaml'],
    stackId: 'shop',
    operationId: 'op-1',
    supersede: true,
    walk: {
      rollback: true,
      timeoutSeconds: 60,
      heartbeatSeconds: 5,
      maxAttempts: 7,
      simulation: { seconds: 0.5, secondsOf: {}, fails: { network: 'FOR_GOOD', server_a: 2, 'a:b': 1 } },
    },
  });
});

test('an engine, and help', () => {
  expect(parse('engine')).toEqual({ command: 'engine', concurrency: 20 });
  expect(parse('engine --concurrency 3')).toEqual({ command: 'engine', concurrency: 3 });
  expect(parse('')).toEqual({ command: 'help' });
  expect(parse('create --help')).toEqual({ command: 'help' });
});

test.each([
  ['create web.yaml', '--stack is required'],
  ['create --stack a', 'create takes 1 HOT file'],
  ['update web.yaml --stack a', 'update takes 2 HOT files'],
  ['destroy web.yaml', 'there is no command destroy'],
  ['create web.yaml --stack a --wait', '--wait'],
  ['create web.yaml --stack a --timeout-seconds 10m', '--timeout-seconds must be a whole number, at least 1'],
  ['create web.yaml --stack a --attempts 0', '--attempts must be a whole number, at least 1'],
  ['create web.yaml --stack a --work-seconds x', '--work-seconds must be a number, at least 0'],
  ['engine --concurrency 0', '--concurrency must be a whole number, at least 1'],
])('refused: %s', (line, message) => {
  expect(() => parse(line)).toThrow(message);
});
