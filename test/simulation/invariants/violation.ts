/** A broken promise. `promise` names it as the design does: P1 to P15. */
export class Violation extends Error {
  readonly promise: string;

  constructor(promise: string, what: string) {
    super(`${promise}: ${what}`);
    this.promise = promise;
  }
}

/** @throws Violation unless it holds. */
export function holds(promise: string, condition: unknown, what: () => string): asserts condition {
  if (!condition) throw new Violation(promise, what());
}

export const NAMES: Readonly<Record<string, string>> = {
  P1: 'never early',
  P2: 'never lost',
  P3: 'at most one effect',
  P4: 'first writer wins',
  P5: 'no stale kill',
  P6: 'zombies are fenced',
  P7: 'bounded lateness',
  P8: 'bounded retries',
  P9: 'deadlines move only by an accepted command',
  P10: 'paths commute',
  P11: "an outage of ours is not the engine's death",
  P12: 'nonsense is refused at the door',
  P13: 'nothing leaks',
  P14: 'every status change is published',
  P15: 'what happened can be read afterwards',
};
