/** P12: nonsense is refused before anything is read, let alone written. */
import { describe, expect, test } from 'vitest';
import { COMMANDS, type CommandName } from '../../../../contract/index.ts';
import { command } from '../../../../lambdas/command/command.ts';
import { TestHarness } from '../../../support/harness.ts';

const operation = { stackId: 'stack-1', operationId: 'op-1' };
const resource = { ...operation, resource: 'server' };
const claim = { ...resource, attempt: 1, claimId: 'claim-1' };
const dispatch = {
  ...resource,
  action: 'CREATE',
  resourceType: 'OS::Nova::Server',
  delaySeconds: 0,
  startToCloseSeconds: 60,
  scheduleToStartSeconds: 60,
  scheduleToCloseSeconds: 60,
  heartbeatSeconds: 60,
  retry: { maxAttempts: 2 },
  onFailure: 'CONTINUE',
};

/** What each command may be asked, without input and output: they may be any JSON. */
const FIELDS: Readonly<Record<CommandName, Readonly<Record<string, unknown>>>> = {
  StartOperation: {
    ...operation,
    action: 'CREATE',
    timeoutSeconds: 60,
    supersede: true,
    parent: { stackId: 'parent', operationId: 'op-1' },
    metadata: {},
  },
  CompleteOperation: { ...operation, status: 'COMPLETE', reason: 'done' },
  CancelOperation: { ...operation, reason: 'not needed' },
  ExtendOperation: { ...operation, timeoutSeconds: 60 },
  GetStack: { stackId: 'stack-1' },
  GetHistory: { stackId: 'stack-1', operationId: 'op-1', resource: 'server', limit: 10 },
  ListStacks: { limit: 10 },
  DispatchResource: dispatch,
  ClaimResource: { ...claim, engineId: 'engine-1' },
  Heartbeat: claim,
  CompleteResource: { ...claim, status: 'FAILED', reason: 'broken', retryable: false },
  ReleaseResource: claim,
  CancelResource: { ...resource, reason: 'not needed' },
  GetResource: { stackId: 'stack-1', resource: 'server' },
};

/** A service that must not be asked. */
const untouchable = new Proxy({} as never, {
  get(_, name) {
    throw new Error(`${String(name)} was asked for`);
  },
});
const ask = (request: object) => {
  const untouched = { store: untouchable, resources: untouchable, index: untouchable, health: untouchable };
  return command({ ...new TestHarness().deps, ...untouched }, request);
};
const refused = { ok: false, error: { code: 'ValidationError' } };

describe.each(COMMANDS)('%s', (name) => {
  const request = { command: name, ...FIELDS[name] };

  test('as it is goes on to the table', async () => {
    await expect(ask(request)).rejects.toThrow('was asked for');
  });

  test.each(Object.keys(FIELDS[name]))('with a %s that is none', async (field) => {
    for (const wrong of [['a list'], 'half a character \ud800', -1, null])
      expect(await ask({ ...request, [field]: wrong })).toMatchObject(refused);
  });

  test('with a field that nobody knows, and with a nextToken of nobody', async () => {
    for (const more of [{ unknown: 1 }, { nextToken: 'nobody' }])
      expect(await ask({ ...request, ...more })).toMatchObject(refused);
  });
});

test.each([
  ['a heartbeat behind the end of its attempt', { heartbeatSeconds: 61 }],
  ['a delay that leaves no time for an attempt', { delaySeconds: 1 }],
  ['an attempt longer than all of them', { startToCloseSeconds: 61 }],
  ['a start later than the end of all attempts', { scheduleToStartSeconds: 61 }],
])('a deadline that can never come: %s', async (_, wrong) => {
  expect(await ask({ command: 'DispatchResource', ...dispatch, ...wrong })).toMatchObject(refused);
});
