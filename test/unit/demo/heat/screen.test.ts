import { afterEach, expect, test, vi } from 'vitest';
import { createScreen } from '../../../../demo/heat/screen.ts';

const UP_3_AND_CLEAR = '\x1b[1G\x1b[3A\x1b[0J';

function screenOn({ isTTY }: { isTTY: boolean }) {
  const written: string[] = [];
  const write = (text: string) => written.push(text) > 0;
  return { written, screen: createScreen({ isTTY, columns: 100, write } as NodeJS.WriteStream, Date.now()) };
}

afterEach(() => {
  vi.useRealTimers();
});

test('on a terminal the table stays below the sentences', () => {
  const { written, screen } = screenOn({ isTTY: true });
  screen.show('A\nB');
  screen.say('news');
  expect(written.join('')).toBe(`\nA\nB\n${UP_3_AND_CLEAR}   0.0 s  news\n\nA\nB\n`);
});

test('the table can be removed', () => {
  const { written, screen } = screenOn({ isTTY: true });
  screen.show('A\nB');
  screen.show('');
  screen.print('the end');
  expect(written.join('')).toBe(`\nA\nB\n${UP_3_AND_CLEAR}the end\n`);
});

test('without a terminal the table comes every 15 s, and nothing is erased', () => {
  vi.useFakeTimers({ now: 1_000_000 });
  const { written, screen } = screenOn({ isTTY: false });
  for (const second of [0, 1, 14, 15]) {
    vi.setSystemTime(1_000_000 + second * 1000);
    screen.show(`at ${second}`);
  }
  screen.show('');
  expect(written).toEqual(['\nat 0\n\n', '\nat 15\n\n']);
});

test('how wide a table may be', () => {
  expect(screenOn({ isTTY: true }).screen.room.columns).toBe(100);
  expect(screenOn({ isTTY: false }).screen.room.columns).toBe(Number.POSITIVE_INFINITY);
});
