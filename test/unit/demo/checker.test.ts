import { expect, test } from 'vitest';
import type { Stack } from '../../../contract/index.ts';
import {
  checkEngines,
  checkOperation,
  type EnginesRun,
  LATENESS_BOUNDS,
  pathOf,
} from '../../../demo/checker.ts';
import type { Entry } from '../../../demo/event-log.ts';
import type { Operation } from '../../../demo/operations.ts';
import { at, ENTRIES, event, iso, RUN, stack } from './run.ts';

const operation = (fields: Partial<Operation> = {}): Operation => ({
  request: {
    command: 'StartOperation',
    stackId: 'web',
    operationId: 'CREATE',
    action: 'CREATE',
    timeoutSeconds: 20,
  },
  paths: ['near'],
  ...fields,
});
const running = stack({ startedAt: iso(0), deadline: iso(20) });
const timedOut = (late: number, fields: Partial<Stack> = {}): Stack =>
  stack({ ...running, status: 'FAILED', cause: 'TIMEOUT', endedAt: iso(20 + late), version: 2, ...fields });
const completed = stack({ ...running, status: 'COMPLETE', cause: 'REPORTED', endedAt: iso(5), version: 2 });
const check = (end: Stack, plan: Partial<Operation> = {}, entries = [event(0, end)]) =>
  checkOperation(operation(plan), end, entries);
const far = { ...operation().request, timeoutSeconds: 60 };

test.each<[string, Operation, Stack, string | undefined]>([
  ['a near deadline', operation(), timedOut(1), 'near'],
  ['a far deadline', operation({ request: far }), timedOut(1), 'schedule'],
  ['a far deadline, lately', operation({ request: far }), timedOut(6), 'sweep'],
  ['an extended deadline', operation({ extendToSeconds: 55 }), timedOut(1), 'near'],
  ['a completion', operation(), completed, 'completed'],
  ['a cancellation', operation(), timedOut(1, { cause: 'CANCELLED' }), undefined],
])('the path of %s', (_, plan, end, path) => {
  expect(pathOf(plan, end)).toBe(path);
});

test.each<[string, Stack, Partial<Operation>]>([
  ['a timeout in time', timedOut(1), {}],
  ['a timeout at the deadline itself', timedOut(0), {}],
  ['a completion', completed, { paths: ['completed'] }],
  ['a timeout by the sweep', timedOut(60), { paths: ['sweep'] }],
  ['an extended operation', timedOut(38, { deadline: iso(58) }), { paths: ['near'], extendToSeconds: 55 }],
])('%s holds', (_, end, plan) => {
  expect(check(end, plan)).toEqual([]);
});

test.each<[string, string, string[]]>([
  ['early', 'web: it timed out 1 ms before its deadline', check(timedOut(-0.001))],
  ['late', 'web: it timed out 3001 ms late, by path near', check(timedOut(3.001))],
  [
    'late even for the sweep',
    'by path sweep',
    check(timedOut(LATENESS_BOUNDS.sweep + 0.001), { paths: ['sweep'] }),
  ],
  ['by another path', 'path near; allowed: sweep', check(timedOut(1), { paths: ['sweep'] })],
  ['not at all', 'CREATE_IN_PROGRESS', check(running)],
  ['by a timeout, not a completion', 'allowed: completed', check(timedOut(1), { paths: ['completed'] })],
  [
    'without the extension',
    'its deadline is 20000 ms after its start',
    check(timedOut(1), { extendToSeconds: 55 }),
  ],
  ['at another deadline', 'its deadline is 19000 ms', check(timedOut(1, { startedAt: iso(1) }))],
  ['unpublished', 'its end was published 0 times', check(timedOut(1), {}, [])],
  [
    'twice',
    'its end was published 2 times',
    check(timedOut(1), {}, [event(0, timedOut(1)), event(0, timedOut(1, { version: 3 }))]),
  ],
  [
    'and was changed',
    'it was changed after its end',
    check({ ...completed, version: 3 }, { paths: ['completed'] }, [event(0, completed)]),
  ],
])('an operation that ended %s does not hold', (_, failure, failures) => {
  expect(failures).toEqual(expect.arrayContaining([expect.stringContaining(failure)]));
});

test('the second scenario holds', () => {
  expect(checkEngines(RUN)).toEqual([]);
});

const without = (isGone: (entry: Entry) => boolean): Partial<EnginesRun> => ({
  entries: ENTRIES.filter((entry) => !isGone(entry)),
});
const isResource = (entry: Entry, version: number) =>
  entry.kind === 'resource' && entry.change.resource === 'server' && entry.change.version === version;
const { afterCreate, afterDelete } = RUN;

test.each<[string, Partial<EnginesRun>, string]>([
  [
    'a loss that was noticed too late',
    {
      entries: ENTRIES.map((one) =>
        isResource(one, 3) || isResource(one, 4) ? { ...one, at: at(21) } : one,
      ),
    },
    'server, attempt 1 on engine B: the loss was noticed after 11 s',
  ],
  ['a loss that nobody noticed', without((one) => one.at > at(12)), 'the loss was noticed after Infinity s'],
  ['no engine that took over', without((one) => isResource(one, 6)), 'no engine took over'],
  [
    'an engine that was not told to stop',
    without(({ kind }) => kind === 'fenced'),
    'attempt 2 on engine C: the engine was not told',
  ],
  [
    'a resource that is not COMPLETE',
    { afterCreate: { ...afterCreate, resources: [] } },
    'COMPLETE are only',
  ],
  [
    'an attempt that was ended by an engine that had lost it',
    {
      afterCreate: {
        ...afterCreate,
        resources: afterCreate.resources.map((row) => ({ ...row, engineId: 'C' })),
      },
    },
    'ended by an engine that did not have the attempt: /walk, server',
  ],
  ['an end that was not published', without((one) => isResource(one, 7)), '2 ends were published'],
  [
    'a CREATE that failed',
    { afterCreate: { ...afterCreate, stack: { ...afterCreate.stack, status: 'FAILED' } } },
    'the CREATE: FAILED',
  ],
  ['no kill', without((one) => one.kind === 'engine' && one.engine === 'B'), 'engines that were stopped'],
  [
    'a DELETE without a kill',
    without((one) => one.kind === 'engine' && one.at > at(40)),
    'the DELETE: no attempt was lost',
  ],
  ['a resource that is missing', { namesInTemplate: ['server', 'network'] }, 'COMPLETE are only server'],
  [
    'a DELETE that was cancelled',
    {
      afterDelete: {
        ...afterDelete,
        stack: { ...afterDelete.stack, statusReason: 'Stack DELETE cancelled' },
      },
    },
    'the DELETE: its reason is Stack DELETE cancelled',
  ],
  [
    'a resource action that outlives its operation',
    { afterDelete: { ...afterDelete, resources: afterCreate.resources } },
    'not cancelled with it: server',
  ],
  ['a schedule that is left', { schedulesLeft: ['a1b2'] }, 'schedules are left: a1b2'],
])('%s does not hold', (_, change, failure) => {
  expect(checkEngines({ ...RUN, ...change })).toEqual(
    expect.arrayContaining([expect.stringContaining(failure)]),
  );
});
