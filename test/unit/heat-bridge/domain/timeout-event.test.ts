import { expect, test } from 'vitest';
import { parseTimeout } from '../../../../heat-bridge/domain/timeout-event.ts';
import { ours, stack } from './rows.ts';

test('only a timeout of an operation of Heat is one', () => {
  const event = {
    source: 'stack-timeouts',
    'detail-type': 'Stack Operation Status Change',
    detail: { ...ours(), cause: 'TIMEOUT' },
  };
  expect(parseTimeout(JSON.stringify(event))).toEqual({ stackId: stack().id, operationId: 'tr-1' });
  for (const other of [
    { ...event, source: 'x' },
    { ...event, 'detail-type': 'x' },
    { ...event, detail: { ...event.detail, cause: 'REPORTED' } },
    { ...event, detail: { ...event.detail, metadata: {} } },
    { ...event, detail: null },
  ])
    expect(parseTimeout(JSON.stringify(other))).toBeUndefined();
  expect(parseTimeout('{"half')).toBeUndefined();
});
