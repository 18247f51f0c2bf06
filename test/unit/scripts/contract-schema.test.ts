import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { beforeAll, describe, expect, test } from 'vitest';
import * as z from 'zod';
import { COMMANDS, parseRequest, wakeUpSchema } from '../../../contract/index.ts';
import { contractSchema } from '../../../scripts/contract-schema.ts';
import { TestHarness } from '../../support/harness.ts';

interface Schema {
  $defs: Record<string, Record<string, unknown>>;
}
const text = readFileSync(new URL('../../../docs/contract.schema.json', import.meta.url), 'utf8');
const schema: Schema = JSON.parse(text);

/**
 * Validates against one definition of the published file, as an engine in another language would.
 */
const conforms = (definition: string, value: unknown): boolean =>
  z.fromJSONSchema({ ...schema, $ref: `#/$defs/${definition}` } as never).safeParse(value).success;

test('the published schema is what the contract generates; if not: npm run contract', () => {
  expect(text).toBe(contractSchema());
});

test('every reference leads to a definition', () => {
  const references = [...text.matchAll(/"#\/\$defs\/(\w+)"/g)].map(([, name = '']) => name);
  expect(references.length).toBeGreaterThan(20);
  for (const name of references) expect(schema.$defs).toHaveProperty(name);
});

test('every command has its request and its answer', () => {
  for (const command of COMMANDS) {
    expect(schema.$defs).toHaveProperty(`${command}Request`);
    expect(schema.$defs).toHaveProperty(`${command}Answer`);
  }
});

test('what cannot be expressed is said', () => {
  expect(schema.$defs.Metadata?.description).toMatch(/4096 bytes/);
  expect(schema.$defs.Reason?.description).toMatch(/1024 bytes/);
});

describe('requests', () => {
  const word = fc.oneof(
    fc.constantFrom('web', 'op-1', '', 'no spaces', 'é', 'a'.repeat(65), 'a'.repeat(256)),
    fc.string(),
  );
  const identifier = (good: string) =>
    fc.oneof({ weight: 4, arbitrary: fc.constant(good) }, { weight: 1, arbitrary: word });
  const field = (good: unknown, ...bad: unknown[]) =>
    fc.oneof(
      { weight: 4, arbitrary: fc.constant(good) },
      { weight: 1, arbitrary: fc.constantFrom(...bad, null, [], {}) },
    );
  /** A value for each field that some request cannot do without. */
  const GOOD: Record<string, unknown> = {
    stackId: 'web',
    operationId: 'op-1',
    action: 'CREATE',
    timeoutSeconds: 60,
    status: 'COMPLETE',
    resource: 'server',
    startToCloseSeconds: 60,
    attempt: 1,
    engineId: 'engine-1',
    claimId: 'claim-1',
  };
  const request = fc.record(
    {
      command: fc.constantFrom(...COMMANDS, 'Nothing'),
      stackId: identifier('web'),
      operationId: identifier('op-1'),
      action: field('CREATE', 'create', 1),
      timeoutSeconds: field(60, 0, 1, 1.5, 31_536_000, 31_536_001, '60'),
      supersede: field(true, 'yes'),
      metadata: field({ owner: 'ops' }, 'text', 1),
      status: field('COMPLETE', 'IN_PROGRESS'),
      reason: field('because', 1),
      limit: field(100, 0, 101, 1.5),
      nextToken: field('token', 1),
      parent: field({ stackId: 'parent', operationId: 'op-1' }, { stackId: 'parent' }, 'parent'),
      resource: identifier('server'),
      resourceType: field('OS::Nova::Server', 'no spaces', 1),
      input: fc.constantFrom<unknown>('text', 1, null, [], { a: [true] }, false),
      output: fc.constantFrom<unknown>('text', 1, null, [], { a: [true] }, false),
      // In an order in which each of them can come: no schema can say more.
      heartbeatSeconds: field(10, 0, 31_536_001, '10'),
      startToCloseSeconds: field(60, 0, 1.5, 31_536_001),
      scheduleToStartSeconds: field(90, -1, 31_536_001),
      scheduleToCloseSeconds: field(600, 0, 31_536_001),
      retry: field(
        { maxAttempts: 3, intervalSeconds: 1, backoffRate: 1.5, maxDelaySeconds: 60, jitter: 'NONE' },
        { maxAttempts: 0 },
        { maxAttempts: 1001 },
        { backoffRate: 0.5 },
        { backoffRate: 101 },
        { jitter: 'SOME' },
        { delay: 1 },
      ),
      onFailure: field('CONTINUE', 'IGNORE', true),
      attempt: field(1, 0, 1001, 1.5),
      engineId: identifier('engine-1'),
      claimId: identifier('claim-1'),
      retryable: field(false, 'yes'),
      unknown: fc.constant(1),
    },
    { requiredKeys: [] },
  );

  test('the schema takes what the service takes, no more and no less', () => {
    const taken = new Set<unknown>();
    // Whole random records rarely conform; keeping only the fields of one command makes both
    // outcomes common.
    const focused = fc
      .tuple(request, fc.constantFrom(...COMMANDS), fc.boolean())
      .map(([fields, command, exact]): Record<string, unknown> => {
        if (!exact) return fields;
        const { properties, required } = schema.$defs[`${command}Request`] as {
          properties: object;
          required: string[];
        };
        return {
          ...Object.fromEntries(required.map((key) => [key, GOOD[key]])),
          ...Object.fromEntries(Object.entries(fields).filter(([key]) => key in properties)),
          command,
        };
      });
    const agrees = fc.property(focused, (value) => {
      const { ok } = parseRequest(value);
      if (ok) taken.add(value.command);
      expect(conforms('Request', value)).toBe(ok);
    });
    // Of a command with many fields, few random requests are taken: until each was, once.
    for (let round = 0; round < 10 && taken.size < COMMANDS.length; round++)
      fc.assert(agrees, { numRuns: 600 });
    expect([...taken].sort()).toEqual([...COMMANDS].sort());
  }, 60_000);
});

describe('answers, wake-ups and events', () => {
  const harness = new TestHarness();
  const server = { stackId: 'app', operationId: 'op-1', resource: 'server' };
  const dispatched = {
    action: 'CREATE',
    resourceType: 'OS::Nova::Server',
    input: { size: 'm1' },
    startToCloseSeconds: 60,
    scheduleToStartSeconds: 60,
    scheduleToCloseSeconds: 60,
    heartbeatSeconds: 10,
  };
  const claim = { attempt: 1, claimId: 'claim-1' };
  beforeAll(async () => {
    await harness.start('web', 1, { metadata: { owner: 'ops' } });
    await harness.run(3);
    await harness.start('app', 600, { parent: undefined });
    await harness.command({ command: 'DispatchResource', ...server, ...dispatched });
    await harness.command({ command: 'ClaimResource', ...server, ...claim, engineId: 'engine-1' });
    await harness.tick();
  });

  test.each([
    ['GetStackAnswer', { command: 'GetStack', stackId: 'web' }],
    ['GetStackAnswer', { command: 'GetStack', stackId: 'nowhere' }],
    ['CancelOperationAnswer', { command: 'CancelOperation', stackId: 'web', operationId: 'op-1' }],
    ['ListStacksAnswer', { command: 'ListStacks' }],
    ['StartOperationAnswer', { command: 'StartOperation' }],
    ['GetStackAnswer', { command: 'GetStack', stackId: 'app' }],
    ['GetResourceAnswer', { command: 'GetResource', stackId: 'app', resource: 'server' }],
    ['ClaimResourceAnswer', { command: 'ClaimResource', ...server, ...claim, engineId: 'engine-1' }],
    ['HeartbeatAnswer', { command: 'Heartbeat', ...server, ...claim }],
    ['HeartbeatAnswer', { command: 'Heartbeat', ...server, ...claim, claimId: 'other' }],
    ['ReleaseResourceAnswer', { command: 'ReleaseResource', ...server, ...claim }],
    ['CompleteResourceAnswer', { command: 'CompleteResource', ...server, ...claim, status: 'COMPLETE' }],
  ])('%s describes the answer', async (definition, request) => {
    const answer = await harness.command(request);
    expect(conforms(definition, answer)).toBe(true);
    expect(conforms('Answer', { ...answer, ok: 'maybe' })).toBe(false);
  });

  test('an answer may have fields that this version does not know', async () => {
    const answer = await harness.command({ command: 'GetStack', stackId: 'web' });
    expect(conforms('GetStackAnswer', { ...answer, resources: [] })).toBe(true);
  });

  test('events', () => {
    const kinds = harness.bus.published.map((change) =>
      'resource' in change
        ? ['ResourceStatusChange', change.phase]
        : ['OperationStatusChange', change.status],
    );
    expect(kinds).toEqual([
      ['OperationStatusChange', 'IN_PROGRESS'],
      ['OperationStatusChange', 'FAILED'],
      ['OperationStatusChange', 'IN_PROGRESS'],
      ['ResourceStatusChange', 'QUEUED'],
      ['ResourceStatusChange', 'RUNNING'],
    ]);
    for (const change of harness.bus.published) {
      const definition = 'resource' in change ? 'ResourceStatusChange' : 'OperationStatusChange';
      expect(conforms(definition, change)).toBe(true);
      expect(conforms(definition, { ...change, id: undefined })).toBe(false);
    }
  });

  test('wake-ups', () => {
    const wakeUp = {
      v: 1,
      stackId: 'web',
      operationId: 'op-1',
      generation: 1,
      dueAt: '2026-01-31T12:00:00.000Z',
      hops: 0,
    };
    for (const value of [
      wakeUp,
      { ...wakeUp, resource: 'vm' },
      { ...wakeUp, v: 2 },
      { ...wakeUp, dueAt: 'soon' },
    ]) {
      expect(conforms('WakeUp', value)).toBe(wakeUpSchema.safeParse(value).success);
    }
  });
});
