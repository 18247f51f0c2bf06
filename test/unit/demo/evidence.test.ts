import { expect, test } from 'vitest';
import { armedFor, type Evidence, parseEvidence, pathOf } from '../../../demo/evidence.ts';
import { logLine } from '../../../lambdas/adapters/telemetry/powertools.ts';
import type { Observation } from '../../../lambdas/ports/telemetry.ts';

const AT = Date.UTC(2026, 0, 31, 12);
const subject = { stackId: 'web', operationId: 'update-1' };
const timer = { ...subject, generation: 1, dueAt: AT, setAt: AT - 60_000 };

/** What the functions write for an observation: so the demo follows when their log lines change. */
function line(observation: Observation): string {
  const [level, message, fields] = logLine(observation);
  return JSON.stringify({
    level: level.toUpperCase(),
    message,
    timestamp: new Date(AT).toISOString(),
    ...fields,
  });
}
function evidence(...observations: Observation[]): Evidence[] {
  return observations.map((observation) => parseEvidence(line(observation)) as Evidence);
}

const near = (generation = 1): Observation => ({
  kind: 'armed',
  timer: { ...timer, generation },
  plan: { path: 'near', delaySeconds: 20 },
});
const schedule: Observation = { kind: 'armed', timer, plan: { path: 'schedule', at: AT - 12_000 } };
const wakeUp = (
  by: 'wake' | 'sweep',
  outcome: 'fired' | 'early' | 'rearmed',
  generation = 1,
): Observation => ({
  kind: 'wakeUp',
  by,
  outcome,
  subject: { ...subject, generation },
});

test.each([
  ['a delayed message', [near(), wakeUp('wake', 'fired')], 'near'],
  ['a schedule', [schedule, wakeUp('wake', 'early'), wakeUp('wake', 'fired')], 'schedule'],
  ['the sweep, though a schedule was made', [schedule, wakeUp('sweep', 'fired')], 'sweep'],
  [
    'the timer that fired, not an earlier one',
    [schedule, wakeUp('wake', 'rearmed'), near(2), wakeUp('wake', 'fired', 2)],
    'near',
  ],
  ['nothing yet', [schedule, wakeUp('wake', 'early')], undefined],
  ['a timer that no line tells of', [wakeUp('wake', 'fired')], undefined],
])('the path of a timeout by %s', (_, observations, path) => {
  expect(pathOf(evidence(...observations))).toBe(path);
});

test('what is needed to name a schedule is in the log', () => {
  expect(armedFor(evidence(near(2), schedule), 1)).toMatchObject({
    path: 'schedule',
    dueAt: '2026-01-31T12:00:00.000Z',
  });
});

test.each([
  'START RequestId: 0a63fd8e Version: $LATEST',
  '{"broken',
  '{"_aws":{"Timestamp":1},"service":"StackTimeouts"}',
  line({ kind: 'sweepSkipped' }),
  line({ kind: 'accepted', subject: { ...subject, command: 'GetStack' }, written: false }),
])('%s is no evidence', (text) => {
  expect(parseEvidence(text)).toBeUndefined();
});
