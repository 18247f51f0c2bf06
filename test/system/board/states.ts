/** Stacks in every state that the board shows. */
import type { HistoryEntry } from '../../../contract/index.ts';
import type { FakeService } from '../../unit/cli/board/fake-service.ts';

export const HOSTILE_REASON =
  '<script>alert("reason")</script><img src=x onerror=alert(1)> "quoted" \'too\' \u202etxt.exe\u202c &amp; ' +
  'w'.repeat(255);
export const LONGEST_ID = `${'a/b:c@d.e_f-'.repeat(21)}xyz`;

const at = (seconds: number): string => new Date(Date.now() + seconds * 1000).toISOString();

/** One stack of each kind, with the history of `retried`. */
export function putStates(service: FakeService): void {
  service.put('running', { startedAt: at(-600), deadline: at(1200) });
  service.work('running', 'server', { heartbeatDeadline: at(30), attemptDeadline: at(500) });
  service.work('running', 'volume', { phase: 'QUEUED' });
  service.put('overdue', { startedAt: at(-600), deadline: at(-5) });
  service.put('nested', {
    parent: { stackId: 'running', operationId: 'op-1' },
    metadata: { owner: HOSTILE_REASON },
    deadline: at(900),
  });
  service.put(LONGEST_ID, { deadline: at(3000), statusReason: HOSTILE_REASON });
  service.work(LONGEST_ID, LONGEST_ID, { engineId: LONGEST_ID, statusReason: HOSTILE_REASON });
  service.payloads.set(`${LONGEST_ID} ${LONGEST_ID}`, {
    input: { html: HOSTILE_REASON },
    output: [HOSTILE_REASON],
  });
  service.put('timed-out', { startedAt: at(-7200) });
  service.end('timed-out', { endedAt: at(-3600), deadline: at(-3600.8) });
  service.put('failed', { startedAt: at(-7200) });
  service.end('failed', { cause: 'RESOURCE_FAILED', statusReason: HOSTILE_REASON, endedAt: at(-1800) });
  service.put('done');
  service.end('done', { status: 'COMPLETE', cause: 'REPORTED', statusReason: 'CREATE complete' });
  putRetried(service);
}

/** Work whose first attempt lost its engine, whose second timed out, and whose third runs. */
export function putRetried(service: FakeService): void {
  const operation = {
    stackId: 'retried',
    operationId: 'op-2',
    action: 'UPDATE',
    status: 'IN_PROGRESS',
  } as const;
  service.put('retried', { ...operation, startedAt: at(-900), deadline: at(600) });
  let version = 0;
  const entry = (seconds: number, transition: string, more: Partial<HistoryEntry> = {}): HistoryEntry => ({
    ...operation,
    resource: 'server',
    statusReason: 'UPDATE in progress',
    at: at(seconds),
    transition,
    version: ++version,
    ...more,
  });
  const lost = { cause: 'ENGINE_LOST', timeout: 'HEARTBEAT', engineId: 'engine-a', latenessMs: 700 } as const;
  const late = {
    cause: 'TIMEOUT',
    timeout: 'START_TO_CLOSE',
    engineId: 'engine-b',
    latenessMs: 1300,
  } as const;
  const { resource: _, ...start } = entry(-900, 'START', { deadline: at(600) });
  const earlier = { operationId: 'op-1', action: 'CREATE' } as const;
  const { resource: __, ...first } = entry(-5000, 'START', earlier);
  const { resource: ___, ...end } = entry(-4000, 'TIMEOUT', {
    ...earlier,
    status: 'FAILED',
    cause: 'TIMEOUT',
    statusReason: 'Timed out',
    latenessMs: 120,
  });
  service.history = [
    first,
    end,
    start,
    entry(-890, 'DISPATCH', { phase: 'QUEUED', attempt: 1 }),
    entry(-880, 'CLAIM', { phase: 'RUNNING', attempt: 1, engineId: 'engine-a' }),
    entry(-700, 'ENGINE_LOST', {
      ...lost,
      phase: 'BACKOFF',
      attempt: 1,
      statusReason: 'Engine went down during resource UPDATE',
    }),
    entry(-650, 'RETRY', { phase: 'QUEUED', attempt: 2 }),
    entry(-640, 'CLAIM', { phase: 'RUNNING', attempt: 2, engineId: 'engine-b' }),
    entry(-300, 'TIMEOUT', { ...late, phase: 'BACKOFF', attempt: 2, statusReason: 'Timed out' }),
    entry(-250, 'RETRY', { phase: 'QUEUED', attempt: 3 }),
    entry(-240, 'CLAIM', { phase: 'RUNNING', attempt: 3, engineId: 'engine-c' }),
  ];
  service.work('retried', 'server', {
    attempt: 3,
    engineId: 'engine-c',
    phaseStartedAt: at(-240),
    lastHeartbeatAt: at(-4),
    heartbeatDeadline: at(26),
    attemptDeadline: at(300),
    lastFailure: {
      attempt: 2,
      engineId: 'engine-b',
      cause: 'TIMEOUT',
      reason: 'Timed out',
      at: at(-300),
    },
  });
}
