import { describe, expect, test } from 'vitest';
import { COMMANDS, ERROR_CODES } from '../../../../contract/index.ts';
import { callerOf, isPermitted } from '../../../../lambdas/command/caller.ts';
import { CANARY_REQUEST } from '../../../../lambdas/shared/canary.ts';
import { TestHarness } from '../../../support/harness.ts';

const FUNCTION = 'arn:aws:lambda:eu-central-1:123456789012:function:StackTimeouts-Command-4FD2';

describe('who calls, by the ARN that was invoked', () => {
  test.each([
    ['the function', FUNCTION, 'operator'],
    ['its latest version', `${FUNCTION}:$LATEST`, 'operator'],
    ['the alias operator', `${FUNCTION}:operator`, 'operator'],
    ['the alias worker', `${FUNCTION}:worker`, 'worker'],
    ['an alias that somebody made', `${FUNCTION}:blue`, 'worker'],
    ['a version', `${FUNCTION}:7`, 'worker'],
    [
      'the alias worker of a function that is called operator',
      FUNCTION.replace(/[^:]+$/, 'operator:worker'),
      'worker',
    ],
  ])('%s', (_, arn, caller) => {
    expect(callerOf(arn)).toBe(caller);
  });
});

test('a worker may take work, report on it, and see its stack; nothing else', () => {
  expect(
    COMMANDS.filter((name) => isPermitted('worker', name)).filter(
      (name) => name !== ('GetHistory' as string),
    ),
  ).toEqual(['GetStack', 'ClaimResource', 'Heartbeat', 'CompleteResource', 'ReleaseResource']);
  expect(isPermitted('worker', 'GetHistory')).toBe(true);
  expect(isPermitted('worker', 'rearm')).toBe(false);
});

test('an operator may everything', () => {
  for (const request of [...COMMANDS, 'rearm']) expect(isPermitted('operator', request)).toBe(true);
});

describe('what a worker may not', () => {
  const operation = { stackId: 'stack-1', operationId: 'op-1' };
  const REQUESTS: object[] = [
    { command: 'StartOperation', ...operation, action: 'UPDATE', timeoutSeconds: 60, supersede: true },
    { command: 'CompleteOperation', ...operation, status: 'COMPLETE' },
    { command: 'CancelOperation', ...operation },
    { command: 'ExtendOperation', ...operation, timeoutSeconds: 1 },
    { command: 'ListStacks' },
    {
      command: 'DispatchResource',
      ...operation,
      resource: 'other',
      action: 'CREATE',
      startToCloseSeconds: 30,
    },
    { command: 'CancelResource', ...operation, resource: 'server' },
    { command: 'GetResource', stackId: 'stack-1', resource: 'server' },
    { rearm: true, before: '2030-01-01T00:00:00.000Z' },
  ];

  test.each(REQUESTS)('%o', async (request) => {
    const harness = new TestHarness();
    await harness.start('stack-1', 600);
    const before = await harness.command({ command: 'GetStack', stackId: 'stack-1' });
    expect(await harness.command(request, 'worker')).toEqual({
      ok: false,
      error: { code: 'NotPermitted', message: expect.stringMatching(/ is for operators, not for workers/) },
    });
    expect(await harness.command({ command: 'GetStack', stackId: 'stack-1' })).toEqual(before);
    expect(harness.telemetry.of('refused')).toMatchObject([{ code: 'NotPermitted' }]);
    expect(await harness.command(request), 'as an operator').not.toMatchObject({
      error: { code: 'NotPermitted' },
    });
  });

  test('the canary: a worker must not say that heartbeats can be recorded', async () => {
    const harness = new TestHarness();
    expect(await harness.command(CANARY_REQUEST, 'worker')).toMatchObject({ ok: false });
    expect(await harness.deps.health.load()).toEqual({});
    expect(await harness.command(CANARY_REQUEST)).toEqual({ ok: true });
  });
});

test('a worker does a resource action from the claim to its end', async () => {
  const harness = new TestHarness();
  await harness.start('stack-1', 600);
  const server = { stackId: 'stack-1', operationId: 'op-1', resource: 'server' };
  await harness.command({
    command: 'DispatchResource',
    ...server,
    action: 'CREATE',
    startToCloseSeconds: 30,
    heartbeatSeconds: 9,
  });
  const claim = { ...server, attempt: 1, claimId: 'claim-1' };
  for (const request of [
    { command: 'ClaimResource', ...claim, engineId: 'engine-1' },
    { command: 'Heartbeat', ...claim },
    { command: 'GetStack', stackId: 'stack-1' },
    { command: 'CompleteResource', ...claim, status: 'COMPLETE' },
  ])
    expect(await harness.command(request, 'worker')).toMatchObject({ ok: true });
});

test('what is no request at all is said to be that, whoever sends it', async () => {
  const harness = new TestHarness();
  expect(await harness.command({ command: 'Reboot' }, 'worker')).toMatchObject({
    error: { code: 'ValidationError' },
  });
  expect(ERROR_CODES).toContain('NotPermitted');
});
