import { beforeAll, expect, test } from 'vitest';
import { CONTEXT, dueIn, metricLines, operations, services, streamOf } from '../handler-harness.ts';

/** Imported when its environment is set. */
let handler: typeof import('../../../../lambdas/arm/handler.ts').handler;
beforeAll(async () => {
  ({ handler } = await import('../../../../lambdas/arm/handler.ts'));
});

test('a near timer goes to the queue, a far one to the schedules', async () => {
  await handler(streamOf(dueIn(60, 'near'), dueIn(600, 'far')), CONTEXT);
  expect(operations().sort()).toEqual([
    expect.stringMatching(/^POST \/schedules\/[0-9a-f]{64}$/),
    'SendMessageBatch',
  ]);
  expect(metricLines()).toMatchObject([{ TimersArmedNear: 1, TimersArmedSchedule: 1 }]);
});

test('throws so that the stream delivers again, and what it did is counted nevertheless', async () => {
  services.answers.SendMessageBatch = undefined;
  await expect(handler(streamOf(dueIn(60, 'near'), dueIn(600, 'far')), CONTEXT)).rejects.toThrow(
    '1 timers could not be armed or disarmed',
  );
  expect(metricLines()).toMatchObject([{ TimersArmedSchedule: 1 }]);
});

test('has nothing to do for a row that was removed', async () => {
  await handler(streamOf(), CONTEXT);
  expect(services.calls).toEqual([]);
  expect(metricLines()).toEqual([]);
});
