/** Who may act on a row at the same time: each request, wake-up and consequence that there is. */

import type { Request, WakeUp } from '../../contract/index.ts';
import { command } from '../../lambdas/command/command.ts';
import type { RowChange } from '../../lambdas/domain/consequences.ts';
import { toIso } from '../../lambdas/domain/time.ts';
import { effects } from '../../lambdas/effects/effects.ts';
import { forInvocation, handleOverdue } from '../../lambdas/shared/handle-wake-up.ts';
import { wake } from '../../lambdas/wake/wake.ts';
import type { Actor } from './race.ts';
import type { Ports } from './scheduled-ports.ts';

export const asks = (name: string, request: Request): Actor => ({
  name,
  steps: [(ports) => command(ports, request)],
  readsTwoRows: ['ClaimResource', 'DispatchResource', 'CancelResource'].includes(request.command),
});

/** A wake-up is delivered. */
export const wakesUp = (name: string, wakeUp: Omit<WakeUp, 'v' | 'hops' | 'dueAt'>): Actor => ({
  name,
  steps: [
    async (ports) => {
      const body = JSON.stringify({ v: 1, ...wakeUp, dueAt: toIso(0), hops: 0 });
      const failed = await wake(ports, [{ messageId: 'message', body }]);
      const outcomes = ports.telemetry.of('wakeUp').map(({ outcome, cause }) => ({ outcome, cause }));
      return { failed, outcomes };
    },
  ],
});

/** The sweep handles the row, because its wake-up was lost. */
export const sweeps = (name: string, row: { stackId: string; resource?: string }): Actor => ({
  name,
  steps: [async (ports) => ({ outcome: (await handleOverdue(forInvocation(ports), row)).outcome })],
});

async function applyEffects(ports: Ports, changes: readonly RowChange[]): Promise<void> {
  await effects(ports, changes);
  for (const { after } of changes) ports.appliedEffects.add(after);
}

export const appliesEffectsOf = (name: string, changes: readonly RowChange[]): Actor => ({
  name,
  steps: [(ports) => applyEffects(ports, changes)],
});

/** What an actor wrote is followed by its effects, while others still act. */
export const withEffects = ({ name, steps, ...more }: Actor): Actor => ({
  ...more,
  name: `${name}, with effects`,
  steps: [...steps, (ports) => applyEffects(ports, [...ports.written])],
});

export const timePasses = (until: number): Actor => ({
  name: 'time passes',
  movesTime: true,
  steps: [({ clock, schedule }) => schedule({ what: ['*'], writes: true }, async () => clock.moveTo(until))],
});
