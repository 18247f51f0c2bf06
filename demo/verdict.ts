/** Whether what was seen is what was promised. */
import { SETTINGS } from '../local/cdk.ts';
import { firings, type Path } from './evidence.ts';
import { endPath, lateness, type Operation } from './operation.ts';

/** The rule comes each minute; the emulator looks every 10 s whether it is due. */
const SWEEP_PERIOD_SECONDS = 60 + 10;
const SLACK_SECONDS = 5;

/**
 * How late a timeout may be, in seconds. A delay is in whole seconds and the emulator looks at its queues once a second,
 * so two seconds are the most in theory; the third is for starting a function on a busy machine.
 */
export const LATENESS_BOUNDS: Record<Path, number> = {
  near: 3,
  schedule: 3,
  sweep: SETTINGS.graceSeconds + SWEEP_PERIOD_SECONDS + SLACK_SECONDS,
};

/** What did not hold, in words; nothing if all did. */
export function judge(operation: Operation): string[] {
  const { stack, accepted, expected, refusal } = operation;
  const reasons: string[] = refusal === undefined ? [] : [refusal];
  if (stack === undefined || accepted === undefined)
    return reasons.length > 0 ? reasons : ['was not started'];
  if (stack.operationId !== operation.operationId) {
    return [...reasons, `was replaced by operation ${stack.operationId}, which the demo did not start`];
  }
  if (stack.status === 'IN_PROGRESS') return [...reasons, 'has not ended'];
  if (stack.deadline !== accepted.deadline) {
    reasons.push(`has the deadline ${stack.deadline}, but ${accepted.deadline} was accepted last`);
  }
  const end = stack.cause === 'TIMEOUT' ? 'timeout' : stack.status === 'COMPLETE' ? 'completed' : undefined;
  if (end === undefined || (expected.end !== 'either' && expected.end !== end)) {
    return [...reasons, `ended as ${stack.action}_${stack.status}, cause ${stack.cause}`];
  }
  return [...reasons, ...(end === 'timeout' ? judgeTimeout(operation) : judgeCompletion(operation))];
}

function judgeTimeout(operation: Operation): string[] {
  const reasons: string[] = [];
  const late = lateness(operation) ?? 0;
  if (late < 0) reasons.push(`timed out ${-late} ms before its deadline`);
  const times = firings(operation.evidence).length;
  if (times > 1) reasons.push(`timed out ${times} times`);
  const path = endPath(operation);
  if (path === undefined || path === 'completed') return [...reasons, 'no log line tells how it timed out'];
  const { expected } = operation;
  if (expected.end === 'timeout' && expected.path !== undefined && expected.path !== path) {
    reasons.push(`timed out by path ${path}, not ${expected.path}`);
  }
  const bound = LATENESS_BOUNDS[path];
  if (late > bound * 1000)
    reasons.push(`timed out ${late} ms late; by path ${path} at most ${bound} s are allowed`);
  return reasons;
}

function judgeCompletion({ stack, accepted, evidence }: Operation): string[] {
  const reasons: string[] = [];
  if (stack?.version !== accepted?.version) {
    reasons.push(`was changed after it was completed: version ${stack?.version}, was ${accepted?.version}`);
  }
  if (firings(evidence).length > 0) reasons.push('was timed out as well, says the log');
  return reasons;
}
