import { expect, test } from 'vitest';
import { timelineSvg } from '../../../../cli/history/svg.ts';
import type { HistoryEntry } from '../../../../contract/index.ts';
import { cancelled, claimed, dispatched, ENTRIES, started, steps, timeline } from './entries.ts';

const svgOf = (entries: readonly HistoryEntry[]): string => timelineSvg(timeline(entries));

/** The names of its elements. @throws Error if it is not well-formed. */
function elementsOf(svg: string): Set<string> {
  const seen = new Set<string>();
  const open: string[] = [];
  // Text, an element with quoted attributes, or the end of one: nothing else may be there.
  const part = /([^<>&]|&(?:amp|lt|gt|quot|#39);)+|<(\w+)((?: [\w:-]+="[^"<]*")*)(\/?)>|<\/(\w+)>/gy;
  let length = 0;
  for (const [all, , name, , isEmpty, end] of svg.matchAll(part)) {
    length += all.length;
    if (name !== undefined) seen.add(name);
    if (name !== undefined && !isEmpty) open.push(name);
    if (end !== undefined && open.pop() !== end) throw new Error(`unexpected </${end}>`);
  }
  if (length < svg.length) throw new Error(`not well-formed: ${svg.slice(length, length + 40)}`);
  if (open.length > 0) throw new Error(`open: ${open}`);
  return seen;
}

test('is well-formed, and has neither scripts nor anything from elsewhere', () => {
  const svg = svgOf(ENTRIES);
  expect([...elementsOf(svg)].toSorted()).toEqual([
    'defs',
    'desc',
    'g',
    'path',
    'pattern',
    'rect',
    'style',
    'svg',
    'text',
    'title',
  ]);
  expect(svg.replace('xmlns="http://www.w3.org/2000/svg"', '')).not.toMatch(/https?:|href|@import/);
});

test('says what it shows, for screen readers and beside the colours', () => {
  const svg = svgOf(ENTRIES);
  expect(svg).toContain('<title id="title">web: CREATE_FAILED, operation op-1</title>');
  expect(svg).toContain('Timed out (TIMEOUT: the operation&#39;s deadline, 5.0s late)');
  expect(svg).toContain(
    'server: attempt 2 by engine engine-2 timed out (START_TO_CLOSE of 17s, 3.0s late): Timed out, 20s',
  );
  for (const text of ['operation', 'server', '30s', 'engine lost', 'engine engine-3', 'B2', 'C3'])
    expect(svg).toContain(`>${text}</text>`);
});

test('has colours for light and dark grounds', () => {
  expect(svgOf(ENTRIES)).toContain('@media (prefers-color-scheme: dark)');
});

test('text of others stays text', () => {
  const hostile = `</text><script>alert("1")</script>&'\u202e\x00\uffff`;
  const svg = svgOf([
    started,
    ...steps(
      hostile,
      [1, dispatched],
      [2, claimed(1, hostile)],
      [3, { ...cancelled, statusReason: hostile }],
    ),
  ]);
  expect(elementsOf(svg)).not.toContain('script');
  expect(svg).toContain('&lt;script&gt;alert(&quot;1&quot;)&lt;/script&gt;&amp;&#39;\\u202e');
  expect(svg).not.toMatch(/[\0\u202e\uffff]/);
});

test('every bar and sign is within the picture', () => {
  const names = Array.from({ length: 40 }, (_, n) =>
    steps(`r-${n}`, [1, dispatched], [1, claimed(1, `e-${n}`)]),
  );
  const svg = svgOf([started, ...names.flat()]);
  const [, width = '', height = ''] = /viewBox="0 0 (\S+) (\S+)"/.exec(svg) ?? [];
  for (const [, x, y] of svg.matchAll(/ x="([\d.-]+)" y="([\d.-]+)"/g)) {
    expect(Number(x)).toBeGreaterThanOrEqual(0);
    expect(Number(x)).toBeLessThan(Number(width));
    expect(Number(y)).toBeLessThan(Number(height));
  }
});
