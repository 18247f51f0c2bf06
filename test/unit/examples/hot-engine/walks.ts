/** A walk to test with, and a walker that runs it. */
import { parseTemplate } from '../../../../examples/hot-engine/hot.ts';
import { createPlan } from '../../../../examples/hot-engine/plan.ts';
import { encodeWalk, type Walk } from '../../../../examples/hot-engine/walk.ts';
import { createWalker } from '../../../../examples/hot-engine/walker.ts';
import { type FakeService, TIMEOUT } from './fake-service.ts';

/** `lb` requires `web` and `db`, which require `net`. Nothing requires `dns`. */
const DIAMOND = parseTemplate(`heat_template_version: rocky
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

/** How each step ends, by its name. */
export type StepOutcomes = Parameters<FakeService['endSteps']>[0];

/** Runs a walker until it returns. While it sleeps, the steps in progress end. */
export function runWalker(
  service: FakeService,
  given: Walk,
  outcomes?: StepOutcomes,
  onSleep = () => {},
): Promise<unknown> {
  let sleeps = 0;
  const walker = createWalker({
    sleep: async () => {
      if (++sleeps > 1000) throw new Error('the walker waits for ever');
      service.endSteps(outcomes);
      onSleep();
    },
  });
  return walker(service.walkWork(encodeWalk(given)));
}

export const failing =
  (...names: string[]): StepOutcomes =>
  (name) =>
    names.includes(name) ? { failed: 'quota exceeded' } : 'COMPLETE';
