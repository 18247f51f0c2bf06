import { isDeepStrictEqual } from 'node:util';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  COMMANDS,
  type CommandName,
  operationStatusChangeSchema,
  parseRequest,
  resourceActionStatusChangeSchema,
} from '../../../contract/index.ts';
import { staleAmong } from '../../../scripts/generated.ts';
import { COMMAND_DESCRIPTIONS } from '../../../scripts/reference/descriptions.ts';
import { referencePages } from '../../../scripts/reference.ts';
import { TestHarness } from '../../support/harness.ts';

test('the pages are what the code says; if not: npm run docs', async () => {
  expect(staleAmong(await referencePages())).toEqual([]);
});

test('a page that is missing or differs is stale', () => {
  const files = new Map([
    ['docs/reference/nothing.md', ''],
    ['package.json', '{}'],
  ]);
  expect(staleAmong(files)).toEqual(['docs/reference/nothing.md', 'package.json']);
});

test.each(COMMANDS)('%s: the example is a valid request', (command) => {
  expect(parseRequest(COMMAND_DESCRIPTIONS[command].example)).toMatchObject({ ok: true });
});

test('the examples of events are events', async () => {
  const page = (await referencePages()).get('docs/reference/events.md') ?? '';
  const details = [...page.matchAll(/```json\n([^`]*)\n```/g)].map(
    ([, text = '']) => JSON.parse(text).detail,
  );
  const [, operation, work] = details;
  expect(operationStatusChangeSchema.parse(operation)).toEqual(operation);
  expect(resourceActionStatusChangeSchema.parse(work)).toEqual(work);
});

describe('what each command is refused with', () => {
  const oneOf = <T>(...values: T[]) => fc.constantFrom(...values);
  const target = { stackId: oneOf('web', 'web', 'parent'), operationId: oneOf('1', '1', '2') };
  const onResource = { ...target, stackId: oneOf('web'), resource: oneOf('server', 'server', 'disk') };
  const onClaim = { ...onResource, attempt: oneOf(1, 1, 2), claimId: oneOf('x', 'x', 'y') };
  const request = <N extends CommandName>(command: N, fields: Record<string, fc.Arbitrary<unknown>>) =>
    fc.record({ command: fc.constant(command), ...fields });
  const start = request('StartOperation', {
    ...target,
    action: oneOf('CREATE'),
    timeoutSeconds: oneOf(60, 600),
    supersede: oneOf(true, false, false),
    parent: oneOf(undefined, { stackId: 'parent', operationId: '1' }),
  });
  const dispatch = request('DispatchResource', {
    ...onResource,
    action: oneOf('CREATE'),
    startToCloseSeconds: oneOf(10, 10, 20),
    retry: oneOf({ maxAttempts: 2 }),
  });
  const claim = request('ClaimResource', { ...onClaim, engineId: oneOf('engine') });
  const others = fc.oneof(
    request('CompleteOperation', { ...target, status: oneOf('COMPLETE', 'FAILED') }),
    request('CancelOperation', target),
    request('ExtendOperation', { ...target, timeoutSeconds: oneOf(60, 600) }),
    request('GetStack', { stackId: target.stackId }),
    request('GetHistory', { stackId: target.stackId }),
    request('ListStacks', {}),
    request('Heartbeat', onClaim),
    request('CompleteResource', { ...onClaim, status: oneOf('COMPLETE', 'FAILED') }),
    request('ReleaseResource', onClaim),
    request('CancelResource', onResource),
    request('GetResource', { stackId: target.stackId, resource: onResource.resource }),
  );
  /** A request, or so many seconds that pass. */
  const step = fc.oneof(start, dispatch, claim, others, oneOf(0, 1, 15));

  test('is what its page says, no more and no less', async () => {
    const refusals = new Map(COMMANDS.map((command) => [command, new Set<string>()]));
    const history = fc.asyncProperty(fc.array(step, { minLength: 40, maxLength: 40 }), async (steps) => {
      const harness = new TestHarness();
      for (const next of steps) {
        if (typeof next === 'number') {
          await harness.run(next);
          continue;
        }
        const answer = await harness.command(next);
        // A stack that is its own parent: the page says it of every command.
        if (!answer.ok && answer.error.code !== 'ValidationError')
          refusals.get(next.command)?.add(answer.error.code);
      }
    });
    const seen = () => COMMANDS.map((command) => [command, [...(refusals.get(command) ?? [])].sort()]);
    const described = COMMANDS.map((command) => [
      command,
      [...COMMAND_DESCRIPTIONS[command].refusals].sort(),
    ]);
    // A rare refusal may take some more histories, whatever other commands there are.
    for (let seed = 1; seed <= 10 && !isDeepStrictEqual(seen(), described); seed++)
      await fc.assert(history, { numRuns: 300, seed });
    expect(seen()).toEqual(described);
  }, 60_000);
});
