/** Heat's messages to its own engines. */
import type { Poke } from './end.ts';
import type { HeatStack } from './heat.ts';

export interface RpcMessage {
  /** Also the name of the queue that all engines take it from. */
  readonly routingKey: string;
  readonly body: string;
  /** An engine that is not there by then never gets it. Undefined: it waits for one. */
  readonly expirationMs?: number;
}

/** Tells an engine to look at a step: to end the operation if it is overdue, else to go on with it. */
export const checkResource = (stack: HeatStack, poke: Poke, id: string): RpcMessage =>
  message('engine_worker', 'check_resource', '1.3', stack, id, {
    resource_id: poke.resourceId,
    current_traversal: poke.traversal,
    data: poke.data,
    is_update: poke.isUpdate,
    adopt_stack_data: null,
  });

/** It names no operation: one that waited for an engine could end a later operation. */
const CANCEL_EXPIRATION_MS = 5000;

/** Tells an engine to cancel whatever operation the stack is in. */
export const cancelUpdate = (stack: HeatStack, withRollback: boolean, id: string): RpcMessage => ({
  ...message('engine', 'stack_cancel_update', '1.14', stack, id, {
    stack_identity: { tenant: stack.tenant, stack_name: stack.name, stack_id: stack.id, path: '' },
    cancel_with_rollback: withRollback,
  }),
  expirationMs: CANCEL_EXPIRATION_MS,
});

/** In the name of an administrator of the stack's project. JSON within JSON. */
function message(
  routingKey: string,
  method: string,
  version: string,
  { tenant }: HeatStack,
  id: string,
  args: object,
): RpcMessage {
  const content = {
    method,
    // The oldest version that has these arguments: an engine takes what is not newer than itself.
    version,
    namespace: null,
    args,
    _unique_id: id.replaceAll('-', ''),
    _context_is_admin: true,
    _context_project_id: tenant,
    _context_user_id: null,
    _context_username: 'stack-timeouts',
    _context_roles: ['admin'],
    _context_request_id: `req-${id}`,
    _context_show_deleted: false,
  };
  return {
    routingKey,
    body: JSON.stringify({ 'oslo.version': '2.0', 'oslo.message': JSON.stringify(content) }),
  };
}
