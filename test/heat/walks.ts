/** Walks to test with. */
import { loadTemplate, type Template } from '../../examples/heat/hot.ts';
import { createPlan } from '../../examples/heat/plan.ts';
import type { Walk } from '../../examples/heat/walk.ts';
import { TIMEOUT } from './fake-service.ts';

export function load(text: string): Template {
  const loaded = loadTemplate(text);
  if (!loaded.ok) throw new Error(loaded.message);
  return loaded.template;
}

/** `lb` needs `web` and `db`, which need `net`; nobody needs `dns`. */
export const DIAMOND = load(`heat_template_version: rocky
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
