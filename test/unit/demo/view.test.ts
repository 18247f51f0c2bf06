import { expect, test } from 'vitest';
import type { Operation } from '../../../demo/operation.ts';
import { createView, liveTable } from '../../../demo/view.ts';

const NOW = Date.UTC(2026, 0, 31, 12);

function operation(stackId: string, deadlineInSeconds: number): Operation {
  const deadline = new Date(NOW + deadlineInSeconds * 1000).toISOString();
  const stack = {
    stackId,
    operationId: '1',
    action: 'CREATE',
    status: 'IN_PROGRESS',
    statusReason: '',
    startedAt: deadline,
    deadline,
    version: 1,
  } as const;
  return {
    stackId,
    operationId: '1',
    action: 'CREATE',
    note: '',
    expected: { end: 'timeout' },
    stack,
    evidence: [],
  };
}

function output(isTTY: boolean) {
  const written: string[] = [];
  return { written, isTTY, rows: 24, write: (text: string) => written.push(text) };
}

test('on a pipe there is a line for each event, and nothing else', () => {
  const pipe = output(false);
  let now = NOW;
  const view = createView(pipe, () => now);
  view.draw(() => 'a picture');
  now += 12_345;
  view.event('something happened');
  view.close();
  expect(pipe.written).toEqual(['  +12.3s  something happened\n']);
});

test('on a terminal an event is written above the table, which is drawn again', () => {
  const terminal = output(true);
  const view = createView(terminal, () => NOW);
  view.draw(({ rows }) => liveTable([operation('web', 10)], NOW, rows));
  terminal.written.length = 0;
  view.event('something happened');
  const [clear, event, table] = terminal.written;
  // A blank line, the head and one row.
  expect(clear).toBe('\x1b[3A\r\x1b[J');
  expect(event).toContain('something happened');
  expect(table).toContain('web');
  expect(table?.split('\n')).toHaveLength(4);
});

test('what is due next comes first, and what has no room is counted', () => {
  const lines = liveTable([operation('c', 30), operation('a', 10), operation('b', 20)], NOW, 3).split('\n');
  expect(lines.slice(1).map((line) => line.slice(0, 1))).toEqual(['a', '…']);
  expect(lines.at(-1)).toBe('… and 2 more');
});

test('an operation whose deadline is over and that has not ended is due', () => {
  expect(liveTable([operation('web', -1)], NOW, 10)).toMatch(/ due /);
});
