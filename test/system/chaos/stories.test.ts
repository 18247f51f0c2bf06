import { expect, test } from 'vitest';
import { parseRequest } from '../../../contract/index.ts';
import { Random } from '../../simulation/random.ts';
import { storyOf } from './stories.ts';

const STORIES = Array.from({ length: 500 }, (_, n) => storyOf(`stack-${n}`, new Random(n)));

test('every request of a story is one that is not refused at the door', () => {
  for (const { steps } of STORIES)
    for (const { requests } of steps)
      for (const request of requests) expect(parseRequest(request)).toEqual({ ok: true, value: request });
});

test('the steps of a story are in their order', () => {
  for (const { steps } of STORIES) {
    const times = steps.map(({ atMs }) => atMs);
    expect(times).toEqual(times.toSorted((a, b) => a - b));
  }
});

test('a seed is a story, and there are stories of all kinds', () => {
  expect(storyOf('stack-7', new Random(7))).toEqual(STORIES[7]);
  expect(new Set(STORIES.map(({ kind }) => kind)).size).toBe(11);
});
