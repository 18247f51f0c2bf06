/** Walks to test with. */
import { loadTemplate, type Template } from '../../../../examples/heat/hot.ts';
import { createPlan } from '../../../../examples/heat/plan.ts';
import { encodeWalk, type Walk } from '../../../../examples/heat/walk.ts';
import { createWalker } from '../../../../examples/heat/walker.ts';
import { type FakeService, TIMEOUT } from './fake-service.ts';

function load(text: string): Template {
  const loaded = loadTemplate(text);
  if (!loaded.ok) throw new Error(loaded.message);
  return loaded.template;
}

/** `lb` needs `web` and `db`, which need `net`; nobody needs `dns`. */
const DIAMOND = load(`heat_template_version: rocky
resources:
  lb: {type: OS::Octavia::LoadBalancer, properties: {members: [{get_resource: web}, {get_attr: [db, ip]}]}}
  web: {type: OS::Nova::Server, depends_on: net}
  db: {type: OS::Trove::Instance, properties: {networks: [{get_resource: net}]}}
  net: {type: OS::Neutron::Net}
  dns: {type: OS::Designate::Zone}
`);

export function walk(overrides: Partial<Walk> = {}): Walk {
  return {
    plan: createPlan(DIAMOND),
    rollback: false,
    timeoutSeconds: TIMEOUT,
    heartbeatSeconds: 10,
    maxAttempts: 3,
    simulation: { seconds: 1, secondsOf: {}, fails: {} },
    ...overrides,
  };
}

/** What becomes of a step that is worked on. */
export type Worked = Parameters<FakeService['work']>[0];

/** Walks until the walker returns. Between its looks, steps are worked on. */
export function follow(service: FakeService, one: Walk, work?: Worked, onSleep = () => {}): Promise<unknown> {
  let sleeps = 0;
  const walker = createWalker({
    sleep: async () => {
      if (++sleeps > 1000) throw new Error('it waits for ever');
      service.work(work);
      onSleep();
    },
  });
  return walker(service.walkWork(encodeWalk(one)));
}

export const failing =
  (...names: string[]): Worked =>
  (name) =>
    names.includes(name) ? { failed: 'quota exceeded' } : 'COMPLETE';
