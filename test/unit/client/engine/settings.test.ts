import { SQSClient } from '@aws-sdk/client-sqs';
import { expect, onTestFinished, test, vi } from 'vitest';
import { settingsOf } from '../../../../client/engine/settings.ts';
import { StackTimeoutsClient, sqsWorkQueue } from '../../../../client/index.ts';

test('an engine does ten at once, and uses a monotonic clock', () => {
  // Before the engine takes its clock.
  vi.useFakeTimers({ toFake: ['Date'] });
  onTestFinished(() => void vi.useRealTimers());
  const { concurrency, now } = settingsOf({
    client: new StackTimeoutsClient({ functionName: 'command' }),
    queue: sqsWorkQueue(new SQSClient({ region: 'eu-west-1' }), 'url'),
    handlers: {},
  });
  expect(concurrency).toBe(10);
  const before = now();
  vi.setSystemTime(Date.now() + 86_400_000);
  expect(now() - before).toBeLessThan(60_000);
});
