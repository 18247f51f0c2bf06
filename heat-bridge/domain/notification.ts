/** Heat's notifications: JSON within JSON. Each only says which stack to look at. */

export type Notification =
  | { readonly ok: true; readonly stackId: string }
  | { readonly ok: false; readonly reason: string };

const KIND = /^orchestration\.stack\.\w+\.(?:start|end|error)$/;

/** Never throws: what is no notification of a stack is a reason to count. */
export function parseNotification(body: string): Notification {
  try {
    const message = JSON.parse(JSON.parse(body)['oslo.message']);
    if (typeof message.event_type !== 'string' || !KIND.test(message.event_type))
      return { ok: false, reason: 'unknown kind' };
    const stackId = message.payload.stack_identity;
    if (typeof stackId !== 'string' || !/^[0-9a-f-]{36}$/.test(stackId))
      return { ok: false, reason: 'no stack' };
    return { ok: true, stackId };
  } catch {
    return { ok: false, reason: 'not JSON within JSON' };
  }
}
