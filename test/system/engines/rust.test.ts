import { expect, test } from 'vitest';
import { whatIsWrongWithCargo } from './rust.ts';

test.each([
  ['cargo 1.88.0 (873a06493 2025-05-10)\n', undefined],
  ['cargo 1.100.1', undefined],
  ['cargo 1.87.0 (99624be96 2025-05-06)\n', 'found 1.87.0'],
  ['rustup: no toolchain', 'found rustup: no toolchain'],
  [undefined, 'found no cargo'],
])('%j: %s', (printed, wrong) => {
  const said = whatIsWrongWithCargo(printed);
  if (wrong === undefined) expect(said).toBeUndefined();
  else expect(said).toContain(wrong);
  expect(said ?? '', 'one line').not.toContain('\n');
});
