import { describe, expect, test } from 'vitest';
import { circlesOf, type Import, importsOf, isAllowed } from '../../../scripts/check-imports.ts';

describe('importsOf', () => {
  test.each([
    ["import { a } from './a.ts';", 'client/engine/a.ts', false],
    ["import type { A } from '../a.ts';", 'client/a.ts', true],
    ["import { type A } from './a.ts';", 'client/engine/a.ts', false],
    ["import {\n  a,\n  b,\n} from '../../contract/index.ts';", 'contract/index.ts', false],
    ["import type {\n  A,\n} from '../../contract/index.ts';", 'contract/index.ts', true],
    ["export { a } from './a.ts';", 'client/engine/a.ts', false],
    ["export * from './a.ts';", 'client/engine/a.ts', false],
    ["import './a.ts';", 'client/engine/a.ts', false],
    ["  const { a } = await import('./a.ts');", 'client/engine/a.ts', false],
  ])('%j', (source, to, typeOnly) => {
    expect(importsOf('client/engine/engine.ts', source)).toEqual([
      { from: 'client/engine/engine.ts', to, typeOnly },
    ]);
  });

  test('leaves out packages', () => {
    expect(importsOf('client/client.ts', "import { join } from 'node:path';\nimport './a.ts';")).toHaveLength(
      1,
    );
  });
});

describe('isAllowed', () => {
  test.each([
    ['client/engine/engine.ts', 'client/retry.ts'],
    ['client/client.ts', 'contract/index.ts'],
    ['cli/commands/read.ts', 'client/client.ts'],
    ['lambdas/arm/arm.ts', 'lambdas/shared/update-row.ts'],
    ['lambdas/arm/handler.ts', 'lambdas/adapters/clients.ts'],
    ['infra/settings.ts', 'lambdas/domain/timer.ts'],
    ['test/unit/client/client.test.ts', 'lambdas/arm/arm.ts'],
  ])('%s may import %s', (from, to) => {
    expect(isAllowed({ from, to, typeOnly: false })).toBe(true);
  });

  test.each([
    ['contract/index.ts', 'client/client.ts'],
    ['client/client.ts', 'cli/session.ts'],
    ['client/client.ts', 'lambdas/domain/row.ts'],
    ['cli/session.ts', 'local/environment.ts'],
    ['lambdas/domain/row.ts', 'lambdas/ports/stores.ts'],
    ['lambdas/domain/row.ts', 'contract/index.ts'],
    ['lambdas/ports/stores.ts', 'lambdas/adapters/clients.ts'],
    ['lambdas/sweep/sweep.ts', 'lambdas/wake/wake.ts'],
    ['lambdas/sweep/sweep.ts', 'lambdas/adapters/clients.ts'],
    ['lambdas/sweep/handler.ts', 'lambdas/wake/wake.ts'],
    ['infra/work-queue.ts', 'lambdas/shared/update-row.ts'],
    ['local/main.ts', 'demo/main.ts'],
    ['demo/main.ts', 'lambdas/domain/row.ts'],
    ['examples/hello.ts', 'client/index.ts'],
    ['new-folder/a.ts', 'contract/index.ts'],
  ])('%s must not import %s', (from, to) => {
    expect(isAllowed({ from, to, typeOnly: false })).toBe(false);
  });

  test('a folder may be open to types alone', () => {
    const one = { from: 'lambdas/domain/row.ts', to: 'contract/index.ts' };
    expect(isAllowed({ ...one, typeOnly: true })).toBe(true);
    expect(isAllowed({ ...one, typeOnly: false })).toBe(false);
  });
});

describe('circlesOf', () => {
  const imports = (...pairs: [string, string][]): Import[] =>
    pairs.map(([from, to]) => ({ from, to, typeOnly: false }));

  test('finds none where imports run in one direction', () => {
    const tree = imports(
      ['cli/program.ts', 'cli/commands/read.ts'],
      ['cli/commands/read.ts', 'cli/session.ts'],
      ['cli/program.ts', 'cli/session.ts'],
      ['cli/session.ts', 'client/client.ts'],
    );
    expect(circlesOf(tree)).toEqual([]);
  });

  test('finds files that import each other', () => {
    const tied = imports(['a/x.ts', 'a/y.ts'], ['a/y.ts', 'a/z.ts'], ['a/z.ts', 'a/x.ts']);
    const others = imports(['a/w.ts', 'a/x.ts'], ['a/x.ts', 'b/x.ts']);
    expect(circlesOf([...tied, ...others])).toEqual([
      { folder: 'a', members: ['x.ts', 'y.ts', 'z.ts'], imports: tied },
    ]);
  });

  test('finds folders that import each other through different files', () => {
    const tied = imports(['a/x/1.ts', 'a/y/1.ts'], ['a/y/2.ts', 'a/x/2.ts']);
    expect(circlesOf(tied)).toEqual([{ folder: 'a', members: ['x', 'y'], imports: tied }]);
  });

  test('finds a folder and a file that import each other', () => {
    const tied = imports(['row.ts', 'stack/a.ts'], ['stack/b.ts', 'row.ts']);
    expect(circlesOf(tied)).toMatchObject([{ folder: '', members: ['row.ts', 'stack'] }]);
  });
});
