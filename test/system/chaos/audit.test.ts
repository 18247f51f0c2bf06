/** The audit of a chaos run: each of its findings, made by one thing that is wrong. */
import { expect, test } from 'vitest';
import { endedResource } from '../../support/resource-rows.ts';
import { NOW } from '../../support/rows.ts';
import { audit } from './audit/audit.ts';
import { LATEST } from './audit/deadlines.ts';
import {
  asking,
  deadLetter,
  endedAt,
  ending,
  endingResource,
  extendedTo,
  next,
  refused,
  remaining,
  resourceFailed,
  superseded,
  withoutAbandoned,
} from './audit/invalid-runs.ts';
import {
  cancelOf,
  completeOf,
  ends,
  extendOf,
  LATE,
  ok,
  operationEvent,
  PARTS,
  resourceEvent,
  startOf,
  VALID_RUN,
} from './audit/valid-run.ts';
import type { Observations } from './observations.ts';

const { abandoned, timedOut, completed, childEnded, attempt, done } = PARTS;

test('a valid run has no findings, and everything is checked', () => {
  const { findings, checks, delays } = audit(VALID_RUN);
  expect(findings).toEqual([]);
  expect([...checks.keys()].toSorted()).toEqual(
    ['P1', 'P2', 'P3', 'P4', 'P6', 'P7', 'P8', 'P9', 'P12', 'P13', 'P14'].toSorted(),
  );
  expect(delays.timeout).toEqual([LATE - abandoned.deadline]);
  expect(delays.cascade).toEqual([childEnded.endedAt - completed.endedAt]);
});

test.each<[promise: string, what: string, observations: Observations]>([
  ['P1', 'timed out 1 ms before', ending(endedAt(abandoned.deadline - 1))],
  ['P1', 'it was due at', endingResource(endedResource('timedOut', { stackId: 'parent' }))],
  ['P2', 'abandoned op-1 has not ended', ending(abandoned)],
  [
    'P2',
    'abandoned op-1 is nowhere',
    {
      ...remaining({ stacks: VALID_RUN.finalState.stacks.filter(({ stackId }) => stackId !== 'abandoned') }),
      operationEvents: VALID_RUN.operationEvents.filter(({ stackId }) => stackId !== 'abandoned'),
    },
  ],
  [
    'P3',
    'abandoned op-1 ended twice',
    {
      ...VALID_RUN,
      operationEvents: [...VALID_RUN.operationEvents, operationEvent({ ...timedOut, version: 3 })],
    },
  ],
  [
    'P3',
    'server ended twice',
    { ...VALID_RUN, resourceEvents: [...VALID_RUN.resourceEvents, resourceEvent({ ...done, version: 4 })] },
  ],
  [
    'P4',
    'CompleteOperation of abandoned op-1 was accepted',
    asking(completeOf(next(ends(abandoned, 'completed')))),
  ],
  [
    'P4',
    'CancelOperation of abandoned op-1 was accepted',
    asking(cancelOf(next(ends(abandoned, 'cancelled')))),
  ],
  ['P4', 'ExtendOperation of abandoned op-1 was accepted', asking(extendOf({ ...abandoned, version: 3 }))],
  ['P4', 'nothing explains', ending(ends(abandoned, 'cancelled'))],
  ['P4', 'nothing explains', ending(ends(abandoned, 'failed'))],
  ['P4', 'nothing explains', ending(resourceFailed)],
  ['P4', 'nothing explains', ending(superseded)],
  ['P4', 'nothing explains the end of child op-1', ending(endedAt(NOW + 29_000, childEnded))],
  [
    'P4',
    'and its row says COMPLETE',
    remaining({ stacks: [ends(abandoned, 'completed'), completed, childEnded] }),
  ],
  ['P4', 'answered', asking(ok(startOf(abandoned).request, { ...timedOut, version: 1 }))],
  [
    'P4',
    'cancelled before its operation',
    endingResource(endedResource('cancelled', { stackId: 'parent', endedAt: NOW + 29_000 })),
  ],
  ['P6', 'completed twice', { ...VALID_RUN, said: [...VALID_RUN.said, ...VALID_RUN.said] }],
  [
    'P6',
    'yet it is FAILED',
    { ...endingResource(endedResource('failed', { stackId: 'parent' })), said: VALID_RUN.said },
  ],
  [
    'P6',
    'yet it is COMPLETE',
    { ...VALID_RUN, said: VALID_RUN.said.map((one) => ({ ...one, engineId: 'engine-2' })) },
  ],
  ['P7', 'after its deadline', ending(endedAt(abandoned.deadline + LATEST + 1))],
  [
    'P8',
    'had 4 attempts of 3',
    {
      ...VALID_RUN,
      resourceEvents: [...VALID_RUN.resourceEvents, resourceEvent({ ...attempt, attempt: 4 })],
    },
  ],
  ['P9', 'was granted', ending(next(timedOut), [...VALID_RUN.asked, extendOf(extendedTo(NOW + 90_000))])],
  ['P12', 'nobody started abandoned op-1', { ...VALID_RUN, asked: withoutAbandoned }],
  [
    'P12',
    'nobody started abandoned op-1',
    { ...VALID_RUN, asked: [...withoutAbandoned, refused(startOf(abandoned))] },
  ],
  [
    'P12',
    'nobody dispatched parent op-1 server',
    { ...VALID_RUN, asked: VALID_RUN.asked.filter(({ request }) => request.command !== 'DispatchResource') },
  ],
  ['P12', 'not in its dead-letter queue: timer garbage-1', { ...VALID_RUN, deadLetters: [] }],
  ['P12', 'nobody knows this dead letter: work lost', deadLetter('lost')],
  ['P13', 'server has not ended: RUNNING', endingResource(attempt, [])],
  ['P13', 'server is nowhere', { ...remaining({ resources: [] }), said: [], resourceEvents: [] }],
  [
    'P13',
    'ms after its operation',
    endingResource(endedResource('cancelled', { stackId: 'parent', endedAt: NOW + 91_000 })),
  ],
  ['P13', 'ms after its parent', ending(endedAt(NOW + 91_000, childEnded))],
  ['P13', '1 items left', remaining({ items: ['STACK#parent CHILD#child#op-1'] })],
  ['P13', '1 stacks listed', remaining({ listed: ['abandoned'] })],
  ['P13', '1 schedules left', remaining({ schedules: ['schedule'] })],
  ['P13', '2 messages on the work queue', remaining({ waiting: { timer: 0, work: 2 } })],
  [
    'P14',
    'the start of abandoned op-1 was not published',
    {
      ...VALID_RUN,
      operationEvents: VALID_RUN.operationEvents.filter((event) => event.id !== operationEvent(abandoned).id),
    },
  ],
  [
    'P14',
    'the end of abandoned op-1 was not published',
    {
      ...VALID_RUN,
      operationEvents: VALID_RUN.operationEvents.filter((event) => event.id !== operationEvent(timedOut).id),
    },
  ],
  [
    'P14',
    'the end of parent op-1 server was not published',
    {
      ...VALID_RUN,
      resourceEvents: VALID_RUN.resourceEvents.filter(({ status }) => status === 'IN_PROGRESS'),
    },
  ],
  ['P14', 'records of the stream were given up', remaining({ givenUp: ['aws/lambda/arm'] })],
  ['P14', 'undelivered', remaining({ undelivered: ['a wake-up'] })],
])('%s: %s', (promise, what, observations) => {
  const { findings } = audit(observations);
  expect(findings.map((finding) => `${finding.promise}: ${finding.what}`)).toEqual([
    expect.stringMatching(new RegExp(`^${promise}: .*${what}`)),
  ]);
});
