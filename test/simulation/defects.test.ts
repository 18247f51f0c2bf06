/**
 * The list of deliberate defects fits today's code: each has one place to go. `npm run defects`
 * shows that they are found.
 */
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { DEFECTS } from './defects/list.ts';

test.each(DEFECTS.map((defect) => [defect.name, defect] as const))('%s', (_, { file, find, replace }) => {
  const source = readFileSync(new URL(`../../${file}`, import.meta.url), 'utf8');
  expect(source.split(find)).toHaveLength(2);
  expect(replace).not.toBe(find);
});
