/** The HOT files of others: those that TripleO deployed OpenStack with, from PyPI. */
import { globSync, readFileSync } from 'node:fs';
import { relative } from 'node:path';
import { expect, test } from 'vitest';
import { parseTemplate, type Template, TemplateError } from '../../../../examples/hot-engine/hot.ts';
import { createPlan, deletePlan, updatePlan } from '../../../../examples/hot-engine/plan.ts';
import { encodeWalk } from '../../../../examples/hot-engine/walk.ts';
import { createWalker } from '../../../../examples/hot-engine/walker.ts';
import { FakeService } from './fake-service.ts';
import { type Sdist, unpackedSdist } from './sdist.ts';
import { walk } from './walks.ts';

interface Known extends Sdist {
  /**
   * The plain HOT files that are refused, by a pattern for each. A person has checked all of them.
   */
  readonly refused: readonly RegExp[];
  readonly files: number;
}

/**
 * The last version; and the last one from before most of it was written in Jinja2, which has the
 * larger graphs.
 */
const VERSIONS: readonly Known[] = [
  {
    name: 'tripleo-heat-templates',
    version: '18.0.0',
    sha256: '09026a2ace181b1a2eeddb941504add4a10429a391bd265b4c04571f131b8b89',
    files: 278,
    refused: [],
  },
  {
    name: 'tripleo-heat-templates',
    version: '0.8.14',
    sha256: 'a5854098e02b0ec457df5aab6f9b7d3f51b587684756565dca11900d6ab5aa97',
    files: 160,
    refused: [
      // A program of those days merged these with others. Heat refuses them as well. The last is a
      // mistake of its authors.
      /^deprecated\/block-storage.yaml: .* requires allNodesConfig/,
      /^deprecated\/nova-compute-instance.yaml: .* requires NovaComputeConfig/,
      /^deprecated\/overcloud-source.yaml: .* requires controller0Swift/,
      /^deprecated\/swift-storage-source.yaml: .* requires ControlVirtualIP/,
      /^deprecated\/undercloud-source.yaml: .* requires undercloudNovaDeployment/,
      /^os-apply-config\/ceph-storage.yaml: .* requires Controller/,
      // A line of a quoted text is indented less than YAML demands. Heat's parser accepts it.
      /^puppet\/ceph-cluster-config.yaml: not YAML/,
      /^puppet\/extraconfig\/ceph\/ceph-external-config.yaml: not YAML/,
    ],
  },
];

function hotFiles(folder: string): string[] {
  const all = globSync(`${folder}/**/*.yaml`).filter((file) => !file.endsWith('.j2.yaml'));
  return all.filter((file) => /^heat_template_version:/m.test(readFileSync(file, 'utf8'))).sort();
}

/**
 * Runs a plan's walk on the service in memory, where each step ends at once. Returns how the
 * operation ended.
 */
async function walkToEnd(plan: ReturnType<typeof createPlan>): Promise<string> {
  const service = new FakeService();
  service.pageSize = 100;
  const walker = createWalker({ sleep: async () => service.endSteps() });
  await walker(service.walkWork(encodeWalk(walk({ plan }))));
  const order = new Map(service.dispatches().map((name, at) => [name, at]));
  expect(order.size).toBe(plan.size);
  for (const [name, { requires }] of plan)
    for (const one of requires) expect(order.get(one)).toBeLessThan(order.get(name) ?? -1);
  return `${service.stack.status}: ${service.stack.statusReason}`;
}

test.each(VERSIONS)('$name $version', { timeout: 120_000 }, async (known) => {
  const folder = await unpackedSdist(known, AbortSignal.timeout(110_000));
  const files = hotFiles(folder);
  expect(files).toHaveLength(known.files);
  const templates: Template[] = [];
  const refused: string[] = [];
  for (const file of files) {
    try {
      templates.push(parseTemplate(readFileSync(file, 'utf8')));
    } catch (error) {
      if (!(error instanceof TemplateError)) throw error;
      refused.push(`${relative(folder, file).replace(/^[^/]*\//, '')}: ${error.message}`);
    }
  }
  expect(refused).toEqual(known.refused.map((pattern) => expect.stringMatching(pattern)));
  for (const template of templates)
    for (const plan of [createPlan(template), updatePlan(template, template), deletePlan(template)])
      expect(await walkToEnd(plan)).toBe(`COMPLETE: All ${plan.size} resource actions are COMPLETE`);
});
