import { expect, test } from 'vitest';
import { TestHarness } from '../../../support/harness.ts';

test.each([
  ['no JSON', 'nonsense'],
  ['JSON, but no name', Buffer.from('{"resource":"server"}').toString('base64url')],
  ['a name longer than any', Buffer.from(JSON.stringify('x'.repeat(256))).toString('base64url')],
])('a token that is none is refused: %s', async (_, nextToken) => {
  const harness = new TestHarness();
  await harness.start('stack-1', 60);
  expect(await harness.command({ command: 'GetStack', stackId: 'stack-1', nextToken })).toMatchObject({
    ok: false,
    error: { message: 'nextToken must be one from an earlier answer' },
  });
});
