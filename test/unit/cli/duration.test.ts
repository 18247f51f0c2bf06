import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  formatDuration,
  formatRoughly,
  formatShortly,
  lateBy,
  parseDuration,
} from '../../../cli/duration.ts';

test.each([
  ['90s', 90],
  ['30m', 1800],
  ['2h', 7200],
  ['1d', 86_400],
  ['1h30m', 5400],
  ['1d2h3m4s', 93_784],
  ['1h 02m 03s', 3723],
  [' 5s ', 5],
  ['0s', 0],
  ['365d', 31_536_000],
])('%s is %i seconds', (text, seconds) => {
  expect(parseDuration(text)).toBe(seconds);
});

test.each([
  '',
  ' ',
  '90',
  '1.5h',
  '-5s',
  '+5s',
  '30m1h',
  '1h1h',
  '5 s',
  '5S',
  '1w',
  '5min',
  's',
  '1e3s',
  '9999999999s',
  '٣s',
])('%j is no duration', (text) => {
  expect(parseDuration(text)).toBeUndefined();
});

test.each([
  [0, '0s'],
  [3, '3s'],
  [63, '1m 03s'],
  [3723, '1h 02m 03s'],
  [3600, '1h 00m 00s'],
  [93_784, '1d 02h 03m 04s'],
])('%i seconds are shown as %s', (seconds, text) => {
  expect(formatDuration(seconds)).toBe(text);
});

test('what is shown can be typed', () => {
  fc.assert(
    fc.property(fc.nat({ max: 10_000_000_000 }), (seconds) => {
      expect(parseDuration(formatDuration(seconds))).toBe(seconds);
      expect(parseDuration(formatDuration(seconds).replaceAll(' ', ''))).toBe(seconds);
    }),
  );
});

test('durations in short', () => {
  expect([60, 86_400, 5400, 0].map(formatShortly)).toEqual(['1m', '1d', '1h 30m', '0s']);
  expect([59, 3661, 266_461].map(formatRoughly)).toEqual(['59s', '1h 01m', '3d 02h']);
});

test('lateness: milliseconds, from a second on tenths, never less than none', () => {
  expect([-5, 0, 449, 999, 1000, 59_900, 60_000, 3_725_000].map(lateBy)).toEqual([
    '0ms',
    '0ms',
    '449ms',
    '999ms',
    '1.0s',
    '59.9s',
    '1m',
    '1h 02m 05s',
  ]);
});
