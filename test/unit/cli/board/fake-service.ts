/** The service as the board reads it: in memory, with a count of its calls. */
import type { BoardClient } from '../../../../cli/board/reader.ts';
import type {
  AnswerOf,
  ErrorCode,
  HistoryEntry,
  Refusal,
  ResourceAction,
  Stack,
} from '../../../../contract/index.ts';

const iso = (at: number): string => new Date(at).toISOString();

const refusal = (code: ErrorCode, message: string = code): Refusal => ({
  ok: false,
  error: { code, message },
});

export class FakeService implements BoardClient {
  now = Date.parse('2026-11-29T12:00:00.000Z');
  readonly stacks = new Map<string, Stack>();
  readonly resources = new Map<string, ResourceAction[]>();
  readonly payloads = new Map<string, { input?: unknown; output?: unknown }>();
  history: HistoryEntry[] = [];
  /** How often each command was sent. */
  readonly calls: Record<string, number> = {};
  /** Thrown instead of an answer. */
  failure: Error | undefined;
  /** So many calls of a command are answered before it fails. */
  failsAfter: Record<string, number> = {};
  /** Answered instead. */
  refused: Refusal | undefined;
  pageSize = 100;

  get totalCalls(): number {
    return Object.values(this.calls).reduce((a, b) => a + b, 0);
  }

  /** Puts a stack with an operation in progress, from a minute ago until in an hour. */
  put(stackId: string, more: Partial<Stack> = {}): Stack {
    const stack: Stack = {
      stackId,
      operationId: 'op-1',
      action: 'CREATE',
      status: 'IN_PROGRESS',
      statusReason: 'CREATE started',
      startedAt: iso(this.now - 60_000),
      deadline: iso(this.now + 3_600_000),
      version: 1,
      ...more,
    };
    this.stacks.set(stackId, stack);
    return stack;
  }

  /** Ends the operation of a stack. */
  end(stackId: string, more: Partial<Stack> = {}): Stack {
    const stack = this.stacks.get(stackId) as Stack;
    return this.put(stackId, {
      ...stack,
      status: 'FAILED',
      statusReason: 'Timed out',
      cause: 'TIMEOUT',
      endedAt: iso(this.now),
      version: stack.version + 1,
      ...more,
    });
  }

  work(stackId: string, resource: string, more: Partial<ResourceAction> = {}): void {
    const { operationId, action } = this.stacks.get(stackId) as Stack;
    const one: ResourceAction = {
      stackId,
      operationId,
      resource,
      action,
      status: 'IN_PROGRESS',
      phase: 'RUNNING',
      attempt: 1,
      maxAttempts: 3,
      engineId: 'engine-1',
      statusReason: `${action} in progress`,
      version: 1,
      ...more,
    };
    this.resources.set(stackId, [...(this.resources.get(stackId) ?? []), one]);
  }

  async #call<A>(name: string, answer: () => A): Promise<A | Refusal> {
    this.calls[name] = (this.calls[name] ?? 0) + 1;
    if (this.failure) throw this.failure;
    if (this.calls[name] > (this.failsAfter[name] ?? Infinity)) throw new Error('no route to host');
    return this.refused ?? answer();
  }

  listStacks(fields: { status?: Stack['status']; since?: string; limit?: number; nextToken?: string } = {}) {
    return this.#call('ListStacks', (): AnswerOf<'ListStacks'> => {
      const { status = 'IN_PROGRESS', since = '', nextToken = '0' } = fields;
      const limit = Math.min(fields.limit ?? 100, this.pageSize);
      const all = [...this.stacks.values()]
        .filter((stack) => stack.status === status && (stack.endedAt ?? since) >= since)
        .toSorted((a, b) => (a.stackId < b.stackId ? -1 : 1));
      if (status !== 'IN_PROGRESS') all.sort((a, b) => ((a.endedAt ?? '') > (b.endedAt ?? '') ? -1 : 1));
      const from = Number(nextToken);
      const more = from + limit < all.length && { nextToken: String(from + limit) };
      return { ok: true, stacks: all.slice(from, from + limit), ...more };
    });
  }

  getStack({ stackId }: { stackId: string }) {
    return this.#call('GetStack', (): AnswerOf<'GetStack'> => {
      const stack = this.stacks.get(stackId);
      if (!stack) return refusal('StackNotFound');
      return { ok: true, stack, resources: this.resources.get(stackId) ?? [] };
    });
  }

  getHistory(fields: { stackId: string; operationId?: string; limit?: number; nextToken?: string }) {
    return this.#call('GetHistory', (): AnswerOf<'GetHistory'> => {
      const { stackId, operationId, nextToken = '0', limit = 100 } = fields;
      const all = this.history
        .filter((one) => one.stackId === stackId && [undefined, one.operationId].includes(operationId))
        .toSorted((a, b) => (a.at > b.at ? -1 : 1));
      const from = Number(nextToken);
      const more = from + limit < all.length && { nextToken: String(from + limit) };
      return { ok: true, history: all.slice(from, from + limit), ...more };
    });
  }

  getResource({ stackId, resource }: { stackId: string; resource: string }) {
    return this.#call('GetResource', (): AnswerOf<'GetResource'> => {
      const one = this.resources.get(stackId)?.find((other) => other.resource === resource);
      if (!one) return refusal('ResourceNotFound');
      return { ok: true, resource: one, ...this.payloads.get(`${stackId} ${resource}`) };
    });
  }

  cancelOperation({ stackId, reason }: { stackId: string; reason?: string | undefined }) {
    return this.#call('CancelOperation', (): AnswerOf<'CancelOperation'> => {
      const stack = this.stacks.get(stackId);
      if (!stack) return refusal('StackNotFound');
      if (stack.status !== 'IN_PROGRESS') return refusal('OperationEnded');
      const statusReason = reason ?? `Stack ${stack.action} cancelled`;
      return { ok: true, stack: this.end(stackId, { cause: 'CANCELLED', statusReason }) };
    });
  }

  extendOperation({ stackId, timeoutSeconds }: { stackId: string; timeoutSeconds: number }) {
    return this.#call('ExtendOperation', (): AnswerOf<'ExtendOperation'> => {
      const stack = this.stacks.get(stackId);
      if (!stack) return refusal('StackNotFound');
      if (stack.status !== 'IN_PROGRESS') return refusal('OperationEnded');
      const deadline = iso(this.now + timeoutSeconds * 1000);
      return { ok: true, stack: this.put(stackId, { ...stack, deadline, version: stack.version + 1 }) };
    });
  }
}
