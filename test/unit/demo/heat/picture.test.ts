import { expect, test } from 'vitest';
import { picture } from '../../../../demo/heat/picture.ts';
import { DOWN, ended, lost, observation, observed, rolledBack } from './observed.ts';

const svg = picture(
  [lost(), ended(), observed('without', 'database', observation(90, 'UPDATE_IN_PROGRESS')), rolledBack()],
  DOWN,
);

/** Of all bars of a kind, in seconds: the axis shows 90. */
function bars(kind: string): [from: number, seconds: number][] {
  const tick = (label: string) => Number(new RegExp(`x="([\\d.]+)"[^>]*>${label}<`).exec(svg)?.[1]);
  const [zero, half] = [tick('0s'), tick('30s')];
  const found = svg.matchAll(new RegExp(`class="${kind}" x="([\\d.]+)" y="[\\d.]+" width="([\\d.]+)"`, 'g'));
  return [...found].map(([, x, width]) => [
    Math.round(((Number(x) - zero) / (half - zero)) * 30),
    Math.round((Number(width) / (half - zero)) * 30),
  ]);
}

test('each operation is busy until its deadline, then overdue until it ends', () => {
  expect(bars('busy')).toEqual([
    [0, 60],
    [0, 60],
    [0, 60],
    [0, 60],
  ]);
  // The last one is the legend's.
  expect(bars('overdue').slice(0, -1)).toEqual([
    [60, 30],
    [60, 30],
    [60, 6],
    [60, 10],
  ]);
});

test('it shows when there was no engine, and what Heat shows at the end', () => {
  expect(bars('down')[0]).toEqual([6, 14]);
  expect([...svg.matchAll(/class="(good|bad)"[^>]*>([^<]+)</g)].map(([, css, text]) => [css, text])).toEqual([
    ['bad', 'CREATE_IN_PROGRESS'],
    ['bad', 'UPDATE_IN_PROGRESS'],
    ['good', 'CREATE_FAILED, Timed out'],
    ['good', 'ROLLBACK_COMPLETE'],
  ]);
});

test('an operation that ends early is not overdue', () => {
  const early = observed('with', 'web', observation(30, 'CREATE_FAILED'), observation(90, 'CREATE_FAILED'));
  expect(picture([early], DOWN)).toMatch(/class="overdue" x="[\d.]+" y="[\d.]+" width="0"/);
});

test('it can be read on a dark ground, and without seeing it', () => {
  expect(svg).toContain('prefers-color-scheme: dark');
  expect(svg).toContain(
    'Heat alone: web is CREATE_IN_PROGRESS; Heat with heat-bridge: web is CREATE_FAILED, Timed out',
  );
});
