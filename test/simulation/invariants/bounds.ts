/**
 * P9: what bounds a child is a deadline that its parent has had since the child was given its time:
 * not one from before, told of late.
 */
import type { StackRow } from '../../../lambdas/domain/stack/state.ts';
import { described, type Write } from '../row.ts';
import { operationOf } from './consequences.ts';
import { holds } from './violation.ts';

interface Deadline {
  readonly setAt: number;
  readonly deadline: number;
}

export class Bounds {
  /** Of each operation that is IN_PROGRESS, in their order. */
  readonly #deadlines = new Map<string, Deadline[]>();

  wrote({ before, after, writer, at }: Write<StackRow>): void {
    if (before && (before.operationId !== after.operationId || after.status !== 'IN_PROGRESS'))
      this.#deadlines.delete(operationOf(before));
    if (after.status !== 'IN_PROGRESS') return;
    const own = this.#deadlines.get(operationOf(after)) ?? [];
    if (own.at(-1)?.deadline === after.deadline) return;
    const given = own.at(-1)?.setAt;
    const ofParent = after.parent && this.#deadlines.get(operationOf(after.parent));
    if (
      after.change === 'SHORTEN' &&
      given !== undefined &&
      ofParent &&
      writer.process.name.startsWith('effects')
    ) {
      const bounds = ofParent.filter((_, n) => (ofParent[n + 1]?.setAt ?? Number.POSITIVE_INFINITY) >= given);
      holds(
        'P9',
        bounds.some(({ deadline }) => deadline === after.deadline),
        () => `its parent has had another deadline since: ${writer.process.name} wrote ${described(after)}`,
      );
    }
    this.#deadlines.set(operationOf(after), [...own, { setAt: at, deadline: after.deadline }]);
  }
}
