import { expect, test } from 'vitest';
import { addEntry, attemptsOf, type Entry, resourceChanges } from '../../../demo/event-log.ts';
import { at, changes, ENTRIES, engine, event, iso, resource, stack } from './run.ts';

const SERVER = { operationId: 'CREATE', resource: 'server' };

test.each([
  ['the start of an operation', stack({ startedAt: iso(2) }), 2],
  ['the end of an operation', stack({ status: 'FAILED', endedAt: iso(3) }), 3],
  ['the end of a resource action', resource({ status: 'COMPLETE', endedAt: iso(4) }), 4],
  ['a claim, from its heartbeat deadline', resource({ phase: 'RUNNING', heartbeatDeadline: iso(10) }), 5],
  ['another change, when it was received', resource({ phase: 'QUEUED' }), 20],
])('the time of %s', (_, detail, seconds) => {
  expect(event(20, detail).at).toBe(at(seconds));
});

test('an event that is delivered twice counts once', () => {
  const entries: Entry[] = [];
  const added = [event(1, resource({})), event(9, resource({})), engine(2, 'A', 'started')];
  expect(added.map((entry) => addEntry(entries, entry))).toEqual([true, false, true]);
});

test('changes come in the order of their versions, whenever they were received', () => {
  const [queued, claimed] = changes(SERVER, [
    [8, 'QUEUED'],
    [6, 'by B'],
  ]) as [Entry, Entry];
  const [sorted = []] = resourceChanges([claimed, queued]);
  expect(sorted.map((entry) => [entry.change.version, entry.at])).toEqual([
    [1, at(6)],
    [2, at(6)],
  ]);
});

test('the attempts of engines: which were lost, when that was noticed, and who took over', () => {
  const attempts = attemptsOf(ENTRIES).map(({ operationId, resource, attempt, engine, lost, end, next }) => [
    `${operationId} ${resource} ${attempt} on ${engine}`,
    lost && `${lost.did} ${(lost.at - at(0)) / 1000}`,
    end && (end.at - at(0)) / 1000,
    next?.change.engineId,
  ]);
  expect(attempts).toEqual([
    ['CREATE /walk 1 on A', undefined, 34.2, undefined],
    ['CREATE server 1 on B', 'killed 10', 15, 'C'],
    ['CREATE server 2 on C', 'stopped 20', 25, 'A'],
    ['CREATE server 3 on A', undefined, 33, undefined],
    ['DELETE /walk 1 on A', 'killed 41', 46, undefined],
  ]);
});

test('an attempt that was completed before its engine could say so is not lost', () => {
  const completed = changes(SERVER, [
    [1, 'by B'],
    [3, 'COMPLETE'],
  ]);
  expect(attemptsOf([...completed, engine(2, 'B', 'killed')])).toMatchObject([{ lost: undefined }]);
});
