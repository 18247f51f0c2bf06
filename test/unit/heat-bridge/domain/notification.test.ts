import { expect, test } from 'vitest';
import { parseNotification } from '../../../../heat-bridge/domain/notification.ts';
import { stack } from './rows.ts';

test('a notification names a stack; all else is counted', () => {
  const wrapped = (message: unknown) => JSON.stringify({ 'oslo.message': JSON.stringify(message) });
  const payload = { stack_identity: stack().id };
  expect(parseNotification(wrapped({ event_type: 'orchestration.stack.create.end', payload }))).toEqual({
    ok: true,
    stackId: stack().id,
  });
  for (const body of [
    '',
    '{"oslo.mess',
    'null',
    '[]',
    '{}',
    wrapped(null),
    wrapped({ event_type: 'x', payload }),
  ])
    expect(parseNotification(body).ok).toBe(false);
  expect(parseNotification(wrapped({ event_type: 'orchestration.stack.create.end' })).ok).toBe(false);
});
