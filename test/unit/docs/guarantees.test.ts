/** The safety case names what exists: tests, their names, code, the defects, every promise. */
import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { DEFECTS } from '../../simulation/defects/list.ts';
import { NAMES } from '../../simulation/invariants/violation.ts';

const ROOT = new URL('../../../', import.meta.url);
const read = (path: string): string => readFileSync(new URL(path, ROOT), 'utf8');
/** Without the line breaks within its items and paragraphs. */
const text = read('docs/guarantees.md').replaceAll(/\n(?: {2})?(?=[^\s#>|*-])/g, ' ');

const sections = new Map(
  text
    .split(/^## /m)
    .slice(1)
    .map((section) => [section.slice(0, section.indexOf('\n')), section] as const),
);

/**
 * What is in quotation marks after the path of a test, up to the next path or the end of the line.
 */
const named = [...text.matchAll(/`(test\/[\w/.-]+\.ts)`: ((?:[^`\n]|`(?!test\/))*)/g)].flatMap(
  ([, path = '', rest = '']) =>
    [...rest.matchAll(/"([^"]+)"/g)].map(([, name = '']) => [path, name] as const),
);
/** The lines under "Deliberate defects". */
const mentioned = [...text.matchAll(/^\*\*Deliberate defects\*\*\n((?:- .*\n)+)/gm)].flatMap(
  ([, list = '']) => list.split('\n').flatMap((line) => (line === '' ? [] : [line.slice(2)])),
);

test.each(Object.entries(NAMES))('%s %s has its section', (promise, name) => {
  const section = sections.get(`${promise} ${name}`);
  expect(section).toBeDefined();
  for (const part of ['**Rests on.**', '**Breaks if violated**', '**Not promised.**'])
    expect(section).toContain(part);
});

test('every file and folder that it names exists', () => {
  const paths = [...text.matchAll(/`((?:test|lambdas|infra|docs)\/[\w/.-]+)`/g)].map(([, path = '']) => path);
  expect(paths.length).toBeGreaterThan(50);
  expect(paths.filter((path) => !existsSync(new URL(path, ROOT)))).toEqual([]);
});

describe('every test that it names is in its file', () => {
  expect(named.length).toBeGreaterThan(60);
  test.each(named)('%s: %s', (path, name) => {
    expect(read(path)).toContain(name);
  });
});

test('every deliberate defect is mentioned once, and no other', () => {
  expect(mentioned.toSorted()).toEqual(DEFECTS.map(({ name }) => name).toSorted());
});
