import { describe, expect, test } from 'vitest';
import { toHistoryItem } from '../../../lambdas/adapters/dynamodb/history-item.ts';
import { decideCancellation } from '../../../lambdas/domain/cascade.ts';
import { consequences, type RowChange, timerChange } from '../../../lambdas/domain/consequences.ts';
import { historyEntry } from '../../../lambdas/domain/history.ts';
import {
  decideClaim,
  decideCompleteResource,
  decideDispatch,
} from '../../../lambdas/domain/resource-action/commands.ts';
import type {
  ResourceActionEnded,
  ResourceActionRow,
  ResourceActionRunning,
} from '../../../lambdas/domain/resource-action/state.ts';
import { decideOverdueResourceAction } from '../../../lambdas/domain/resource-action/wake-up.ts';
import { decideStackCommand, type StackRequest } from '../../../lambdas/domain/stack/commands.ts';
import type { StackRow } from '../../../lambdas/domain/stack/state.ts';
import { decideStackWakeUp } from '../../../lambdas/domain/stack/wake-up.ts';
import { statusChanges } from '../../../lambdas/domain/status-changes.ts';
import { endedRow, inProgress } from '../../support/rows.ts';
import { propertiesOf, synthesizeDefaults } from './synth.ts';

/** The names of the changes that a function is not invoked for. */
function ignoredBy(name: string): string[] {
  const [{ Pattern }] = propertiesOf(synthesizeDefaults(), `${name}Mapping`).FilterCriteria.Filters;
  return JSON.parse(Pattern).dynamodb.NewImage.change.S[0]['anything-but'];
}

test.each(['Arm', 'Effects'])('%s is not invoked for entries of the history', (name) => {
  const items = statusChanges({ before: inProgress(), after: endedRow('completed') }).map((change) =>
    toHistoryItem(historyEntry(change, 60_000)),
  );
  expect(items).toHaveLength(1);
  for (const item of items) expect(item).not.toHaveProperty('change');
  const { Filters } = propertiesOf(synthesizeDefaults(), `${name}Mapping`).FilterCriteria;
  expect(Filters).toHaveLength(2);
  for (const { Pattern } of Filters)
    expect(JSON.parse(Pattern).dynamodb.NewImage.change.S, 'a change is asked for').toHaveLength(1);
});

/** The filters save invocations; they must not cost a consequence. */
describe('what the filters drop has no consequence', () => {
  const subject = { stackId: 's', operationId: 'o' } as const;
  const context = { now: 1_000_000, retention: 0 };
  const later = { ...context, now: 1_600_000 };
  function saved<R>(decision: { readonly save?: R | undefined }): R {
    if (decision.save === undefined) throw new Error(`nothing to save: ${JSON.stringify(decision)}`);
    return decision.save;
  }
  const decide = (stack: StackRow | undefined, request: StackRequest) =>
    saved(decideStackCommand({ stack }, request, context));
  const start = { ...subject, command: 'StartOperation', action: 'CREATE', timeoutSeconds: 600 } as const;
  const extend = { ...subject, command: 'ExtendOperation' } as const;
  const started = decide(undefined, start);
  const extended = decide(started, { ...extend, timeoutSeconds: 900 });
  const rearmed = saved<StackRow>(decideStackWakeUp(extended, { operationId: 'o', generation: 1 }, later));
  const shortened = decide(started, { ...extend, timeoutSeconds: 300 });

  const claim = { ...subject, resource: 'r', attempt: 1, claimId: 'c', engineId: 'e' };
  const dispatch = { ...subject, resource: 'r', action: 'CREATE', startToCloseSeconds: 500 } as const;
  const running = (() => {
    const request = { ...dispatch, command: 'DispatchResource', heartbeatSeconds: 30 } as const;
    const queued = saved(decideDispatch({ stack: started, resource: undefined }, request, context.now));
    return saved(
      decideClaim({ stack: started, resource: queued }, { ...claim, command: 'ClaimResource' }, context.now),
    ) as ResourceActionRunning;
  })();
  /** As the store writes it: the row is not read, and the timer stays. */
  const heartbeat: ResourceActionRow = {
    ...running,
    heartbeatDeadline: 1_050_000,
    version: running.version + 1,
    change: 'HEARTBEAT',
  };
  const now = 1_040_000;
  const outage = { succeededAt: context.now, failedAt: now };
  const lookAt = (resource: ResourceActionRow) =>
    saved(decideOverdueResourceAction({ stack: started, resource }, { now, retention: 0, health: outage }));
  const rearmedResource = lookAt(heartbeat);
  const granted = lookAt(running);

  /** As the store writes it too: the same version, only that it expires. */
  const completed = (() => {
    const request = { ...claim, command: 'CompleteResource', status: 'COMPLETE', output: 1 } as const;
    return saved(decideCompleteResource(running, request, context)) as ResourceActionEnded;
  })();
  const expiring = {
    ...decideCancellation(completed, 'o', later).expire,
    change: 'EXPIRE',
  } as ResourceActionEnded;

  const changes: RowChange[] = [
    { before: extended, after: rearmed },
    { before: running, after: heartbeat },
    { before: heartbeat, after: rearmedResource },
    { before: running, after: granted },
    { before: completed, after: expiring },
  ];

  test.each(changes.map((change) => [change.after.change, change] as const))('%s', (name, change) => {
    expect(ignoredBy('Effects')).toContain(name);
    expect(statusChanges(change)).toEqual([]);
    expect(consequences(change)).toEqual([]);
    const timers = timerChange(change);
    if (ignoredBy('Arm').includes(name)) expect(timers).toEqual({});
    else expect(timers).toHaveProperty('arm');
  });

  test('EXTEND, to arm', () => {
    expect(ignoredBy('Arm')).toContain(extended.change);
    expect(timerChange({ before: started, after: extended })).toEqual({});
  });

  test('every name that is dropped is among these', () => {
    const names = changes.map(({ after }) => after.change);
    expect(new Set(names)).toEqual(new Set(ignoredBy('Effects')));
    expect(new Set([...names, 'EXTEND'])).toEqual(new Set([...ignoredBy('Effects'), ...ignoredBy('Arm')]));
  });

  test('a moved deadline is no such change to effects: it concerns child stacks, or the parent', () => {
    expect(shortened.change).toBe('SHORTEN');
    expect(consequences({ before: started, after: shortened })).toHaveLength(1);
    const parent = { stackId: 'p', operationId: 'o' };
    const child = { before: { ...started, parent }, after: { ...extended, parent } };
    expect(child.after.change).toBe('EXTEND');
    expect(consequences(child).map(({ kind }) => kind)).toEqual(['addChild', 'clampChildren']);
  });
});
