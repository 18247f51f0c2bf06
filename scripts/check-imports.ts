/**
 * Part of `npm run check`: which folder may import which, and no import circles.
 *
 * Biome's `noImportCycles` finds circles of files. This also finds those of folders: within each
 * folder, its files and subfolders, where each subfolder counts as one, import each other in one
 * direction only.
 */
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

const USE_CASE = ['contract', 'lambdas/domain', 'lambdas/ports', 'lambdas/shared'];

/** What each folder may import beside itself: the beginnings of paths; after `type`, types only. */
const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  contract: [],
  client: ['contract'],
  // Of the domain only how a schedule is named: verify looks for those of its operations.
  cli: ['contract', 'client', 'lambdas/domain/timer.ts'],
  // What the browser loads.
  board: [
    ...['type contract', 'type cli/redrive/report', 'cli/board/view', 'cli/duration', 'cli/history'],
    ...['cli/rows', 'cli/terminal/printable'],
  ],
  'lambdas/domain': ['type contract'],
  'lambdas/ports': ['contract', 'lambdas/domain'],
  'lambdas/adapters': USE_CASE,
  'lambdas/shared': ['contract', 'lambdas/domain', 'lambdas/ports'],
  'lambdas/arm': USE_CASE,
  'lambdas/command': USE_CASE,
  'lambdas/effects': USE_CASE,
  'lambdas/sweep': USE_CASE,
  'lambdas/wake': USE_CASE,
  infra: ['contract', 'lambdas/domain'],
  local: ['contract', 'client', 'infra/timeout-queue.ts'],
  demo: ['contract', 'client', 'cli/history', 'cli/terminal', 'local', 'examples/hot-engine'],
  // They import the package by its name, as users do.
  examples: [],
  'heat-bridge': ['client'],
  scripts: ['cli', 'contract', 'infra'],
  bench: [
    ...['cli', 'client', 'contract', 'infra', 'lambdas', 'local'],
    ...['test/support', 'test/system/board', 'test/system/heat'],
  ],
  test: [''],
  'vitest.config.ts': ['test/support'],
};

/** Only handlers choose adapters. */
const HANDLER_MAY_IMPORT = [...USE_CASE, 'lambdas/adapters'];

export interface Import {
  /** Paths from the root of the repository. */
  readonly from: string;
  readonly to: string;
  /** Whether it is an `import type`. */
  readonly typeOnly: boolean;
}

interface Circle {
  /** The folder that holds all members. */
  readonly folder: string;
  /** Names of files and subfolders. */
  readonly members: readonly string[];
  readonly imports: readonly Import[];
}

type Graph = Map<string, Map<string, Import[]>>;

/** A statement begins its line, as Biome formats it; `import()` may stand anywhere. */
const SPECIFIER = /^(?:im|ex)port( type)? (?:[^']* from )?'(\.[^']+)'|\bimport\('(\.[^']+)'\)/gm;

export function importsOf(file: string, source: string): Import[] {
  return [...source.matchAll(SPECIFIER)].map(([, type, specifier, dynamic]) => ({
    from: file,
    to: join(dirname(file), specifier ?? dynamic ?? ''),
    typeOnly: type !== undefined,
  }));
}

/** The folder whose rule a file keeps: a top-level folder, or a folder in `lambdas/`. */
function ruledFolder(file: string): string {
  const parts = file.split('/');
  return parts.slice(0, parts[0] === 'lambdas' ? 2 : 1).join('/');
}

export function isAllowed({ from, to, typeOnly }: Import): boolean {
  const folder = ruledFolder(from);
  if (folder === ruledFolder(to)) return true;
  const allowed = /^lambdas\/\w+\/handler\.ts$/.test(from) ? HANDLER_MAY_IMPORT : (MAY_IMPORT[folder] ?? []);
  return allowed.some(
    (path) => to.startsWith(path) || (typeOnly && to.startsWith(path.replace('type ', ''))),
  );
}

export function circlesOf(imports: readonly Import[]): Circle[] {
  const graphs = new Map<string, Graph>();
  for (const one of imports) {
    const from = one.from.split('/');
    const to = one.to.split('/');
    const depth = from.findIndex((name, level) => name !== to[level]);
    const folder = from.slice(0, depth).join('/');
    const graph = graphs.get(folder) ?? (new Map() as Graph);
    const edges = graph.get(from[depth] as string) ?? new Map<string, Import[]>();
    const tied = edges.get(to[depth] as string) ?? [];
    graphs.set(folder, graph.set(from[depth] as string, edges.set(to[depth] as string, [...tied, one])));
  }
  return [...graphs].flatMap(([folder, graph]) =>
    circles(graph).map((members) => ({
      folder,
      members,
      imports: members.flatMap((from) => members.flatMap((to) => graph.get(from)?.get(to) ?? [])),
    })),
  );
}

/** The members of each circle: names that reach each other. */
function circles(graph: Graph): string[][] {
  const reached = new Map([...graph.keys()].map((name) => [name, reachableFrom(name, graph)]));
  const found = [...reached]
    .filter(([name, others]) => others.has(name))
    .map(([name, others]) => [...others].filter((other) => reached.get(other)?.has(name)).toSorted());
  return [...new Map(found.map((members) => [members.join(), members])).values()];
}

function reachableFrom(start: string, graph: Graph): Set<string> {
  const reached = new Set<string>();
  const next = [start];
  for (let name = next.pop(); name !== undefined; name = next.pop()) {
    for (const other of graph.get(name)?.keys() ?? []) {
      if (!reached.has(other)) next.push(other);
      reached.add(other);
    }
  }
  return reached;
}

function main(): void {
  const listed = execFileSync('git', ['ls-files', '-co', '--exclude-standard', '*.ts', '*.tsx'], {
    encoding: 'utf8',
  });
  const files = listed.trim().split('\n').filter(existsSync);
  const imports = files.flatMap((file) => importsOf(file, readFileSync(file, 'utf8')));
  const refused = imports.filter((one) => !isAllowed(one));
  const found = circlesOf(imports);
  for (const { from, to } of refused) console.error(`${from} must not import ${to}`);
  if (refused.length > 0)
    console.error('MAY_IMPORT in scripts/check-imports.ts says what each folder may import');
  for (const { folder, members, imports } of found) {
    console.error(`import circle in ${folder || 'the repository'}: ${members.join(', ')}`);
    for (const { from, to } of imports) console.error(`  ${from} imports ${to}`);
  }
  if (refused.length + found.length > 0) process.exitCode = 1;
}

if (import.meta.main) main();
