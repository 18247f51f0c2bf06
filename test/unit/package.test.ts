/** The package as users get it: built, packed, unpacked into a project of theirs, and used. */
import { execFile } from 'node:child_process';
import { cp, mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { PROJECT } from '../../local/environment.ts';

const run = promisify(execFile);
const modules = join(PROJECT, 'node_modules');
let project: string;
let installed: string;
let manifest: {
  readonly bin: Readonly<Record<string, string>>;
  readonly exports: Readonly<Record<string, string | { readonly default: string }>>;
  readonly files: readonly string[];
  readonly dependencies: object;
  readonly peerDependencies: object;
};
let packed: string[];

/**
 * Does what `npm publish` and `npm install` do, without a registry and without touching the
 * checkout's own dist.
 */
beforeAll(async () => {
  project = await mkdtemp(join(tmpdir(), 'stack-timeouts-package-'));
  installed = join(project, 'node_modules', 'stack-timeouts');
  manifest = JSON.parse(await readFile(join(PROJECT, 'package.json'), 'utf8'));
  const staged = join(project, 'staged');
  for (const path of [
    'package.json',
    'README.md',
    'LICENSE',
    ...manifest.files.filter((path) => path !== 'dist'),
  ])
    await cp(join(PROJECT, path), join(staged, path), { recursive: true });
  const tsc = ['--project', 'tsconfig.build.json', '--outDir', join(staged, 'dist')];
  await run(join(modules, '.bin', 'tsc'), tsc, { cwd: PROJECT });
  await run(process.execPath, ['scripts/build-board.ts', join(staged, 'dist', 'board')], { cwd: PROJECT });
  const pack = ['pack', '--json', '--ignore-scripts', '--pack-destination', project];
  const { stdout } = await run('npm', pack, { cwd: staged });
  const [{ filename, files }] = JSON.parse(stdout);
  packed = files.map(({ path }: { path: string }) => path);
  await run('tar', ['-xzf', filename], { cwd: project });
  await mkdir(dirname(installed), { recursive: true });
  await run('mv', ['package', installed], { cwd: project });

  const names = { ...manifest.dependencies, ...manifest.peerDependencies, '@types/node': '' };
  for (const name of Object.keys(names)) {
    const link = join(project, 'node_modules', name);
    await mkdir(dirname(link), { recursive: true });
    await symlink(join(modules, name), link);
  }
  await writeFile(join(project, 'package.json'), '{"type":"module"}');
  await writeFile(join(project, 'package-lock.json'), '{}');
}, 60_000);
afterAll(() => rm(project, { recursive: true, force: true }));

test('holds what users import, run and deploy, and nothing else', () => {
  const folders = new Set(packed.map((path) => path.split('/').slice(0, 2).join('/')));
  expect([...folders].toSorted()).toEqual([
    'CHANGELOG.md',
    'LICENSE',
    'README.md',
    'dist/board',
    'dist/cli',
    'dist/client',
    'dist/contract',
    'dist/heat-bridge',
    'dist/infra',
    'dist/lambdas',
    'docs/contract.schema.json',
    'docs/runbook.md',
    'package.json',
  ]);
  expect(packed).toEqual(expect.arrayContaining(Object.values(manifest.bin)));
  const exported = Object.values(manifest.exports).map((to) => (typeof to === 'string' ? to : to.default));
  expect(packed).toEqual(expect.arrayContaining(exported.map((path) => path.replace('./', ''))));
});

test('the client and its types', async () => {
  await writeFile(
    join(project, 'engine.ts'),
    `import { Engine, type ResourceAction, type Stack, StackTimeoutsClient, WorkFailed } from 'stack-timeouts';
const transport = { invoke: async (payload: string) => JSON.stringify({ ok: true, stack: JSON.parse(payload) }) };
const client = new StackTimeoutsClient({ transport });
const answer = await client.startOperation({ stackId: 'web', operationId: 'op', action: 'CREATE', timeoutSeconds: 60 });
const seen: ResourceAction | Stack | undefined = answer.ok ? answer.stack : answer.error.current;
console.log(seen?.stackId);
const engine = new Engine({
  client,
  queue: { receive: async () => [], delete: async () => {}, putBack: async () => {} },
  handlers: { CREATE: async ({ input }) => { throw new WorkFailed(\`cannot \${input}\`, { retryable: false }); } },
});
void engine.run(AbortSignal.abort());
// @ts-expect-error An action that does not exist is an error of types.
void (() => client.startOperation({ stackId: 'web', operationId: 'op', action: 'EXPLODE', timeoutSeconds: 60 }));
`,
  );
  const options = [
    '--noEmit',
    '--strict',
    '--module',
    'nodenext',
    '--target',
    'es2024',
    '--types',
    'node',
    'engine.ts',
  ];
  await run(join(modules, '.bin', 'tsc'), options, { cwd: project });
  const { stdout } = await run(process.execPath, ['engine.ts'], { cwd: project });
  expect(stdout.trim()).toBe('web');
}, 60_000);

test('the construct, with the functions bundled from the package', async () => {
  await writeFile(
    join(project, 'app.ts'),
    `import { App, Stack } from 'aws-cdk-lib';
import { StackTimeouts, StackTimeoutsStack } from 'stack-timeouts/cdk';
void StackTimeoutsStack;
const app = new App({ outdir: 'cdk.out', analyticsReporting: false });
new StackTimeouts(new Stack(app, 'Mine'), 'Timeouts', { graceSeconds: 60 });
app.synth();
`,
  );
  await run(process.execPath, ['app.ts'], { cwd: project });
  const template = JSON.parse(await readFile(join(project, 'cdk.out', 'Mine.template.json'), 'utf8'));
  const types = Object.values<{ Type: string }>(template.Resources).map(({ Type }) => Type);
  expect(types.filter((type) => type === 'AWS::Lambda::Function')).toHaveLength(5);
  const assets = (await readdir(join(project, 'cdk.out'))).filter((name) => name.startsWith('asset.'));
  for (const asset of assets) expect(await readdir(join(project, 'cdk.out', asset))).toEqual(['index.mjs']);
  expect(assets).toHaveLength(5);
}, 60_000);

test('the CLI', async () => {
  const bin = join(installed, manifest.bin['stack-timeouts'] ?? '');
  const { stdout } = await run(process.execPath, [bin, '--help'], { cwd: project });
  expect(stdout).toContain('Usage: stack-timeouts');
});

test('heat-bridge, whose own dependencies nobody else needs', async () => {
  const bin = join(installed, manifest.bin['heat-bridge'] ?? '');
  const { stdout } = await run(process.execPath, [bin, '--help'], { cwd: project });
  expect(stdout).toContain('Usage: heat-bridge');
  const env = {
    HEAT_DATABASE_URL: 'mysql://127.0.0.1:1/heat',
    HEAT_BROKER_URL: 'amqp://127.0.0.1:1/',
    COMMAND_FUNCTION: 'command',
    TIMEOUT_QUEUE_URL: 'http://127.0.0.1:1/queue',
  };
  await rm(join(project, 'node_modules', 'mysql2'));
  await expect(run(process.execPath, [bin], { cwd: project, env })).rejects.toMatchObject({
    code: 2,
    stderr: expect.stringContaining('npm install amqplib mysql2'),
  });
}, 60_000);

test('what the browser loads of the board', async () => {
  const files = await readdir(join(installed, 'dist', 'board'));
  expect(files.toSorted()).toEqual(['board.css', 'board.js', 'icon.svg', 'index.html']);
  const contents = await Promise.all(files.map((name) => readFile(join(installed, 'dist', 'board', name))));
  const compressed = contents.reduce((sum, content) => sum + gzipSync(content).length, 0);
  console.log(`the board: ${compressed} bytes compressed`);
  expect(compressed).toBeLessThan(100_000);
  const { stdout } = await run(
    process.execPath,
    [
      '--input-type=module',
      '-e',
      "import { loadAssets } from './node_modules/stack-timeouts/dist/cli/board/assets.js'; console.log([...(await loadAssets()).keys()].join(' '))",
    ],
    { cwd: project },
  );
  expect(stdout.trim()).toBe('/ /board.js /board.css /icon.svg');
});
