/**
 * P13: what belongs to an operation ends with it, and an operation ends with what it depends on;
 * both soon.
 */
import type { Faults } from '../faults.ts';
import { described, isOfResource, type Row, short, type Write } from '../row.ts';
import { holds } from './violation.ts';

/** Stream, a few rows and calls. */
const ALL_WELL = 15_000;
/**
 * The stream's retries of a batch that failed often, functions that stand still, and a batch that
 * is delivered late.
 */
const AFTER_TROUBLE = 400_000;

export const operationOf = ({ stackId, operationId }: { stackId: string; operationId: string }): string =>
  `${stackId} ${operationId}`;

export class Consequences {
  readonly #faults: Faults;
  /** When an operation ended. */
  readonly #ended = new Map<string, number>();
  /** Since when an operation is to fail: a resource action has failed for good. */
  readonly #toFail = new Map<string, number>();
  /** When a row began that still lives. */
  readonly #begun = new Map<string, number>();
  readonly #forgets: boolean;

  constructor(faults: Faults, forgets: boolean) {
    this.#faults = faults;
    this.#forgets = forgets;
  }

  /** A row begins or ends. */
  began(row: Row, at: number): void {
    if (this.#forgets) return;
    this.#begun.set(nameOf(row), at);
    if (!isOfResource(row)) this.#ended.delete(operationOf(row));
  }

  ended(row: Row, { after, at }: Write): void {
    if (this.#forgets) return;
    const begun = this.#begun.get(nameOf(row)) ?? 0;
    this.#begun.delete(nameOf(row));
    const owner = isOfResource(row) ? operationOf(row) : row.parent && operationOf(row.parent);
    const since = owner === undefined ? undefined : this.#ended.get(owner);
    if (since !== undefined)
      this.#soon(Math.max(since, begun), at, () => `${owner} ended ${short(since)}: ${described(row)}`);
    if (!isOfResource(row)) {
      this.#ended.set(operationOf(row), at);
      const failed = this.#toFail.get(operationOf(row));
      const goesOn = after.change === 'RESOURCE_FAILED' && failed === undefined;
      holds('P5', !goesOn, () => `no resource action has failed: ${described(after)}`);
      if (failed !== undefined)
        this.#soon(failed, at, () => `a resource action failed ${short(failed)}: ${described(row)}`);
      return;
    }
    if (!isOfResource(after) || after.operationId !== row.operationId) return;
    const fails = after.status === 'FAILED' && 'cause' in after && after.cause !== 'CANCELLED';
    if (fails && after.onFailure === 'FAIL_OPERATION' && !this.#ended.has(operationOf(row)))
      this.#toFail.set(operationOf(row), at);
  }

  #soon(since: number, at: number, what: () => string): void {
    const trouble = this.#faults.lastAt;
    const limit = Math.max(since, trouble ?? 0) + (trouble === undefined ? ALL_WELL : AFTER_TROUBLE);
    holds('P13', at <= limit, () => `it goes on until ${short(at)} although ${what()}`);
  }
}

export const nameOf = (row: Row): string =>
  [row.stackId, row.operationId, ...(isOfResource(row) ? [row.resource] : [])].join(' ');
