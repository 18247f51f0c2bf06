import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { METRICS, type MetricName } from '../../../../../contract/metrics.ts';
import {
  createTelemetry,
  logLine,
  measurements,
} from '../../../../../lambdas/adapters/telemetry/powertools.ts';
import { statusChanges } from '../../../../../lambdas/domain/status-changes.ts';
import type { Observation } from '../../../../../lambdas/ports/telemetry.ts';
import { endedResource, queued, running } from '../../../../support/resource-rows.ts';
import { NOW } from '../../../../support/rows.ts';

const subject = { stackId: 'stack-1', operationId: 'op-1', generation: 2 };
const timer = { ...subject, dueAt: NOW, setAt: NOW - 1000 };

const ofResource = <T extends object>(one: T) => ({ ...one, resource: 'server' });
const attempt = { ...ofResource(subject), attempt: 2 };

const observations: [Observation, string[]][] = [
  [{ kind: 'accepted', subject: { ...subject, command: 'StartOperation' }, written: true }, []],
  [
    {
      kind: 'refused',
      code: 'StaleOperation',
      reason: 'old',
      subject: { ...subject, command: 'CancelOperation' },
    },
    ['RefusedStaleOperation=1'],
  ],
  [{ kind: 'armed', timer, plan: { path: 'near', delaySeconds: 5 } }, ['TimersArmedNear=1']],
  [{ kind: 'armed', timer, plan: { path: 'schedule', at: NOW } }, ['TimersArmedSchedule=1']],
  [{ kind: 'unarmed', timer }, ['TimersUnarmed=1']],
  [{ kind: 'disarmed', timer, result: 'deleted' }, []],
  [
    { kind: 'wakeUp', by: 'wake', outcome: 'fired', subject, lateness: 700, hops: 1 },
    ['WakeUpsFired=1', 'Lateness=700', 'Hops=1'],
  ],
  [{ kind: 'wakeUp', by: 'sweep', outcome: 'rearmed', subject }, ['WakeUpsRearmed=1']],
  [{ kind: 'wakeUp', by: 'wake', outcome: 'stale', subject, hops: 0 }, ['WakeUpsStale=1', 'Hops=0']],
  [{ kind: 'wakeUp', by: 'wake', outcome: 'early', subject, hops: 6 }, ['WakeUpsEarly=1', 'Hops=6']],
  [{ kind: 'failed', subject, error: new Error('broken') }, []],
  [
    { kind: 'armed', timer: ofResource(timer), plan: { path: 'near', delaySeconds: 5 } },
    ['TimersArmedNear=1'],
  ],
  [
    {
      kind: 'wakeUp',
      by: 'wake',
      outcome: 'fired',
      subject: attempt,
      cause: 'ENGINE_LOST',
      lateness: 5,
      hops: 0,
    },
    ['WakeUpsFired=1', 'EnginesLost=1', 'Lateness=5', 'Hops=0'],
  ],
  [
    { kind: 'wakeUp', by: 'sweep', outcome: 'fired', subject: attempt, cause: 'NO_ENGINE', lateness: 5 },
    ['WakeUpsFired=1', 'NoEngine=1', 'Lateness=5'],
  ],
  [
    { kind: 'wakeUp', by: 'sweep', outcome: 'fired', subject: attempt, cause: 'TIMEOUT', lateness: 5 },
    ['WakeUpsFired=1', 'AttemptsTimedOut=1', 'Lateness=5'],
  ],
  [{ kind: 'wakeUp', by: 'wake', outcome: 'offered', subject: attempt }, ['WakeUpsOffered=1']],
  [{ kind: 'wakeUp', by: 'wake', outcome: 'queued', subject: attempt }, ['WakeUpsQueued=1']],
  [{ kind: 'wakeUp', by: 'wake', outcome: 'retried', subject: attempt }, ['WakeUpsRetried=1']],
  [{ kind: 'wakeUp', by: 'wake', outcome: 'granted', subject: attempt, reason: 'why' }, ['WakeUpsGranted=1']],
  [{ kind: 'wakeUp', by: 'wake', outcome: 'cancelled', subject: attempt }, ['WakeUpsCancelled=1']],
  [{ kind: 'cascaded', subject, resources: 3, children: 2 }, ['Cascaded=5']],
];

test.each(observations)('%j is measured', (observation, expected) => {
  expect(measurements(observation).map(([name, value]) => `${name}=${value}`)).toEqual(expected);
});

test.each(observations)('%j is a log line with stackId, operationId and generation', (observation) => {
  const [, message, fields] = logLine(observation);
  expect(message).not.toBe('');
  expect(fields).toMatchObject(subject);
});

/** What is written to standard output from now on, until the test ends. */
function captureOutput(logLevel: string): string[] {
  vi.stubEnv('POWERTOOLS_SERVICE_NAME', 'Deployment');
  vi.stubEnv('POWERTOOLS_METRICS_NAMESPACE', 'StackTimeouts');
  vi.stubEnv('POWERTOOLS_LOG_LEVEL', logLevel);
  const written: string[] = [];
  vi.spyOn(process.stdout, 'write').mockImplementation((text) => {
    written.push(String(text));
    return true;
  });
  onTestFinished(() => {
    vi.unstubAllEnvs();
    vi.restoreAllMocks();
  });
  return written;
}

test('what is measured is written once an invocation, in the units and dimensions of the catalogue', () => {
  const written = captureOutput('SILENT');
  const telemetry = createTelemetry();
  for (const [observation] of observations) telemetry.record(observation);
  expect(written).toEqual([]);
  telemetry.flush();
  telemetry.flush();
  expect(written).toHaveLength(1);
  const { service, _aws } = JSON.parse(written[0] ?? '');
  expect(service).toBe('Deployment');
  const [{ Namespace, Dimensions, Metrics }] = _aws.CloudWatchMetrics;
  expect(Namespace).toBe('StackTimeouts');
  expect(Metrics.length).toBeGreaterThan(10);
  for (const { Name, Unit } of Metrics as { Name: MetricName; Unit: string }[]) {
    expect([Name, Unit]).toEqual([Name, METRICS[Name].unit]);
    expect(Dimensions).toEqual([METRICS[Name].dimensions]);
  }
});

test('each log line names its invocation', () => {
  const written = captureOutput('INFO');
  const telemetry = createTelemetry();
  for (const requestId of ['request-1', 'request-2']) {
    telemetry.begin(requestId);
    telemetry.record({ kind: 'listed', stacks: 3 });
  }
  expect(written.map((line) => JSON.parse(line))).toMatchObject([
    { message: 'stacks listed', stacks: 3, service: 'Deployment', function_request_id: 'request-1' },
    { message: 'stacks listed', stacks: 3, service: 'Deployment', function_request_id: 'request-2' },
  ]);
});

test('a sweep counts itself, what it found and what it ended', () => {
  const completed = {
    kind: 'sweepCompleted',
    overdue: 5,
    swept: 4,
    failed: 1,
    failedShards: 0,
    outOfTime: false,
  } as const;
  expect(measurements(completed).map(([name, value]) => `${name}=${value}`)).toEqual([
    'SweepCompleted=1',
    'SweepOverdue=5',
    'Swept=4',
  ]);
  expect(logLine(completed)).toEqual([
    'info',
    'sweep completed',
    { overdue: 5, swept: 4, failed: 1, failedShards: 0, outOfTime: false },
  ]);
});

test('what is about a resource action names it, and its attempt', () => {
  expect(
    logLine({ kind: 'wakeUp', by: 'wake', outcome: 'granted', subject: attempt, reason: 'why' })[2],
  ).toMatchObject({
    resource: 'server',
    attempt: 2,
    reason: 'why',
  });
  expect(logLine({ kind: 'unarmed', timer: ofResource(timer) })[2]).toMatchObject({ resource: 'server' });
  const [change] = statusChanges({ after: queued() });
  if (change === undefined) throw new Error('no status change');
  expect(logLine({ kind: 'published', ...change })[2]).toEqual({
    id: 'stack-1/op-1/server/1/DISPATCH',
    stackId: 'stack-1',
    operationId: 'op-1',
    resource: 'server',
    attempt: 1,
    phase: 'QUEUED',
    generation: 1,
    status: 'IN_PROGRESS',
    transition: 'DISPATCH',
  });
});

test('a change that ends an attempt names it and its engine, the timeout and how late that was', () => {
  const lastFailure = {
    attempt: 1,
    engineId: 'engine-1',
    cause: 'ENGINE_LOST',
    reason: 'went down',
    at: NOW + 30,
  } as const;
  const missed = { timeout: 'HEARTBEAT', deadline: NOW } as const;
  const after = queued({ attempt: 2, cause: 'ENGINE_LOST', lastFailure, missed, change: 'ENGINE_LOST' });
  const [change] = statusChanges({ before: running(), after });
  if (change === undefined) throw new Error('no status change');
  expect(logLine({ kind: 'published', ...change })).toEqual([
    'info',
    'status change published',
    {
      id: 'stack-1/op-1/server/1/ENGINE_LOST',
      stackId: 'stack-1',
      operationId: 'op-1',
      resource: 'server',
      attempt: 1,
      engineId: 'engine-1',
      phase: 'QUEUED',
      cause: 'ENGINE_LOST',
      timeout: 'HEARTBEAT',
      latenessMs: 30,
      generation: 1,
      status: 'IN_PROGRESS',
      transition: 'ENGINE_LOST',
    },
  ]);
});

test('a wake-up that found a timeout tells which, how late, and when the engine was last heard', () => {
  const lost: Observation = {
    kind: 'wakeUp',
    by: 'wake',
    outcome: 'fired',
    subject: { ...attempt, engineId: 'engine-1' },
    cause: 'ENGINE_LOST',
    timeout: 'HEARTBEAT',
    lateness: 5,
    lastHeartbeat: NOW,
    hops: 0,
  };
  expect(logLine(lost)).toEqual([
    'info',
    'wake-up',
    {
      by: 'wake',
      outcome: 'fired',
      ...attempt,
      engineId: 'engine-1',
      cause: 'ENGINE_LOST',
      timeout: 'HEARTBEAT',
      latenessMs: 5,
      lastHeartbeatAt: '2026-01-31T12:00:00.000Z',
      hops: 0,
    },
  ]);
});

describe('what ends with its operation is no failure', () => {
  test('its end is logged with its cause, and counted as cancelled only', () => {
    const [change] = statusChanges({ before: running(), after: endedResource('cancelled') });
    if (change === undefined) throw new Error('no status change');
    const published: Observation = { kind: 'published', ...change };
    expect(logLine(published)).toMatchObject(['info', expect.any(String), { cause: 'CANCELLED' }]);
    expect(measurements(published)).toEqual([]);
    const woken: Observation = { kind: 'wakeUp', by: 'wake', outcome: 'cancelled', subject: attempt };
    expect(logLine(woken)[0]).toBe('info');
    expect(measurements(woken)).toEqual([['WakeUpsCancelled', 1]]);
  });

  test('nor is the answer that tells its engine to stop, unlike other refusals', () => {
    const refused = {
      kind: 'refused',
      reason: 'why',
      subject: { ...attempt, command: 'Heartbeat' },
    } as const;
    expect(logLine({ ...refused, code: 'OperationEnded' })[0]).toBe('info');
    expect(logLine({ ...refused, code: 'StaleAttempt' })[0]).toBe('warn');
  });
});

test('heartbeats are not logged unless asked for: they come all the time', () => {
  const accepted = { kind: 'accepted', written: true } as const;
  expect(logLine({ ...accepted, subject: { ...subject, command: 'Heartbeat' } })[0]).toBe('debug');
  expect(logLine({ ...accepted, subject: { ...subject, command: 'ClaimResource' } })[0]).toBe('info');
});

test('a canary that failed is measured, one that did not is not; so is a failure that cannot be recorded', () => {
  expect(measurements({ kind: 'canary', ok: true })).toEqual([]);
  expect(measurements({ kind: 'canary', ok: false })).toEqual([['CanaryFailed', 1]]);
  expect(logLine({ kind: 'canary', ok: false })[0]).toBe('error');
  expect(logLine({ kind: 'unrecorded', error: 'x' })).toMatchObject([
    'error',
    expect.any(String),
    { error: 'x' },
  ]);
});

describe('a malformed wake-up', () => {
  test('is named by its message', () => {
    expect(logLine({ kind: 'malformed', messageId: 'm-1', reason: 'v must be 1' })).toMatchObject([
      'error',
      expect.stringContaining('dead-letter'),
      { messageId: 'm-1', reason: 'v must be 1' },
    ]);
  });
});
