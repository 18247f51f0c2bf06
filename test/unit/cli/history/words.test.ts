import { describe, expect, test } from 'vitest';
import type { Attempt } from '../../../../cli/history/timeline.ts';
import { attemptDetails, endText, segmentText } from '../../../../cli/history/words.ts';
import { at, claimed, ENTRIES, iso, resource, started, steps, timeline } from './entries.ts';

const attemptsOf = (...args: Parameters<typeof timeline>): Attempt[] =>
  timeline(...args).lanes.flatMap(({ segments }) => segments.filter((one) => one.kind === 'attempt'));
const seconds = (time: number): string => `${(time - at(0)) / 1000} s`;

describe('an attempt', () => {
  const [, lost, timedOut, cancelled] = attemptsOf(ENTRIES) as [Attempt, Attempt, Attempt, Attempt];

  test('that lost its engine: until when no heartbeat came, and how late that was written', () => {
    expect(attemptDetails(lost, seconds)).toBe('no heartbeat by 11.7 s, HEARTBEAT, 300ms late');
    expect(segmentText(lost)).toMatch(/ lost its engine \(no heartbeat by 2026-01-31T12:00:11\.700Z, /);
  });

  test('that timed out: which timeout, its length, and how late that was written', () => {
    expect(attemptDetails(timedOut)).toBe('START_TO_CLOSE of 17s, 3.0s late');
    expect(attemptDetails({ ...timedOut, cutOff: true })).toBe('START_TO_CLOSE, 3.0s late');
  });

  test('that is running: when its engine was last heard', () => {
    const entries = [started, ...steps('server', [2, claimed(1, 'a')])];
    const live = resource({ phase: 'RUNNING', engineId: 'a', lastHeartbeatAt: iso(95) });
    const [running] = attemptsOf(entries, { resources: [live] }) as [Attempt];
    expect(attemptDetails(running, seconds)).toBe('last heard 95 s');
    expect(segmentText(running)).toMatch(/^attempt 1 by engine a is running \(last heard /);
    expect(attemptDetails(attemptsOf(entries)[0] as Attempt)).toBe('');
  });

  test('that nothing more is known of', () => {
    expect(attemptDetails(cancelled)).toBe('');
    expect(attemptDetails({ ...lost, outcome: { kind: 'engineLost', reason: '' } })).toBe('');
  });
});

test('the end of an operation names its deadline, that of a resource action its timeout', () => {
  const end = { at: at(65), status: 'FAILED', cause: 'TIMEOUT', reason: 'Timed out', latenessMs: 5 } as const;
  expect(endText(end)).toBe("Timed out (TIMEOUT: the operation's deadline, 5ms late)");
  expect(endText({ ...end, timeout: 'START_TO_CLOSE' }, 'server')).toBe(
    'Timed out (TIMEOUT: START_TO_CLOSE, 5ms late)',
  );
});
