import { expect, test } from 'vitest';
import { parseRequest } from '../../../contract/index.ts';
import { Random } from '../../simulation/random.ts';
import { scriptOf } from './scripts.ts';

const SCRIPTS = Array.from({ length: 500 }, (_, n) => scriptOf(`stack-${n}`, new Random(n)));

test('no request of a script is refused by validation', () => {
  for (const { steps } of SCRIPTS)
    for (const { requests } of steps)
      for (const request of requests) expect(parseRequest(request)).toEqual({ ok: true, value: request });
});

test('the steps of a script are in their order', () => {
  for (const { steps } of SCRIPTS) {
    const times = steps.map(({ atMs }) => atMs);
    expect(times).toEqual(times.toSorted((a, b) => a - b));
  }
});

test('the same seed makes the same script, and there are scripts of all kinds', () => {
  expect(scriptOf('stack-7', new Random(7))).toEqual(SCRIPTS[7]);
  expect(new Set(SCRIPTS.map(({ kind }) => kind)).size).toBe(11);
});
