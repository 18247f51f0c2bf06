/** The operational request that gives each live row a new timer, and so a new wake-up. */
import { beforeEach, describe, expect, test } from 'vitest';
import type { RearmAnswer } from '../../../../contract/rearm.ts';
import { command } from '../../../../lambdas/command/command.ts';
import { toIso } from '../../../../lambdas/domain/time.ts';
import { scheduleName, shardOf, timerOf } from '../../../../lambdas/domain/timer.ts';
import { TestHarness } from '../../../support/harness.ts';
import { resourceAction } from '../../../support/resources.ts';

const DAY = 86_400;
let harness: TestHarness;
beforeEach(() => {
  harness = new TestHarness();
});

/** One request, for timers set until now. */
async function ask(more: object = {}): Promise<RearmAnswer> {
  harness.clock.advance(1);
  const before = toIso(harness.clock.now());
  return (await command(harness.deps, { rearm: true, before, ...more })) as RearmAnswer;
}

/** All pages. */
async function rearmAll(more: object = {}): Promise<RearmAnswer[]> {
  harness.clock.advance(1);
  const before = toIso(harness.clock.now());
  const answers = [await ask({ before, ...more })];
  for (let next = answers[0]?.nextToken; next !== undefined; next = answers.at(-1)?.nextToken) {
    answers.push(await ask({ before, ...more, nextToken: next }));
  }
  return answers;
}

const total = (answers: readonly RearmAnswer[]) => ({
  rearmed: answers.reduce((sum, { rearmed }) => sum + rearmed, 0),
  failed: answers.reduce((sum, { failed }) => sum + failed, 0),
});

const rows = () => [...harness.table.rows.values(), ...harness.table.resourceRows.values()];

/** The live rows whose timer has no schedule. */
const unarmed = () =>
  rows().filter(
    (row) => row.status === 'IN_PROGRESS' && !harness.schedules.schedules.has(scheduleName(timerOf(row))),
  );

test('every live row has a schedule again after all schedules were lost; what has ended stays as it is', async () => {
  for (const stackId of ['stack-1', 'stack-2', 'ended']) await harness.start(stackId, DAY);
  const [queued, running] = [resourceAction(harness, 'queued'), resourceAction(harness, 'running')];
  for (const each of [queued, running]) await each.dispatch({ startToCloseSeconds: 3600 });
  await running.claim();
  const target = { stackId: 'ended', operationId: 'op-1' };
  await harness.command({ command: 'CancelOperation', ...target });
  await harness.run(2);
  const ended = harness.table.rows.get('ended');
  harness.schedules.schedules.clear();
  expect(unarmed()).not.toEqual([]);

  expect(total(await rearmAll())).toEqual({ rearmed: 4, failed: 0 });
  await harness.tick();
  // The offer of the QUEUED one is near: it has a message.
  expect(unarmed()).toEqual([queued.row()]);
  expect(harness.queue.messages.map(({ body }) => JSON.parse(body))).toContainEqual(
    expect.objectContaining({ resource: 'queued', generation: 2 }),
  );
  expect(harness.table.rows.get('ended')).toBe(ended);
});

test('the wake-up is for the deadline as it is now: the next one is not in vain', async () => {
  await harness.start('stack-1', 200);
  await harness.extend('stack-1', DAY);
  await rearmAll();
  const deadline = harness.clock.now() - 2 + DAY * 1000;
  expect(harness.table.rows.get('stack-1')).toMatchObject({ timer: { dueAt: deadline, generation: 2 } });
});

test('a request rearms about 100 rows, and says where the next one goes on', async () => {
  for (let n = 0; n < 250; n++) await harness.start(`stack-${n}`, DAY);
  const answers = await rearmAll();
  expect(total(answers)).toEqual({ rearmed: 250, failed: 0 });
  expect(answers.length).toBe(3);
  for (const row of rows()) expect(row).toMatchObject({ version: 2, timer: { generation: 2 } });
});

test('a row that comes later in the index by its new timer is rearmed once', async () => {
  const ofOneShard = Array.from({ length: 3000 }, (_, n) => `stack-${n}`).filter(
    (stackId) => shardOf({ stackId }) === 'S0',
  );
  for (const stackId of ofOneShard) {
    await harness.start(stackId, 200);
    await harness.extend(stackId, DAY);
  }
  expect(total(await rearmAll())).toEqual({ rearmed: ofOneShard.length, failed: 0 });
  for (const row of rows()) expect(row).toMatchObject({ version: 3, timer: { generation: 2 } });
});

test('repeated for the same moment, it goes on with what is left', async () => {
  for (let n = 0; n < 150; n++) await harness.start(`stack-${n}`, DAY);
  harness.clock.advance(1);
  const before = toIso(harness.clock.now());
  const first = await ask({ before });
  expect(first).toMatchObject({ nextToken: expect.any(String) });
  expect(total(await rearmAll({ before }))).toEqual({ rearmed: 150 - first.rearmed, failed: 0 });
});

test('a heartbeat that comes between read and write leaves the timer alone: the row is rearmed all the same', async () => {
  await harness.start('stack-1', DAY);
  const engine = resourceAction(harness);
  await engine.dispatch({ startToCloseSeconds: 3600, heartbeatSeconds: 600 });
  await engine.claim();
  const { resources } = harness.deps;
  let heartbeats = 0;
  harness.deps.resources = {
    ...resources,
    save: async (...args) => {
      if (heartbeats++ === 0) await engine.heartbeat();
      return resources.save(...args);
    },
  };
  const generation = () => {
    const row = engine.row();
    return row?.status === 'IN_PROGRESS' ? row.timer.generation : undefined;
  };
  const earlier = generation() ?? 0;
  expect(total(await rearmAll())).toEqual({ rearmed: 2, failed: 0 });
  expect(generation()).toBe(earlier + 1);
});

test('a dry run counts and changes nothing', async () => {
  for (let n = 0; n < 30; n++) await harness.start(`stack-${n}`, DAY);
  const before = rows();
  expect(total(await rearmAll({ dryRun: true }))).toEqual({ rearmed: 30, failed: 0 });
  expect(rows()).toEqual(before);
  expect(harness.telemetry.of('rearmed')).toContainEqual(expect.objectContaining({ dryRun: true }));
});

describe('rows that cannot be read', () => {
  const stacks = Array.from({ length: 60 }, (_, n) => `stack-${n}`);
  beforeEach(async () => {
    for (const stackId of stacks) await harness.start(stackId, DAY);
  });

  test('are counted, and keep no others from being rearmed', async () => {
    const { table } = harness;
    harness.deps.store = {
      load: async (stackId) => {
        if (stackId === 'stack-7') throw new Error('this partition cannot be read');
        return table.load(stackId);
      },
      loadMany: table.loadMany.bind(table),
      save: table.save.bind(table),
    };
    expect(total(await rearmAll())).toEqual({ rearmed: 59, failed: 1 });
    expect(harness.telemetry.of('failed')).toMatchObject([{ subject: { stackId: 'stack-7' } }]);
  });

  test('and take their time: the request ends within the time of the function, and the next one goes on', async () => {
    const { table } = harness;
    harness.deps.store = {
      load: async () => {
        harness.clock.advance(3000);
        throw new Error('nothing can be read');
      },
      loadMany: table.loadMany.bind(table),
      save: table.save.bind(table),
    };
    const answers = await rearmAll();
    expect(total(answers)).toEqual({ rearmed: 0, failed: 60 });
    expect(answers.length).toBeGreaterThan(2);
  });
});

test.each([
  [{ rearm: 'yes' }, 'rearm must be true'],
  [{ before: 'now' }, 'before must be a time in UTC'],
  [{ stackId: 'stack-1' }, 'stackId is not a known field'],
  [{ nextToken: 'x' }, 'nextToken must be one from an earlier answer'],
])('%j is refused: %s', async (more, message) => {
  expect(await ask(more)).toMatchObject({
    ok: false,
    error: { code: 'ValidationError', message: expect.stringContaining(message) },
  });
});
