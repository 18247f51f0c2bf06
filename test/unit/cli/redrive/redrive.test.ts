import { describe, expect, test } from 'vitest';
import { batches, failedItems } from '../../../../cli/redrive/batches.ts';
import type {
  DeadLetter,
  DeadLetterQueue,
  DeadLetters,
  FailureRecords,
} from '../../../../cli/redrive/redrive.ts';
import { FakeCli } from '../fake-cli.ts';

const wakeUp = (stackId: string, more: object = {}) =>
  JSON.stringify({
    v: 1,
    stackId,
    operationId: 'op-1',
    generation: 2,
    dueAt: '2026-01-31T12:00:00.000Z',
    hops: 7,
    ...more,
  });

/** A message of the work queue, as EventBridge wraps it. */
const work = (resource: string, more: object = {}) =>
  JSON.stringify({
    version: '0',
    id: 'event-1',
    'detail-type': 'Resource Action Status Change',
    source: 'stack-timeouts',
    time: '2026-01-31T12:00:00Z',
    detail: {
      id: `web/op-1/${resource}/1/DISPATCH`,
      stackId: 'web',
      operationId: 'op-1',
      resource,
      action: 'CREATE',
      status: 'IN_PROGRESS',
      phase: 'QUEUED',
      attempt: 1,
      maxAttempts: 3,
      statusReason: 'CREATE queued',
      version: 1,
      ...more,
    },
  });

/** A queue in memory that knows which messages are hidden. */
class MemoryDeadLetters implements DeadLetterQueue {
  readonly messages: DeadLetter[] = [];
  readonly hidden = new Set<string>();
  undeletable = new Set<string>();
  onReceive: () => void = () => {};
  #ids = 0;

  constructor(...bodies: string[]) {
    for (const body of bodies) this.put(body);
  }

  put(body: string): void {
    this.messages.push({ id: `message-${++this.#ids}`, body });
  }

  #visible = () => this.messages.filter(({ id }) => !this.hidden.has(id));

  async count() {
    return this.#visible().length;
  }

  async receive(limit: number) {
    this.onReceive();
    const messages = this.#visible().slice(0, limit);
    for (const { id } of messages) this.hidden.add(id);
    return messages;
  }

  async delete(messages: readonly DeadLetter[]) {
    const deletable = messages.filter(({ id }) => !this.undeletable.has(id));
    for (const message of deletable) {
      this.messages.splice(this.messages.indexOf(message), 1);
      this.hidden.delete(message.id);
    }
    return messages.filter(({ id }) => this.undeletable.has(id));
  }

  async release(messages: readonly DeadLetter[]) {
    for (const { id } of messages) this.hidden.delete(id);
  }

  get bodies() {
    return this.messages.map(({ body }) => body);
  }
}

class MemoryRecords implements FailureRecords {
  readonly objects: Map<string, string>;

  constructor(objects: Record<string, string> = {}) {
    this.objects = new Map(Object.entries(objects));
  }

  async list() {
    return [...this.objects.keys()];
  }

  async read(key: string) {
    return this.objects.get(key) ?? '';
  }

  async delete(key: string) {
    this.objects.delete(key);
  }
}

function setUp(more: Partial<DeadLetters> = {}) {
  const cli = new FakeCli();
  const sent: unknown[] = [];
  const sentWork: string[] = [];
  const invoked: [string, unknown][] = [];
  cli.deadLetters = {
    timers: new MemoryDeadLetters(),
    schedules: new MemoryDeadLetters(),
    work: new MemoryDeadLetters(),
    workRule: new MemoryDeadLetters(),
    stream: new MemoryRecords(),
    sendWork: async (messages) => {
      sentWork.push(...messages.map(({ body }) => body));
      return new Set();
    },
    sendWakeUps: async (messages) => {
      sent.push(...messages.map(({ body }) => JSON.parse(body)));
      return new Set();
    },
    streamFunctions: {
      names: ['arm', 'effects'],
      invoke: async (functionArn, payload) => {
        invoked.push([functionArn, JSON.parse(payload)]);
      },
    },
    ...more,
  };
  const redrive = async (...flags: string[]) => {
    const { code, out, err } = await cli.run('redrive', ...flags, '--json');
    return { code, err, ...JSON.parse(out) };
  };
  return { cli, sent, sentWork, invoked, redrive };
}

describe('wake-ups', () => {
  test('go to the timer queue as if new, fields of newer versions included; then they are deleted', async () => {
    const timers = new MemoryDeadLetters(wakeUp('web', { resource: 'vm' }));
    const schedules = new MemoryDeadLetters(wakeUp('db'));
    const { sent, redrive } = setUp({ timers, schedules });
    expect(await redrive()).toMatchObject({ code: 0, ok: true });
    expect(sent).toEqual([
      JSON.parse(wakeUp('web', { resource: 'vm', hops: 0 })),
      JSON.parse(wakeUp('db', { hops: 0 })),
    ]);
    expect([timers.bodies, schedules.bodies]).toEqual([[], []]);
  });

  test('are unwrapped if the dead message holds the parameters of SendMessage', async () => {
    const schedules = new MemoryDeadLetters(JSON.stringify({ MessageBody: wakeUp('db'), QueueUrl: 'q' }));
    const { sent, redrive } = setUp({ schedules });
    await redrive();
    expect(sent).toEqual([JSON.parse(wakeUp('db', { hops: 0 }))]);
  });

  test('are not deleted when sending fails', async () => {
    const timers = new MemoryDeadLetters(wakeUp('web'));
    const sendWakeUps = async () => {
      throw new Error('no network');
    };
    const { redrive } = setUp({ timers, sendWakeUps });
    const { code, ok, reports } = await redrive();
    expect({ code, ok }).toEqual({ code: 1, ok: false });
    expect(reports[0]).toMatchObject({ source: 'timers', sent: [], error: 'no network' });
    expect(timers.bodies).toHaveLength(1);
    expect(timers.hidden.size).toBe(0);
  });

  test('that the queue did not take stay, the others of the batch go', async () => {
    const timers = new MemoryDeadLetters(wakeUp('a'), wakeUp('b'), wakeUp('c'));
    const { redrive } = setUp({ timers, sendWakeUps: async () => new Set(['message-2']) });
    const { code, reports } = await redrive();
    expect(code).toBe(1);
    expect(reports[0].sent).toHaveLength(2);
    expect(reports[0].failed).toMatchObject([{ id: 'message-2' }]);
    expect(timers.bodies).toEqual([wakeUp('b')]);
    expect(timers.hidden.size).toBe(0);
  });

  test('that were sent but not deleted are reported, and visible again', async () => {
    const timers = new MemoryDeadLetters(wakeUp('a'), wakeUp('b'));
    timers.undeletable.add('message-1');
    const { redrive } = setUp({ timers });
    const { code, reports } = await redrive();
    expect(code).toBe(1);
    expect(reports[0].failed[0].about).toMatch(/sent, but could not be deleted/);
    expect(timers.hidden.size).toBe(0);
  });

  test('that come back at once do not keep it going', async () => {
    const timers = new MemoryDeadLetters(...Array.from({ length: 25 }, (_, n) => wakeUp(`stack-${n}`)));
    const sendWakeUps = async (messages: readonly DeadLetter[]) => {
      for (const { body } of messages) timers.put(body);
      return new Set<string>();
    };
    const { redrive } = setUp({ timers, sendWakeUps });
    const { reports } = await redrive();
    expect(reports[0].sent).toHaveLength(25);
    expect(timers.messages).toHaveLength(25);
  });

  test('fewer than were counted: it ends when the queue is empty', async () => {
    const timers = new MemoryDeadLetters(wakeUp('a'));
    timers.count = async () => 100;
    const { redrive } = setUp({ timers });
    expect((await redrive()).reports[0].sent).toHaveLength(1);
  });
});

describe('malformed wake-ups', () => {
  const bodies = ['hello', '{"stackId":"web"}', wakeUp('no spaces'), '{"MessageBody":"{}"}', 'null'];

  test('are left, visible, and reported; the others go', async () => {
    const timers = new MemoryDeadLetters(...bodies, wakeUp('web'));
    const { sent, redrive } = setUp({ timers });
    const { code, reports } = await redrive();
    expect(code).toBe(0);
    expect(reports[0].malformed).toHaveLength(bodies.length);
    expect(reports[0].malformed[2].about).toMatch(/stackId must be/);
    expect(sent).toHaveLength(1);
    expect(timers.bodies).toEqual(bodies);
    expect(timers.hidden.size).toBe(0);
  });

  test('are deleted, never sent, with --delete-malformed', async () => {
    const timers = new MemoryDeadLetters(...bodies);
    const { sent, redrive } = setUp({ timers });
    expect((await redrive('--delete-malformed')).reports[0].malformed).toHaveLength(bodies.length);
    expect(timers.bodies).toEqual([]);
    expect(sent).toEqual([]);
  });
});

describe('work', () => {
  test('of both queues goes to the work queue as it is, fields of newer versions included', async () => {
    const bodies = [work('server', { newer: true }), work('volume')];
    const dead = new MemoryDeadLetters(work('server', { newer: true }));
    const workRule = new MemoryDeadLetters(work('volume'));
    const { sent, sentWork, redrive } = setUp({ work: dead, workRule });
    const { code, reports } = await redrive();
    expect(code).toBe(0);
    expect(sentWork).toEqual(bodies);
    expect(sent).toEqual([]);
    expect(reports[2]).toMatchObject({
      source: 'work',
      sent: [{ about: 'stack web, resource server, operation op-1, attempt 1' }],
    });
    expect(reports[3]).toMatchObject({ source: 'work-rule', sent: [{ id: 'message-1' }] });
    expect([dead.bodies, workRule.bodies]).toEqual([[], []]);
  });

  test('that is malformed stays, also a wake-up that is sent nowhere; the other is chosen by --queue', async () => {
    const bodies = ['hello', wakeUp('web'), work('no spaces'), JSON.stringify({ detail: {} })];
    const workRule = new MemoryDeadLetters(...bodies, work('server'));
    const timers = new MemoryDeadLetters(work('server'));
    const { sent, sentWork, redrive } = setUp({ workRule, timers });
    const { reports } = await redrive('--queue', 'work-rule');
    expect(reports).toHaveLength(1);
    expect(reports[0].malformed).toHaveLength(bodies.length);
    expect(reports[0].malformed[2].about).toMatch(/detail.resource must be/);
    expect(sentWork).toEqual([work('server')]);
    expect(workRule.bodies).toEqual(bodies);

    await redrive('--queue', 'timers');
    expect(sent).toEqual([]);
    expect(timers.bodies).toHaveLength(1);
  });

  test('that the work queue did not take stays', async () => {
    const dead = new MemoryDeadLetters(work('server'));
    const { redrive } = setUp({ work: dead, sendWork: async () => new Set(['message-1']) });
    const { code, reports } = await redrive('--queue', 'work');
    expect(code).toBe(1);
    expect(reports[0].failed[0].about).toMatch(/the work queue did not take it/);
    expect(dead.bodies).toHaveLength(1);
  });
});

describe('stream failures', () => {
  const ARN = 'arn:aws:lambda:eu-north-1:123456789012:function:effects';
  const event = { Records: [{ eventID: '1' }, { eventID: '2' }] };
  /** As Lambda writes it for a DynamoDB stream. */
  const record = (more: object = {}) =>
    JSON.stringify({
      requestContext: {
        requestId: 'r',
        functionArn: ARN,
        condition: 'RetryAttemptsExhausted',
        approximateInvokeCount: 4,
      },
      responseContext: { statusCode: 200, executedVersion: '$LATEST', functionError: 'Unhandled' },
      version: '1.0',
      timestamp: '2026-01-31T12:00:00.000Z',
      DDBStreamBatchInfo: { shardId: 's', startSequenceNumber: '1', endSequenceNumber: '2', batchSize: 2 },
      payload: JSON.stringify(event),
      ...more,
    });

  test('go to the function that failed, and are deleted after it succeeded', async () => {
    const stream = new MemoryRecords({ 'aws/lambda/1': record() });
    const { invoked, redrive } = setUp({ stream });
    const { code, reports } = await redrive('--queue', 'stream');
    expect(code).toBe(0);
    expect(reports).toMatchObject([
      { source: 'stream', sent: [{ id: 'aws/lambda/1', about: 'effects, 2 records' }] },
    ]);
    expect(invoked).toEqual([[ARN, event]]);
    expect(stream.objects.size).toBe(0);
  });

  test('are left alone by a dry run', async () => {
    const stream = new MemoryRecords({ 'aws/lambda/1': record() });
    const { invoked, redrive } = setUp({ stream });
    const { reports } = await redrive('--dry-run');
    expect(reports[4].sent).toMatchObject([{ id: 'aws/lambda/1' }]);
    expect(invoked).toEqual([]);
    expect(stream.objects.size).toBe(1);
  });

  test('stay if the function fails again; the next one is tried', async () => {
    const stream = new MemoryRecords({ one: record(), two: record() });
    let calls = 0;
    const invoke = async () => {
      if (++calls === 1) throw new Error('Unhandled: still broken');
    };
    const { redrive } = setUp({ stream, streamFunctions: { names: ['effects'], invoke } });
    const { code, reports } = await redrive();
    expect(code).toBe(1);
    expect(reports[4].failed[0]).toMatchObject({ id: 'one', about: expect.stringContaining('still broken') });
    expect([...stream.objects.keys()]).toEqual(['one']);
  });

  test('that are malformed stay, or are deleted if asked for', async () => {
    const malformed = {
      text: 'hello',
      'no function': record({ requestContext: {} }),
      'a function of others': record({ requestContext: { functionArn: `${ARN}-of-others` } }),
      'no payload': record({ payload: undefined }),
      'no records': record({ payload: '{}' }),
      nothing: 'null',
    };
    const stream = new MemoryRecords(malformed);
    const { invoked, redrive } = setUp({ stream });
    expect((await redrive()).reports[4].malformed).toHaveLength(6);
    expect(stream.objects.size).toBe(6);
    await redrive('--delete-malformed', '--dry-run');
    expect(stream.objects.size).toBe(6);
    await redrive('--delete-malformed');
    expect(stream.objects.size).toBe(0);
    expect(invoked).toEqual([]);
  });

  test('a function that succeeds in part has failed', () => {
    expect(['', 'null', '{}', '{"batchItemFailures":[]}'].map(failedItems)).toEqual([0, 0, 0, 0]);
    expect(failedItems('{"batchItemFailures":[{"itemIdentifier":"1"}]}')).toBe(1);
  });
});

describe('--dry-run', () => {
  test('changes nothing, and shows what would be sent', async () => {
    const bodies = [...Array.from({ length: 12 }, (_, n) => wakeUp(`stack-${n}`)), 'hello'];
    const timers = new MemoryDeadLetters(...bodies);
    const { cli, sent, redrive } = setUp({ timers, work: new MemoryDeadLetters(work('server')) });
    const { code, reports, dryRun } = await redrive('--dry-run', '--delete-malformed');
    expect({ code, dryRun }).toEqual({ code: 0, dryRun: true });
    expect(reports[0].sent).toHaveLength(12);
    expect(timers.bodies).toEqual(bodies);
    expect(timers.hidden.size).toBe(0);
    expect(sent).toEqual([]);

    const { out } = await cli.run('redrive', '--dry-run');
    expect(out).toMatch(/^FROM +WOULD BE SENT +MALFORMED +FAILED\ntimers +12 +1 +0\n/);
    expect(out).toMatch(/^work +1 +0 +0$/m);
    expect(out).toContain(
      'message-1  stack stack-0, operation op-1, generation 2, due 2026-01-31T12:00:00.000Z',
    );
    expect(out).toContain('Nothing was changed.');
    expect(out).toContain('--delete-malformed deletes them');
  });
});

test('--queue chooses', async () => {
  const timers = new MemoryDeadLetters(wakeUp('a'));
  const schedules = new MemoryDeadLetters(wakeUp('b'));
  const { redrive } = setUp({ timers, schedules });
  expect(
    (await redrive('--queue', 'schedules')).reports.map(({ source }: { source: string }) => source),
  ).toEqual(['schedules']);
  expect([timers.bodies.length, schedules.bodies.length]).toEqual([1, 0]);
});

test('one that fails does not keep the others from being redriven', async () => {
  const timers = new MemoryDeadLetters(wakeUp('a'));
  timers.onReceive = () => {
    throw new Error('AccessDenied');
  };
  const schedules = new MemoryDeadLetters(wakeUp('b'));
  const { cli } = setUp({ timers, schedules });
  const { code, out } = await cli.run('redrive');
  expect(code).toBe(1);
  expect(out).toContain('timers: stopped by an error: AccessDenied');
  expect(schedules.bodies).toEqual([]);
});

test('batches keep to the limits of SQS', () => {
  const messages = (count: number, bytes: number) =>
    Array.from({ length: count }, (_, n) => ({ id: String(n), body: 'x'.repeat(bytes) }));
  const sizes = (parts: DeadLetter[][]) => parts.map((part) => part.length);
  expect(sizes(batches(messages(25, 10)))).toEqual([10, 10, 5]);
  expect(sizes(batches(messages(5, 100_000)))).toEqual([2, 2, 1]);
  expect(sizes(batches(messages(2, 260_000)))).toEqual([1, 1]);
  expect(batches([])).toEqual([]);
});

test('is not done by the name of a function, which does not tell where the queues are', async () => {
  const cli = new FakeCli();
  const { code, err } = await cli.run('--function', 'another', 'redrive');
  expect(code).toBe(2);
  expect(err).toContain('use --stack-name, not --function');
});
