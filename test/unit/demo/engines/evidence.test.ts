import { expect, test } from 'vitest';
import { toEntry as engineEntry } from '../../../../demo/engines/engine-lines.ts';
import { parseResourceEvidence, toEntry } from '../../../../demo/engines/evidence.ts';
import { parseEvidence } from '../../../../demo/evidence.ts';
import { logLine } from '../../../../lambdas/adapters/telemetry/powertools.ts';
import type { Observation } from '../../../../lambdas/ports/telemetry.ts';

const AT = Date.UTC(2026, 0, 31, 12);
const subject = { stackId: 'web', operationId: 'create-1', resource: 'server', generation: 3 };
const attempt = { stackId: 'web', operationId: 'create-1', resource: 'server', attempt: 2 };

/** What the functions write for an observation: so the demo follows when their log lines change. */
function line(observation: Observation): string {
  const [level, message, fields] = logLine(observation);
  return JSON.stringify({ level, message, timestamp: new Date(AT).toISOString(), ...fields });
}
const wakeUp = (more: Pick<Extract<Observation, { kind: 'wakeUp' }>, 'outcome' | 'cause'>): Observation => ({
  kind: 'wakeUp',
  by: 'wake',
  subject,
  ...more,
});

test('an engine that is declared lost is noticed', () => {
  const evidence = parseResourceEvidence(line(wakeUp({ outcome: 'fired', cause: 'ENGINE_LOST' })));
  expect(evidence && toEntry(evidence)).toEqual({
    at: AT,
    kind: 'noticed',
    operationId: 'create-1',
    resource: 'server',
  });
});

test('what was published is known', () => {
  const event = {
    ...attempt,
    id: 'web/create-1/server/4/COMPLETE',
    action: 'CREATE',
    status: 'COMPLETE',
    statusReason: '',
    maxAttempts: 5,
    version: 4,
  } as const;
  const evidence = parseResourceEvidence(line({ kind: 'published', event, generation: 3 }));
  expect(evidence && toEntry(evidence)).toEqual({
    at: AT,
    kind: 'published',
    id: 'web/create-1/server/4/COMPLETE',
    operationId: 'create-1',
    resource: 'server',
    attempt: 2,
    status: 'COMPLETE',
    phase: undefined,
  });
});

test.each([
  line(wakeUp({ outcome: 'fired', cause: 'TIMEOUT' })),
  line(wakeUp({ outcome: 'rearmed' })),
  line({
    kind: 'wakeUp',
    by: 'wake',
    outcome: 'fired',
    subject: { stackId: 'web', operationId: '1', generation: 1 },
  }),
  '{"broken',
])('%s is no evidence of a lost engine', (text) => {
  expect(parseResourceEvidence(text)).toBeUndefined();
});

test('act one does not take the timer of a resource action for that of an operation', () => {
  const timer = { ...subject, dueAt: AT, setAt: AT };
  const observation: Observation = { kind: 'armed', timer, plan: { path: 'near', delaySeconds: 5 } };
  expect(parseEvidence(line(observation))).toBeUndefined();
  expect(parseEvidence(line(wakeUp({ outcome: 'fired', cause: 'ENGINE_LOST' })))).toBeUndefined();
});

test('an attempt that was given away is one to stop; one whose operation has ended is not', () => {
  const lost = { at: AT, type: 'lost', code: 'AttemptLost', ...attempt } as const;
  const { stackId: _, ...piece } = attempt;
  expect(engineEntry('C', { ...lost, reason: 'StaleAttempt: attempt 3 is the current one' })).toEqual({
    at: AT,
    kind: 'work',
    did: 'toldToStop',
    engine: 'C',
    ...piece,
  });
  expect(engineEntry('C', { ...lost, reason: 'OperationEnded: it has ended' })).toBeUndefined();
});
