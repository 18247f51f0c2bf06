import { Logger } from '@aws-lambda-powertools/logger';
import { Metrics } from '@aws-lambda-powertools/metrics';
import type { ResourceActionCause } from '../../../contract/index.ts';
import { METRICS, type MetricName } from '../../../contract/metrics.ts';
import { entryOf } from '../../domain/history.ts';
import { toIso } from '../../domain/time.ts';
import type { ArmPlan, RowTimer } from '../../domain/timer.ts';
import type { Observation, Telemetry, WakeUpOutcome } from '../../ports/telemetry.ts';

export interface FunctionTelemetry extends Telemetry {
  /** Every log line names this invocation from now on. */
  begin(requestId: string): void;
  /** Writes the metrics gathered so far as one line (CloudWatch embedded metric format). */
  flush(): void;
}

/**
 * Writes each observation as one structured log line, and its metrics as one line for each
 * invocation.
 */
export function createTelemetry(): FunctionTelemetry {
  const logger = new Logger();
  const metrics = new Metrics();
  return {
    begin(requestId) {
      // The key that Powertools uses. The log group already tells the rest of its context: the
      // function's name and ARN.
      logger.appendKeys({ function_request_id: requestId });
    },
    record(observation) {
      const [level, message, fields] = logLine(observation);
      logger[level](message, fields);
      for (const [name, value] of measurements(observation)) {
        metrics.addMetric(name, METRICS[name].unit, value);
      }
    },
    flush() {
      if (metrics.hasStoredMetrics()) metrics.publishStoredMetrics();
    },
  };
}

type Measurement = readonly [name: MetricName, value: number];

const WAKE_UP_METRICS = {
  fired: 'WakeUpsFired',
  stale: 'WakeUpsStale',
  early: 'WakeUpsEarly',
  rearmed: 'WakeUpsRearmed',
  queued: 'WakeUpsQueued',
  offered: 'WakeUpsOffered',
  retried: 'WakeUpsRetried',
  granted: 'WakeUpsGranted',
  cancelled: 'WakeUpsCancelled',
} as const satisfies Record<WakeUpOutcome, MetricName>;

/** The metric for a missed deadline of a resource action, by cause. */
const CAUSE_METRICS: Partial<Record<ResourceActionCause, MetricName>> = {
  TIMEOUT: 'AttemptsTimedOut',
  ENGINE_LOST: 'EnginesLost',
  NO_ENGINE: 'NoEngine',
};

/** The metrics of an observation. */
export function measurements(observation: Observation): Measurement[] {
  switch (observation.kind) {
    case 'refused':
      return [[`Refused${observation.code}`, 1]];
    case 'armed':
      return [[observation.plan.path === 'near' ? 'TimersArmedNear' : 'TimersArmedSchedule', 1]];
    case 'unarmed':
      return [['TimersUnarmed', 1]];
    case 'canary':
      return observation.ok ? [] : [['CanaryFailed', 1]];
    case 'cascaded':
      return [['Cascaded', observation.resources + observation.children]];
    case 'wakeUp': {
      const caused = observation.cause && CAUSE_METRICS[observation.cause];
      return [
        [WAKE_UP_METRICS[observation.outcome], 1],
        ...(caused === undefined ? [] : [[caused, 1] as const]),
        ...(observation.lateness === undefined ? [] : [['Lateness', observation.lateness] as const]),
        ...(observation.hops === undefined ? [] : [['Hops', observation.hops] as const]),
      ];
    }
    case 'sweepCompleted':
      return [
        ['SweepCompleted', 1],
        ['SweepOverdue', observation.overdue],
        ['Swept', observation.swept],
      ];
    case 'accepted':
    case 'unrecorded':
    case 'disarmed':
    case 'published':
    case 'malformed':
    case 'failed':
    case 'rearmed':
    case 'listed':
    case 'historyRead':
    case 'shardFailed':
    case 'sweepSkipped':
      return [];
  }
}

type LogLine = readonly [
  level: 'debug' | 'info' | 'warn' | 'error',
  message: string,
  fields: Record<string, unknown>,
];

/** The log line of an observation. */
export function logLine(observation: Observation): LogLine {
  switch (observation.kind) {
    case 'accepted': {
      const { subject, written } = observation;
      // Logging every heartbeat would cost about as much as recording it.
      const level = subject.command === 'Heartbeat' ? 'debug' : 'info';
      return [level, 'command accepted', { ...subject, written }];
    }
    case 'refused': {
      const { code, reason, subject } = observation;
      // It is how engines are told to stop when their operation has ended, mostly as it should.
      const level = code === 'OperationEnded' ? 'info' : 'warn';
      return [level, 'command refused', { ...subject, code, reason }];
    }
    case 'armed':
      return ['info', 'timer armed', { ...timerFields(observation.timer), ...planFields(observation.plan) }];
    case 'unarmed':
      return ['error', 'timer not armed; the sweep will handle it', timerFields(observation.timer)];
    case 'disarmed': {
      const { timer, result } = observation;
      return result === 'deleted'
        ? ['info', 'timer disarmed', { ...timerFields(timer), result }]
        : [
            'warn',
            'schedule not deleted; it will fire, change nothing and delete itself',
            { ...timerFields(timer), result },
          ];
    }
    case 'published': {
      const { event, generation } = observation;
      const {
        at: _,
        action: __,
        deadline: ___,
        statusReason: ____,
        version: _____,
        ...entry
      } = entryOf(observation);
      return ['info', 'status change published', { id: event.id, ...entry, generation }];
    }
    case 'canary':
      return observation.ok
        ? ['info', 'canary succeeded: heartbeats can be recorded', {}]
        : ['error', 'canary failed: heartbeats cannot be recorded, so no engine is declared lost', {}];
    case 'unrecorded':
      return ['error', 'canary failure not recorded', { error: observation.error }];
    case 'cascaded': {
      const { subject, resources, children } = observation;
      return [
        'info',
        'resource actions and child stacks ended with their operation',
        { ...subject, resources, children },
      ];
    }
    case 'wakeUp': {
      const { by, outcome, cause, timeout, reason, subject, lateness, lastHeartbeat, hops } = observation;
      const latenessMs = lateness;
      const lastHeartbeatAt = lastHeartbeat && toIso(lastHeartbeat);
      const why = { cause, timeout, reason, latenessMs, lastHeartbeatAt };
      return ['info', 'wake-up', { by, outcome, ...subject, ...why, hops }];
    }
    case 'malformed': {
      const { messageId, reason } = observation;
      return ['error', 'malformed wake-up; SQS will move it to the dead-letter queue', { messageId, reason }];
    }
    case 'failed':
      return [
        'error',
        'failed; it will be tried again',
        { ...observation.subject, error: observation.error },
      ];
    case 'rearmed': {
      const { kind: _, ...counts } = observation;
      return ['info', 'timers rearmed', counts];
    }
    case 'listed':
      return ['info', 'stacks listed', { stacks: observation.stacks }];
    case 'historyRead':
      return ['info', 'history read', { ...observation.subject, entries: observation.entries }];
    case 'shardFailed': {
      const { shard, error } = observation;
      return ['error', 'shard of the timer index not read; the next sweep will read it', { shard, error }];
    }
    case 'sweepSkipped':
      return ['warn', 'another sweep holds the lease', {}];
    case 'sweepCompleted': {
      const { kind: _, ...counts } = observation;
      return ['info', 'sweep completed', counts];
    }
  }
}

const planFields = (plan: ArmPlan) => (plan.path === 'near' ? plan : { path: plan.path, at: toIso(plan.at) });

const timerFields = ({ stackId, operationId, resource, generation, dueAt }: RowTimer) => ({
  stackId,
  operationId,
  resource,
  generation,
  dueAt: toIso(dueAt),
});
