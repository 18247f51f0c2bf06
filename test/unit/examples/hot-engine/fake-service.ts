/**
 * The part of the service that a walk uses, in memory: one stack, whose steps end when the test
 * says so.
 */
import {
  type Parent,
  type Request,
  type ResourceAction,
  type Stack,
  StackTimeoutsClient,
  type Work,
} from 'stack-timeouts';
import { parseRequest } from '../../../../contract/parse.ts';

const NOW = '2026-01-31T12:00:00.000Z';
/** Of the operation, in seconds. */
export const TIMEOUT = 600;
const after = (seconds: number) => new Date(Date.parse(NOW) + seconds * 1000).toISOString();
export const OPERATION: Parent = { stackId: 'web', operationId: 'op-1' };

/** How a step ends: COMPLETE, FAILED with a reason, or undefined if it goes on. */
type StepOutcome =
  | 'COMPLETE'
  | { readonly failed: string; readonly cause?: 'REPORTED' | 'CANCELLED' }
  | undefined;
type Dispatch = Extract<Request, { command: 'DispatchResource' }>;

const FIRST: Stack = {
  ...OPERATION,
  action: 'CREATE',
  status: 'IN_PROGRESS',
  statusReason: 'started',
  startedAt: NOW,
  deadline: after(TIMEOUT),
  version: 1,
};

export class FakeService {
  stack = FIRST;
  readonly resources = new Map<string, ResourceAction>();
  readonly dispatched = new Map<string, Dispatch>();
  /**
   * The changes in order: `dispatch NAME`, `extend`, `end STATUS`. A repeated command changes
   * nothing.
   */
  readonly log: string[] = [];
  /** Called before each request takes effect. It may throw: then the service is out of reach. */
  onRequest: (request: Request) => void = () => {};
  pageSize = 3;
  readonly client = new StackTimeoutsClient({
    transport: { invoke: async (payload) => JSON.stringify(this.#answer(JSON.parse(payload))) },
    attempts: 1,
  });

  endSteps(outcomes: (name: string) => StepOutcome = () => 'COMPLETE'): void {
    for (const [name, resource] of this.resources) {
      if (resource.status !== 'IN_PROGRESS') continue;
      const outcome = outcomes(name);
      if (outcome === undefined) continue;
      const status = outcome === 'COMPLETE' ? 'COMPLETE' : 'FAILED';
      const statusReason = outcome === 'COMPLETE' ? 'done' : outcome.failed;
      const cause = outcome === 'COMPLETE' ? 'REPORTED' : (outcome.cause ?? 'REPORTED');
      this.resources.set(name, { ...resource, status, statusReason, cause });
    }
  }

  /** What an engine passes to the walker. */
  walkWork(input: unknown, signal: AbortSignal = new AbortController().signal): Work {
    return {
      resource: this.#resource('/walk'),
      input: JSON.parse(JSON.stringify(input)),
      signal,
      client: this.client,
    };
  }

  dispatches(): string[] {
    return this.log.filter((line) => line.startsWith('dispatch ')).map((line) => line.slice(9));
  }

  #answer(value: unknown): unknown {
    const parsed = parseRequest(value);
    if (!parsed.ok) return refusal('ValidationError', parsed.message);
    const request = parsed.value;
    this.onRequest(request);
    if (request.command === 'GetStack') return this.#page(Number(request.nextToken ?? 0));
    if (!('operationId' in request)) throw new Error(`unexpected ${request.command}`);
    if (request.operationId !== this.stack.operationId) return refusal('StaleOperation', 'another one runs');
    if (this.stack.status !== 'IN_PROGRESS') return refusal('OperationEnded', this.stack.statusReason);
    switch (request.command) {
      case 'DispatchResource':
        return this.#dispatch(request);
      case 'CompleteOperation':
        this.log.push(`end ${request.status}`);
        this.stack = {
          ...this.stack,
          status: request.status,
          statusReason: request.reason ?? '',
          endedAt: NOW,
        };
        return { ok: true, stack: this.stack };
      case 'ExtendOperation':
        this.log.push('extend');
        this.stack = { ...this.stack, deadline: after(60 + request.timeoutSeconds) };
        return { ok: true, stack: this.stack };
      default:
        throw new Error(`unexpected ${request.command}`);
    }
  }

  #page(from: number): unknown {
    const all = [...this.resources.values()];
    const to = from + this.pageSize;
    return {
      ok: true,
      stack: this.stack,
      resources: all.slice(from, to),
      ...(to < all.length && { nextToken: String(to) }),
    };
  }

  #dispatch(request: Dispatch): unknown {
    const { resource: name } = request;
    const earlier = this.dispatched.get(name);
    if (earlier === undefined) {
      this.log.push(`dispatch ${name}`);
      this.dispatched.set(name, request);
      this.resources.set(name, { ...this.#resource(name), action: request.action });
    } else if (JSON.stringify(earlier) !== JSON.stringify(request)) {
      return refusal('ResourceInProgress', 'dispatched before with other fields');
    }
    return { ok: true, resource: this.resources.get(name) };
  }

  #resource(resource: string): ResourceAction {
    const { stackId, operationId, action } = this.stack;
    const progress = { status: 'IN_PROGRESS', phase: 'QUEUED', statusReason: '' } as const;
    return { stackId, operationId, resource, action, ...progress, attempt: 1, maxAttempts: 1, version: 1 };
  }
}

const refusal = (code: string, message: string) => ({ ok: false, error: { code, message } });
