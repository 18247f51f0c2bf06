/** The audit of a chaos run: what seems wrong, but is explained, is no finding. */
import { expect, test } from 'vitest';
import { NOW } from '../../support/rows.ts';
import { audit } from './audit/audit.ts';
import {
  asking,
  deadLetter,
  ending,
  extendedTo,
  failed,
  refused,
  resourceFailed,
  superseded,
  unanswered,
} from './audit/invalid-runs.ts';
import {
  completeOf,
  dispatchOf,
  ends,
  extendOf,
  PARTS,
  resourceEvent,
  startOf,
  VALID_RUN,
} from './audit/valid-run.ts';
import type { Observations } from './observations.ts';

const { abandoned, parent, completed, child, childEnded, attempt, done } = PARTS;

test.each<[what: string, observations: Observations]>([
  [
    'a completion without an answer took effect',
    ending(ends(abandoned, 'completed'), [
      ...VALID_RUN.asked,
      unanswered(completeOf(ends(abandoned, 'completed'))),
    ]),
  ],
  ['a completion without an answer did not', asking(unanswered(completeOf(ends(abandoned, 'completed'))))],
  ['a refused completion', asking(refused(completeOf(ends(abandoned, 'completed'))))],
  [
    'an operation was superseded',
    ending(superseded, [
      ...VALID_RUN.asked,
      unanswered(startOf({ ...abandoned, operationId: 'op-2' }, { supersede: true })),
    ]),
  ],
  [
    'a resource action failed its operation',
    {
      ...ending(resourceFailed, [...VALID_RUN.asked, dispatchOf({ ...attempt, stackId: 'abandoned' })]),
      resourceEvents: [...VALID_RUN.resourceEvents, resourceEvent(failed)],
      finalState: {
        ...VALID_RUN.finalState,
        stacks: [resourceFailed, completed, childEnded],
        resources: [done, failed],
      },
    },
  ],
  [
    'an extension that was granted',
    {
      ...ending(ends(extendedTo(NOW + 90_000), 'timedOut', NOW + 90_000), [
        ...VALID_RUN.asked,
        extendOf(extendedTo(NOW + 90_000)),
      ]),
    },
  ],
  [
    'an extension without an answer',
    ending(ends(extendedTo(NOW + 90_000), 'timedOut', NOW + 90_000), [
      ...VALID_RUN.asked,
      unanswered(extendOf(extendedTo(NOW + 90_000))),
    ]),
  ],
  [
    'a child that was shortened with its parent',
    ending(ends({ ...child, deadline: NOW + 20_000 }, 'timedOut', NOW + 20_500)),
  ],
  [
    'a work message that was received in vain',
    deadLetter(JSON.stringify({ detail: resourceEvent(attempt) })),
  ],
  [
    'a start without an answer that did nothing',
    asking(unanswered(startOf({ ...parent, stackId: 'nowhere' }))),
  ],
])('no finding: %s', (_, observations) => {
  expect(audit(observations).findings).toEqual([]);
});
