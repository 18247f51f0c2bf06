/**
 * P4, P13: who has read the stack before it was superseded has no say about the resource actions of
 * what came then.
 */
import { describe, expect, test } from 'vitest';
import type { RequestOf } from '../../contract/index.ts';
import { running } from '../support/resource-rows.ts';
import { inProgress, NOW } from '../support/rows.ts';
import { asks, sweeps } from './actors.ts';
import { expectSerializable } from './pairs.ts';
import type { Actor, Start } from './race.ts';

const of = { stackId: 'stack-1', resource: 'server' } as const;
const now = NOW + 30_000;
const stack = inProgress({
  deadline: NOW + 600_000,
  timer: { generation: 1, dueAt: NOW + 600_000, setAt: NOW },
});

const starts = {
  'before any dispatch': { now, rows: [stack] },
  'while it runs': { now, rows: [stack, running()] },
} satisfies Record<string, Start>;

const dispatch = (operationId: string): RequestOf<'DispatchResource'> => ({
  command: 'DispatchResource',
  ...of,
  operationId,
  action: 'CREATE',
  startToCloseSeconds: 50,
});
const next: Actor = {
  name: 'the next operation, and its dispatch',
  steps: [
    ...asks('', {
      command: 'StartOperation',
      stackId: 'stack-1',
      operationId: 'op-2',
      action: 'UPDATE',
      timeoutSeconds: 600,
      supersede: true,
    }).steps,
    ...asks('', dispatch('op-2')).steps,
  ],
};

describe.each(Object.entries(starts))('%s', (_, start) => {
  test.each([asks('a dispatch of the one before', dispatch('op-1')), sweeps('the sweep', of)])(
    '$name',
    async (actor) => {
      expect(await expectSerializable(start, [next, actor])).toBeGreaterThan(1);
    },
  );
});
