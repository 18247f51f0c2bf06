import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { beforeAll, describe, expect, test } from 'vitest';
import * as z from 'zod';
import { contractSchema } from '../../lambdas/client/contract-schema.ts';
import { COMMANDS, parseRequest, wakeUpSchema } from '../../lambdas/contract.ts';
import { World } from '../support/world.ts';

interface Schema {
  $defs: Record<string, Record<string, unknown>>;
}
const text = readFileSync(new URL('../../docs/contract.schema.json', import.meta.url), 'utf8');
const schema: Schema = JSON.parse(text);

/** Validates against one definition of the published file, as an engine in another language would. */
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
  const field = (good: unknown, ...bad: unknown[]) =>
    fc.oneof(
      { weight: 4, arbitrary: fc.constant(good) },
      { weight: 1, arbitrary: fc.constantFrom(...bad, null, [], {}) },
    );
  const request = fc.record(
    {
      command: fc.constantFrom(...COMMANDS, 'Nothing'),
      stackId: fc.oneof(fc.constant('web'), word),
      operationId: fc.oneof(fc.constant('op-1'), word),
      action: field('CREATE', 'create', 1),
      timeoutSeconds: field(60, 0, 1, 1.5, 31_536_000, 31_536_001, '60'),
      supersede: field(true, 'yes'),
      metadata: field({ owner: 'ops' }, 'text', 1),
      status: field('COMPLETE', 'IN_PROGRESS'),
      reason: field('because', 1),
      limit: field(100, 0, 101, 1.5),
      nextToken: field('token', 1),
      unknown: fc.constant(1),
    },
    { requiredKeys: [] },
  );

  test('the schema takes what the service takes, no more and no less', () => {
    let taken = 0;
    // Whole random records rarely conform; keeping only the fields of one command makes both outcomes common.
    const focused = fc
      .tuple(request, fc.constantFrom(...COMMANDS), fc.boolean())
      .map(([fields, command, exact]) => {
        if (!exact) return fields;
        const { properties } = schema.$defs[`${command}Request`] as { properties: object };
        return {
          ...Object.fromEntries(Object.entries(fields).filter(([key]) => key in properties)),
          command,
        };
      });
    fc.assert(
      fc.property(focused, (value) => {
        const { ok } = parseRequest(value);
        if (ok) taken++;
        expect(conforms('Request', value)).toBe(ok);
      }),
      { numRuns: 500 },
    );
    expect(taken).toBeGreaterThan(50);
  });
});

describe('answers, wake-ups and events', () => {
  const world = new World();
  beforeAll(async () => {
    await world.start('web', 1, { metadata: { owner: 'ops' } });
    await world.run(3);
  });

  test.each([
    ['GetStackAnswer', { command: 'GetStack', stackId: 'web' }],
    ['GetStackAnswer', { command: 'GetStack', stackId: 'nowhere' }],
    ['CancelOperationAnswer', { command: 'CancelOperation', stackId: 'web', operationId: 'op-1' }],
    ['ListStacksAnswer', { command: 'ListStacks' }],
    ['StartOperationAnswer', { command: 'StartOperation' }],
  ])('%s describes the answer', async (definition, request) => {
    const answer = await world.command(request);
    expect(conforms(definition, answer)).toBe(true);
    expect(conforms('Answer', { ...answer, ok: 'maybe' })).toBe(false);
  });

  test('an answer may have fields that this version does not know', async () => {
    const answer = await world.command({ command: 'GetStack', stackId: 'web' });
    expect(conforms('GetStackAnswer', { ...answer, resources: [] })).toBe(true);
  });

  test('events', () => {
    expect(world.bus.published.map(({ status }) => status)).toEqual(['IN_PROGRESS', 'FAILED']);
    for (const change of world.bus.published) {
      expect(conforms('OperationStatusChange', change)).toBe(true);
      expect(conforms('OperationStatusChange', { ...change, id: undefined })).toBe(false);
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
