import { NAMES } from '../../../simulation/invariants/violation.ts';

export interface Finding {
  readonly promise: string;
  readonly what: string;
  /** It may still come right by itself, as long as there is time. */
  readonly open: boolean;
}

export interface AuditResult {
  readonly findings: readonly Finding[];
  /** How often each promise was checked. */
  readonly checks: ReadonlyMap<string, number>;
  /**
   * In milliseconds: how long after their deadlines operations timed out, and after an operation
   * what belongs to it ended.
   */
  readonly delays: Readonly<Record<Delay, readonly number[]>>;
}

type Delay = 'timeout' | 'cascade';

/** Counts the checks, and keeps what does not hold. */
export interface Auditor extends AuditResult {
  /** Of what cannot come right any more. */
  check(promise: string, holds: boolean, what: () => string): void;
  /** Of what may take its time. */
  waitFor(promise: string, holds: boolean, what: () => string): void;
  measure(delay: Delay, milliseconds: number): void;
}

export function createAuditor(): Auditor {
  const findings: Finding[] = [];
  const checks = new Map<string, number>();
  const delays: Record<Delay, number[]> = { timeout: [], cascade: [] };
  const checking = (open: boolean) => (promise: string, holds: boolean, what: () => string) => {
    checks.set(promise, (checks.get(promise) ?? 0) + 1);
    if (!holds) findings.push({ promise, what: what(), open });
  };
  return {
    ...{ findings, checks, delays },
    check: checking(false),
    waitFor: checking(true),
    measure: (delay, milliseconds) => void delays[delay].push(milliseconds),
  };
}

export const nameOf = (promise: string): string => `${promise} ${NAMES[promise] ?? ''}`.trimEnd();
