/**
 * Records of the stream, and events, as earlier versions wrote them: a failed record may be
 * replayed months later.
 */

import type { DynamoDBStreamEvent } from 'aws-lambda';
import { describe, expect, test } from 'vitest';
import { parseWork } from '../../contract/index.ts';
import { operationStatusChangeSchema, resourceActionStatusChangeSchema } from '../../contract/messages.ts';
import { childKey, type Item } from '../../lambdas/adapters/dynamodb/keys.ts';
import { rowChanges } from '../../lambdas/adapters/dynamodb/stream-records.ts';
import { consequences, timerChange } from '../../lambdas/domain/consequences.ts';
import { statusChanges } from '../../lambdas/domain/status-changes.ts';
import { scheduleName } from '../../lambdas/domain/timer.ts';
import { fixture, VERSIONS } from './fixtures.ts';

/**
 * Since v3, the parts of an id are percent-encoded: no two changes share one. All records are of
 * `prod/web:1`.
 */
const encoded = (id: string): string => id.replace('prod/web:1/', `${encodeURIComponent('prod/web:1')}/`);

interface OldStream {
  readonly records: readonly {
    readonly name: string;
    readonly record: DynamoDBStreamEvent['Records'][number];
    readonly events: readonly { readonly id: string; readonly status: string; readonly phase?: string }[];
    /** The names of the schedules. */
    readonly timers: { readonly arm?: string; readonly disarm?: string };
    readonly consequences?: readonly string[];
  }[];
}

describe.each(VERSIONS)('the stream of %s', (version) => {
  const { records } = fixture<OldStream>(version, 'stream');

  test.each(records)('$name', ({ record, events, timers, consequences: led }) => {
    const [change, ...more] = rowChanges({ Records: [record] });
    if (change === undefined) throw new Error('no change of a row');
    expect(more).toEqual([]);
    // Since then, events tell when the engine was last heard.
    const published = statusChanges(change).map(({ event }) => ({ ...event, lastHeartbeatAt: undefined }));
    expect(published, 'the same events, with the same ids but for their encoding').toEqual(
      events.map((event) => ({ ...event, id: encoded(event.id) })),
    );
    const { arm, disarm } = timerChange(change);
    expect({
      ...(arm && { arm: scheduleName(arm) }),
      ...(disarm && { disarm: scheduleName(disarm) }),
    }).toEqual(timers);
    // Since v3, children follow a deadline that moves later, too.
    const follow = version !== 'v3' && change.after.change === 'EXTEND' ? ['clampChildren'] : [];
    if (led) expect(consequences(change).map(({ kind }) => kind)).toEqual([...led, ...follow]);
  });

  test.each(records.filter(({ events }) => events.length > 0))(
    '$name: the events are of the contract',
    ({ events }) => {
      for (const event of events) {
        const schema = 'resource' in event ? resourceActionStatusChangeSchema : operationStatusChangeSchema;
        expect(schema.safeParse(event)).toEqual({ success: true, data: event });
      }
    },
  );
});

test.each(['v2', 'v3'] as const)('work that was published by %s is taken up', (version) => {
  const work = fixture<OldStream>(version, 'stream').records.flatMap(({ events }) =>
    events.filter(({ phase }) => phase === 'QUEUED'),
  );
  expect(work.length).toBeGreaterThan(3);
  for (const detail of work)
    expect(parseWork(JSON.stringify({ detail }))).toEqual({ ok: true, value: detail });
});

test.each(['v2', 'v3'] as const)('a child is known by the key of %s', (version) => {
  const key = fixture<{ readonly childKey: Item }>(version, 'stream').childKey;
  const child = {
    parent: { stackId: 'prod', operationId: 'op-p' },
    stackId: 'prod/web:1',
    operationId: 'op-1',
  };
  expect(childKey(child)).toEqual(key);
});
