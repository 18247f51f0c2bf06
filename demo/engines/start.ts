/** Starts operations on the stack of the template. No engine is needed for that, only whoever wants the stack. */
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import type { StackTimeoutsClient } from '../../client/client.ts';
import { accepted } from '../../client/errors.ts';
import type { Stack } from '../../contract/index.ts';
import { parseTemplate, type Template } from '../../examples/heat/hot.ts';
import { createPlan, deletePlan, type Plan } from '../../examples/heat/plan.ts';
import { walkDispatch } from '../../examples/heat/walk.ts';
import { HEARTBEAT_SECONDS, MAX_ATTEMPTS, type PlannedOperation, STACK_ID } from './plan.ts';

const TEMPLATE = fileURLToPath(new URL('web.yaml', import.meta.url));

export const readTemplate = async (): Promise<Template> => parseTemplate(await readFile(TEMPLATE, 'utf8'));

const planOf = (action: PlannedOperation['action'], template: Template): Plan =>
  action === 'CREATE' ? createPlan(template) : deletePlan(template);

/** From here on the operation has a timeout, and whichever engine comes first walks its graph. */
export async function startOperation(
  client: StackTimeoutsClient,
  template: Template,
  { operationId, action, timeoutSeconds, workSeconds, workSecondsOf }: PlannedOperation,
): Promise<Stack> {
  const operation = { stackId: STACK_ID, operationId };
  const { stack } = accepted(await client.startOperation({ ...operation, action, timeoutSeconds }));
  const walk = walkDispatch(operation, action, {
    plan: planOf(action, template),
    rollback: false,
    timeoutSeconds,
    heartbeatSeconds: HEARTBEAT_SECONDS,
    maxAttempts: MAX_ATTEMPTS,
    simulation: { seconds: workSeconds, secondsOf: workSecondsOf, fails: {} },
  });
  accepted(await client.dispatchResource(walk));
  return stack;
}
