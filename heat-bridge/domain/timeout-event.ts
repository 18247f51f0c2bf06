/** Our own events of operations that timed out, as EventBridge sends them to a queue. */
import { EVENT_SOURCE, OPERATION_STATUS_CHANGE, type Stack } from '../../client/index.ts';
import { SOURCE } from './watch.ts';

/** The operation that timed out; undefined for whatever else a queue may hold. Never throws. */
export function parseTimeout(body: string): Pick<Stack, 'stackId' | 'operationId'> | undefined {
  try {
    const { source, 'detail-type': type, detail } = JSON.parse(body);
    if (source !== EVENT_SOURCE || type !== OPERATION_STATUS_CHANGE) return undefined;
    if (detail.cause !== 'TIMEOUT' || detail.metadata?.source !== SOURCE) return undefined;
    const { stackId, operationId } = detail;
    return { stackId, operationId };
  } catch {
    return undefined;
  }
}
