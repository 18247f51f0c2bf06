import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { run } from '../../../../examples/heat/cli.ts';
import { WALK_RESOURCE } from '../../../../examples/heat/walk.ts';
import { createWalker } from '../../../../examples/heat/walker.ts';
import { FakeService } from './fake-service.ts';

const WEB = readFileSync(new URL('../../../../examples/heat/web.yaml', import.meta.url), 'utf8');
const SMALL = 'heat_template_version: rocky\nresources: {network: {type: OS::Neutron::Net}}\n';

/** The command line, over files and a service in memory. An engine comes by whenever it sleeps. */
class FakeHeat {
  readonly service = new FakeService();
  readonly files = new Map([
    ['web.yaml', WEB],
    ['small.yaml', SMALL],
    ['broken.yaml', 'resources: ['],
  ]);
  engines: unknown[] = [];
  failing: string[] = [];
  outputs: string | undefined;
  #walks: Promise<unknown> | undefined;
  #now = 0;

  constructor() {
    this.service.stack = { ...this.service.stack, status: 'COMPLETE' };
  }

  async run(...args: string[]): Promise<{ code: number; out: string; err: string }> {
    const out: string[] = [];
    const err: string[] = [];
    const code = await run(args, {
      client: async (outputs) => {
        this.outputs = outputs;
        return this.service.client;
      },
      runEngine: async (...given) => void this.engines.push(given),
      readFile: async (path) => {
        const text = this.files.get(path);
        if (text === undefined) throw new Error('no such file');
        return text;
      },
      defaultOutputs: '.local/outputs.json',
      out: (line) => out.push(line),
      err: (text) => err.push(text),
      now: () => this.#now,
      sleep: async (milliseconds) => {
        this.#now += milliseconds;
        this.#engine();
      },
      newId: () => 'id-1',
    });
    return { code, out: out.join('\n'), err: err.join('\n') };
  }

  /** The walk runs beside the command line, and works on what it has dispatched. */
  #engine(): void {
    const { service } = this;
    const walker = createWalker({
      sleep: async () =>
        service.work((name) => {
          if (name === WALK_RESOURCE) return undefined;
          return this.failing.includes(name) ? { failed: 'no' } : 'COMPLETE';
        }),
    });
    this.#walks ??= walker(service.walkWork(service.dispatched.get(WALK_RESOURCE)?.input));
  }
}

test('create starts the operation and dispatches the walk', async () => {
  const heat = new FakeHeat();
  const args = ['create', 'web.yaml', '--stack', 'shop', '--timeout', '5m', '--heartbeat-seconds', '3'];
  const { code, out } = await heat.run(
    ...args,
    '--work',
    'network=7',
    '--fail',
    'server_a:2',
    '--outputs',
    'x.json',
  );
  expect({ code, out }).toEqual({ code: 0, out: 'CREATE of shop: 6 resource actions, operation id-1' });
  expect(heat.outputs).toBe('x.json');
  expect(heat.service.stack).toMatchObject({ stackId: 'shop', operationId: 'id-1', action: 'CREATE' });
  expect(heat.service.dispatches()).toEqual([WALK_RESOURCE]);
  expect(heat.service.dispatched.get(WALK_RESOURCE)).toMatchObject({
    resourceType: 'heat/walk',
    heartbeatSeconds: 3,
    input: {
      timeoutSeconds: 300,
      rollback: false,
      simulation: { seconds: 2, secondsOf: { network: 7 }, fails: { server_a: 2 } },
    },
  });
});

test('with --wait it shows each change, and how it ended', async () => {
  const heat = new FakeHeat();
  const { code, out } = await heat.run('create', 'web.yaml', '--stack', 'shop', '--wait');
  expect(code).toBe(0);
  expect(out).toMatch(/\+\d+\.0s {2}\/walk: CREATE_IN_PROGRESS \(QUEUED\)/);
  expect(out).toMatch(/\+\d+\.0s {2}shop CREATE_COMPLETE: All 6 resource actions are COMPLETE$/);
  const [, ...steps] = heat.service.dispatches();
  expect(steps).toEqual(['network', 'subnet', 'database', 'server_a', 'server_b', 'load_balancer']);
});

test('with --rollback a failure is undone; the exit code tells', async () => {
  const heat = new FakeHeat();
  heat.failing = ['database'];
  const { code, out } = await heat.run('create', 'web.yaml', '--stack', 'shop', '--rollback', '--wait');
  expect(code).toBe(4);
  expect(out).toMatch(/shop CREATE_FAILED: Resource CREATE failed: database: no; rolled back$/);
  expect(heat.service.dispatches().slice(-3)).toEqual([
    'database/rollback',
    'subnet/rollback',
    'network/rollback',
  ]);
});

test('delete goes backwards; update makes one into the other', async () => {
  const heat = new FakeHeat();
  await heat.run('delete', 'web.yaml', '--stack', 'shop', '--wait');
  expect(heat.service.dispatches().slice(1)[0]).toBe('load_balancer');
  const other = new FakeHeat();
  const { out } = await other.run('update', 'web.yaml', 'small.yaml', '--stack', 'shop', '--wait');
  expect(other.service.dispatches()[1]).toBe('network');
  expect(other.service.dispatches().at(-1)).toBe('subnet');
  expect(out).toMatch(/UPDATE_COMPLETE/);
});

test('engine runs an engine', async () => {
  const heat = new FakeHeat();
  expect((await heat.run('engine', '--concurrency', '3')).code).toBe(0);
  expect(heat.engines).toEqual([['.local/outputs.json', { concurrency: 3 }]]);
});

test.each<[string[], RegExp]>([
  [['create', 'none.yaml', '--stack', 'a'], /cannot read none.yaml/],
  [['create', 'broken.yaml', '--stack', 'a'], /broken.yaml: not YAML: /],
  [['create', 'web.yaml'], /--stack/],
  [['create', 'web.yaml', '--stack', 'a', '--timeout', '5'], /It has no unit/],
  [
    ['create', 'web.yaml', '--stack', 'a', '--fail', 'databse'],
    /no databse in the template; there are network, /,
  ],
  [['create', 'web.yaml', '--stack', 'a', '--fail', 'network:0'], /whole number, at least 1/],
  [['create', 'web.yaml', '--stack', 'a', '--work', 'network'], /NAME=SECONDS/],
  [['create', 'web.yaml', '--stack', 'a', '--work-seconds', 'x'], /a number, at least 0/],
  [['create', 'web.yaml', '--stack', 'not a name'], /ValidationError: stackId must be/],
  [['delete', 'web.yaml', '--stack', 'a', '--rollback'], /unknown option/],
  [['engine', '--concurrency', '0'], /at least 1/],
])('usage: %j', async (args, message) => {
  const heat = new FakeHeat();
  const { code, err } = await heat.run(...args);
  expect(err).toMatch(message);
  expect(code).toBe(2);
  expect(heat.service.dispatches()).toEqual([]);
});

test('a refusal, and a service that cannot be reached, are told apart', async () => {
  const heat = new FakeHeat();
  heat.service.stack = { ...heat.service.stack, status: 'IN_PROGRESS' };
  expect(await heat.run('create', 'web.yaml', '--stack', 'a')).toMatchObject({
    code: 3,
    err: expect.stringMatching(/^refused: OperationInProgress/),
  });
  heat.service.onRequest = () => {
    throw Object.assign(new Error('connect'), { code: 'ECONNREFUSED' });
  };
  const { code, err } = await heat.run('create', 'web.yaml', '--stack', 'a');
  expect(code).toBe(1);
  expect(err).toMatch(/--operation id-1/);
});
