import type { Transport } from '../../../../client/index.ts';
import {
  type Answer,
  type CommandName,
  type ErrorCode,
  parseRequest,
  type Request,
  type RequestOf,
  type ResourceAction,
} from '../../../../contract/index.ts';

/** What an engine says about a claim of its own. */
type Claimed = RequestOf<'Heartbeat' | 'CompleteResource' | 'ReleaseResource'>;

/** A resource action as the service has it; times in milliseconds by the service's clock. */
interface Row {
  readonly resource: string;
  readonly resourceType?: string;
  readonly action?: ResourceAction['action'];
  readonly input?: unknown;
  readonly startToClose: number;
  readonly heartbeat?: number;
  attempt: number;
  state: 'QUEUED' | 'RUNNING' | 'BACKOFF' | 'COMPLETE' | 'FAILED';
  claimId?: string;
  attemptDeadline?: number;
  heartbeatDeadline?: number;
  /** The report that was made last, as attempt, claimId and outcome. */
  reported?: string;
  report?: RequestOf<'CompleteResource'>;
}

/**
 * Instead of answering: fail before it takes effect, or after; or never answer, before it takes
 * effect or after.
 */
export type Fault = 'before' | 'after' | 'hang' | 'hang after';

const START = Date.parse('2026-01-31T12:00:00.000Z');

/**
 * What the service says about attempts: claim, heartbeat, complete, release, as the contract has
 * it. Its clock need not agree with the engine's, and any answer can be lost.
 */
export class FakeWorkService implements Transport {
  readonly requests: Request[] = [];
  readonly rows = new Map<string, Row>();
  /** For each command, what happens to its next calls. */
  readonly faults: Partial<Record<CommandName, (Fault | undefined)[]>> = {};
  /** With which signals it was called. */
  readonly given: AbortSignal[] = [];
  /** Every call fails so. */
  down: Fault | undefined;
  /** Refusals to come, whatever the rows say. */
  readonly refusals: Partial<Record<CommandName, ErrorCode>> = {};
  /** When the operation ends, by the engine's clock. */
  operationEndsAt = Number.POSITIVE_INFINITY;
  /** The end of the operation has reached its resource actions. */
  operationEnded = false;
  /** What the service's clock shows when the engine's shows 0. */
  readonly #start: number;
  readonly #now: () => number;

  constructor(now: () => number, skew = 0) {
    this.#start = START + skew;
    this.#now = () => this.#start + now();
  }

  add(
    resource: string,
    more: Partial<Pick<Row, 'resourceType' | 'action' | 'input' | 'heartbeat' | 'startToClose'>> = {},
  ) {
    const row: Row = { resource, startToClose: 600_000, attempt: 1, state: 'QUEUED', ...more };
    this.rows.set(resource, row);
    return row;
  }

  sent<N extends CommandName>(command: N): RequestOf<N>[] {
    return this.requests.filter((request) => request.command === command) as RequestOf<N>[];
  }

  async invoke(payload: string, signal?: AbortSignal): Promise<string> {
    if (signal) this.given.push(signal);
    const request = JSON.parse(payload) as Request;
    this.requests.push(request);
    const fault = this.down ?? this.faults[request.command]?.shift();
    const answer = fault === 'before' || fault === 'hang' ? undefined : JSON.stringify(this.#answer(request));
    if (fault?.startsWith('hang')) return new Promise(() => undefined);
    if (fault !== undefined || answer === undefined) throw new Error('connection reset');
    return answer;
  }

  /** The body of the message that offers a row. */
  message(row: Row): string {
    return JSON.stringify({ detail: { ...this.#view(row), id: 'x' } });
  }

  #answer(request: Request): Answer {
    const parsed = parseRequest(request);
    if (!parsed.ok) return refusal('ValidationError', parsed.message);
    const forced = this.refusals[request.command];
    const { resource = '' } = 'resource' in request ? request : {};
    const row = this.rows.get(resource);
    if (forced) return refusal(forced, 'told to refuse', row && this.#view(row));
    if (!row) return refusal('ResourceNotFound');
    this.#timeOut(row);
    switch (request.command) {
      case 'ClaimResource':
        return this.#claim(row, request);
      case 'Heartbeat':
        if (this.operationEnded) return refusal('OperationEnded');
        if (!isConfirmed(row, request)) return refusal('StaleAttempt', 'given away', this.#view(row));
        if (row.heartbeat !== undefined) row.heartbeatDeadline = this.#now() + row.heartbeat;
        return { ok: true, remainingSeconds: this.#left(row.attemptDeadline) };
      case 'CompleteResource':
      case 'ReleaseResource':
        return this.#close(row, request);
      default:
        throw new Error(`${request.command} is not played here`);
    }
  }

  #claim(row: Row, request: RequestOf<'ClaimResource'>): Answer {
    if (this.operationEnded) return refusal('OperationEnded');
    if (row.attempt !== request.attempt) return refusal('StaleAttempt', 'over', this.#view(row));
    if (row.state !== 'QUEUED' && row.claimId !== request.claimId)
      return refusal('NotClaimable', 'taken', this.#view(row));
    if (row.state === 'QUEUED') {
      row.state = 'RUNNING';
      row.claimId = request.claimId;
      row.attemptDeadline = this.#now() + row.startToClose;
      if (row.heartbeat !== undefined) row.heartbeatDeadline = this.#now() + row.heartbeat;
    }
    const end = Math.min(row.attemptDeadline ?? 0, this.#start + this.operationEndsAt);
    return {
      ok: true,
      resource: this.#view(row),
      ...(row.input !== undefined && { input: row.input }),
      remainingSeconds: this.#left(end),
    };
  }

  #close(row: Row, request: Exclude<Claimed, RequestOf<'Heartbeat'>>): Answer {
    const outcome = request.command === 'ReleaseResource' ? 'RELEASED' : request.status;
    const report = `${request.attempt} ${request.claimId} ${outcome}`;
    if (row.reported === report) return { ok: true, resource: this.#view(row) };
    if (!isConfirmed(row, request)) return refusal('StaleAttempt', 'given away', this.#view(row));
    row.reported = report;
    if (request.command === 'ReleaseResource') row.state = 'QUEUED';
    else {
      row.report = request;
      row.state =
        request.status === 'COMPLETE' ? 'COMPLETE' : request.retryable === false ? 'FAILED' : 'BACKOFF';
    }
    return { ok: true, resource: this.#view(row) };
  }

  /** The attempt ends when nobody kept it alive. */
  #timeOut(row: Row): void {
    const { attemptDeadline = 0, heartbeatDeadline = attemptDeadline } = row;
    if (row.state !== 'RUNNING' || Math.min(attemptDeadline, heartbeatDeadline) > this.#now()) return;
    row.state = 'QUEUED';
    row.attempt++;
  }

  #left(end = 0): number {
    const left = end - this.#now();
    return left <= 0 ? 0 : Math.max(1, Math.floor(left / 1000));
  }

  #view(row: Row): ResourceAction {
    const {
      resource,
      resourceType,
      action = 'CREATE',
      attempt,
      state,
      attemptDeadline,
      heartbeatDeadline,
    } = row;
    const ended = state === 'COMPLETE' || state === 'FAILED';
    return {
      stackId: 'web',
      operationId: 'op-1',
      resource,
      ...(resourceType !== undefined && { resourceType }),
      action,
      status: ended ? state : 'IN_PROGRESS',
      ...(!ended && { phase: state }),
      attempt,
      maxAttempts: 9,
      statusReason: '',
      ...(state === 'RUNNING' && {
        ...(attemptDeadline && { attemptDeadline: new Date(attemptDeadline).toISOString() }),
        ...(heartbeatDeadline && { heartbeatDeadline: new Date(heartbeatDeadline).toISOString() }),
      }),
      version: 1,
    };
  }
}

const isConfirmed = (row: Row, { attempt, claimId }: Claimed): boolean =>
  row.state === 'RUNNING' && row.attempt === attempt && row.claimId === claimId;

const refusal = (code: ErrorCode, message: string = code, current?: ResourceAction): Answer => ({
  ok: false,
  error: { code, message, ...(current && { current }) },
});
