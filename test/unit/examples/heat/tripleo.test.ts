/** The HOT files of others: those that TripleO deployed OpenStack with, from PyPI. */
import { globSync, readFileSync } from 'node:fs';
import { relative } from 'node:path';
import { expect, test } from 'vitest';
import { loadTemplate, type Template } from '../../../../examples/heat/hot.ts';
import { createPlan, deletePlan, updatePlan } from '../../../../examples/heat/plan.ts';
import { encodeWalk } from '../../../../examples/heat/walk.ts';
import { createWalker } from '../../../../examples/heat/walker.ts';
import { FakeService } from './fake-service.ts';
import { type Sdist, unpackedSdist } from './sdist.ts';
import { walk } from './walks.ts';

interface Known extends Sdist {
  /** Plain HOT files that cannot be loaded, by their problem, with a pattern for each. All of them were looked at. */
  readonly refused: Readonly<Record<string, readonly RegExp[]>>;
  readonly files: number;
}

/** The last version; and the last one from before most of it was written in Jinja2, which has the larger graphs. */
const VERSIONS: readonly Known[] = [
  {
    name: 'tripleo-heat-templates',
    version: '18.0.0',
    sha256: '09026a2ace181b1a2eeddb941504add4a10429a391bd265b4c04571f131b8b89',
    files: 278,
    refused: {},
  },
  {
    name: 'tripleo-heat-templates',
    version: '0.8.14',
    sha256: 'a5854098e02b0ec457df5aab6f9b7d3f51b587684756565dca11900d6ab5aa97',
    files: 160,
    refused: {
      // To be merged with others by a program of those days; Heat refuses them, too. The last one is a mistake of
      // its authors.
      'missing resource': [
        /^deprecated\/block-storage.yaml: .* needs allNodesConfig/,
        /^deprecated\/nova-compute-instance.yaml: .* needs NovaComputeConfig/,
        /^deprecated\/overcloud-source.yaml: .* needs controller0Swift/,
        /^deprecated\/swift-storage-source.yaml: .* needs ControlVirtualIP/,
        /^deprecated\/undercloud-source.yaml: .* needs undercloudNovaDeployment/,
        /^os-apply-config\/ceph-storage.yaml: .* needs Controller/,
      ],
      // A line of a quoted text is indented less than YAML demands. Heat's parser lets it pass.
      'not YAML': [
        /^puppet\/ceph-cluster-config.yaml: /,
        /^puppet\/extraconfig\/ceph\/ceph-external-config.yaml: /,
      ],
    },
  },
];

function hotFiles(folder: string): string[] {
  const all = globSync(`${folder}/**/*.yaml`).filter((file) => !file.endsWith('.j2.yaml'));
  return all.filter((file) => /^heat_template_version:/m.test(readFileSync(file, 'utf8'))).sort();
}

/** Walks a plan over the service in memory; all work is done at once. How the operation ended. */
async function end(plan: ReturnType<typeof createPlan>): Promise<string> {
  const service = new FakeService();
  service.pageSize = 100;
  const walker = createWalker({ sleep: async () => service.work() });
  await walker(service.walkWork(encodeWalk(walk({ plan }))));
  const order = new Map(service.dispatches().map((name, at) => [name, at]));
  expect(order.size).toBe(plan.size);
  for (const [name, { requires }] of plan) {
    for (const one of requires) expect(order.get(one)).toBeLessThan(order.get(name) ?? -1);
  }
  return `${service.stack.status}: ${service.stack.statusReason}`;
}

test.each(VERSIONS)('$name $version', { timeout: 120_000 }, async (known) => {
  const { name, version } = known;
  const folder = await unpackedSdist(known, AbortSignal.timeout(110_000));
  const files = hotFiles(folder);
  const templates = new Map<string, Template>();
  const refused: Record<string, string[]> = {};
  for (const file of files) {
    const loaded = loadTemplate(readFileSync(file, 'utf8'));
    if (loaded.ok) templates.set(file, loaded.template);
    else {
      refused[loaded.problem] ??= [];
      refused[loaded.problem]?.push(`${relative(folder, file).replace(/^[^/]*\//, '')}: ${loaded.message}`);
    }
  }

  const ends = new Map<string, number>();
  for (const template of templates.values()) {
    const plans = [createPlan(template), updatePlan(template, template), deletePlan(template)];
    for (const plan of plans) {
      const status = (await end(plan)).replace(/ \d+ /, ' N ');
      ends.set(status, (ends.get(status) ?? 0) + 1);
    }
  }

  console.log(report(`${name} ${version}`, files.length, [...templates.values()], refused, ends));
  expect(files).toHaveLength(known.files);
  const expected = Object.entries(known.refused).map(([problem, patterns]) => [
    problem,
    patterns.map((pattern) => expect.stringMatching(pattern)),
  ]);
  expect(refused).toEqual(Object.fromEntries(expected));
  expect([...ends]).toEqual([['COMPLETE: All N resource actions are COMPLETE', 3 * templates.size]]);
});

function report(
  of: string,
  files: number,
  templates: readonly Template[],
  refused: Readonly<Record<string, readonly string[]>>,
  ends: ReadonlyMap<string, number>,
): string {
  const sizes = templates.map(({ types }) => types.size);
  const edges = templates.flatMap(({ requires }) => [...requires.values()].map((all) => all.size));
  const sum = (numbers: readonly number[]) => numbers.reduce((a, b) => a + b, 0);
  return [
    `${of}: ${files} plain HOT files, ${templates.length} load (${sizes.filter((n) => n === 0).length} of them without ` +
      `resources), with ${sum(sizes)} resources (at most ${Math.max(...sizes)}) and ${sum(edges)} dependencies`,
    ...[...ends].map(([status, n]) => `  ${n} walks (CREATE, UPDATE, DELETE of each): ${status}`),
    ...Object.entries(refused).flatMap(([problem, all]) => [
      `  ${all.length} do not load: ${problem}`,
      ...all.map((one) => `    ${one}`),
    ]),
  ].join('\n');
}
