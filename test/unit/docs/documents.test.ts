/** What documents say of each other and of the commands exists, and the README is short. */
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, test } from 'vitest';

const ROOT = new URL('../../../', import.meta.url).pathname;
const read = (path: string): string => readFileSync(join(ROOT, path), 'utf8');
const documents = execFileSync('git', ['ls-files', '-co', '--exclude-standard', '*.md'], { cwd: ROOT })
  .toString()
  .split('\n')
  .filter(Boolean);

const withoutCode = (text: string): string => text.replaceAll(/^\s*```[\s\S]*?^\s*```$/gm, '');

/** The anchors of a document's headings, as GitHub makes them. */
const anchorsOf = (path: string): string[] =>
  [...withoutCode(read(path)).matchAll(/^#+ (.+)$/gm)].map(([, heading = '']) =>
    heading
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N} _-]/gu, '')
      .replaceAll(' ', '-'),
  );

/** The links of a document to files of the repository. */
const linksOf = (path: string): [target: string, anchor: string | undefined][] =>
  [...withoutCode(read(path)).matchAll(/\]\(([^)\s]*)\)/g)].flatMap(([, link = '']) => {
    if (/^[a-z]+:/.test(link)) return [];
    const [file = '', anchor] = link.split('#');
    return [[file === '' ? path : join(dirname(path), file), anchor]];
  });

test.each(documents)('%s: what it links to exists', (path) => {
  const broken = linksOf(path).filter(
    ([target, anchor]) =>
      !existsSync(join(ROOT, target)) || (anchor !== undefined && !anchorsOf(target).includes(anchor)),
  );
  expect(broken).toEqual([]);
});

test.each(documents)('%s: the npm scripts that it names exist', (path) => {
  const scripts = JSON.parse(read('package.json')).scripts;
  const named = [...read(path).matchAll(/npm run (?:-s |--silent )?([a-z][\w:-]*)/g)].map(([, name]) => name);
  expect(named.filter((name) => !Object.hasOwn(scripts, name ?? ''))).toEqual([]);
});

describe('the README', () => {
  const lines = read('README.md').split('\n');

  test('has at most 200 lines', () => {
    expect(lines.length).toBeLessThanOrEqual(201);
  });

  test('shows the first call on its first screen', () => {
    const start = lines.indexOf('```ts');
    expect(start).toBeGreaterThan(0);
    expect(start).toBeLessThan(30);
    expect(lines.indexOf('```', start) - start - 1).toBeLessThanOrEqual(12);
  });

  test('links every page of the documents', () => {
    const linked = linksOf('README.md').map(([target]) => target);
    const pages = documents.filter((path) => /^docs\/(?!adr\/0)/.test(path));
    expect(pages.filter((page) => !linked.includes(page))).toEqual([]);
  });
});
