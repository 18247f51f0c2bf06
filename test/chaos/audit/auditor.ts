import { NAMES } from '../../simulation/invariants/violation.ts';

export interface Finding {
  readonly promise: string;
  readonly what: string;
  /** It may still come right by itself, as long as there is time. */
  readonly open: boolean;
}

export interface AuditResult {
  readonly findings: readonly Finding[];
  /** How often each promise was looked at. */
  readonly checks: ReadonlyMap<string, number>;
}

/** Counts what is looked at, and keeps what does not hold. */
export class Auditor implements AuditResult {
  readonly findings: Finding[] = [];
  readonly checks = new Map<string, number>();

  check(promise: string, holds: boolean, what: () => string): void {
    this.#check(promise, holds, what, false);
  }

  /** Of what may take its time. */
  waitFor(promise: string, holds: boolean, what: () => string): void {
    this.#check(promise, holds, what, true);
  }

  #check(promise: string, holds: boolean, what: () => string, open: boolean): void {
    this.checks.set(promise, (this.checks.get(promise) ?? 0) + 1);
    if (!holds) this.findings.push({ promise, what: what(), open });
  }
}

export const nameOf = (promise: string): string => `${promise} ${NAMES[promise] ?? ''}`.trimEnd();
