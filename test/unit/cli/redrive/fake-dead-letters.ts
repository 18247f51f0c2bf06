/** Dead-letter queues and failed records in memory, and the CLI over them. */
import type {
  DeadLetter,
  DeadLetterQueue,
  DeadLetters,
  FailureRecords,
} from '../../../../cli/redrive/redrive.ts';
import { FakeCli } from '../fake-cli.ts';

export const wakeUp = (stackId: string, more: object = {}) =>
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
export const work = (resource: string, more: object = {}) =>
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
export class MemoryDeadLetters implements DeadLetterQueue {
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

export class MemoryRecords implements FailureRecords {
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

export function setUp(more: Partial<DeadLetters> = {}) {
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
