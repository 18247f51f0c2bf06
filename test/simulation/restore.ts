/**
 * The table is restored into a new deployment: what `cli/restore` does, with all that is lost on
 * the way.
 */
import type { RearmAnswer } from '../../contract/rearm.ts';
import type { Restore } from './faults.ts';
import type { Functions } from './functions.ts';
import type { Row } from './row.ts';
import { type Services, START } from './services.ts';

/** Calls that nobody waits for any more take effect within this time. */
const STRAGGLERS = 30_000;

export function scheduleRestore(services: Services, functions: Functions, { to }: Restore): void {
  const { agenda, faults, random, table, tell } = services;
  agenda.at(START + to - STRAGGLERS, () => {
    if (!faults.over) services.killInvocations();
  });
  // The moment before everything is switched on again.
  agenda.at(START + to - 1, () => {
    if (faults.over) return;
    faults.count('restored');
    tell?.('restore', 'copies the table into a new deployment');
    services.loseDeployment();
    const all: Row[] = [...table.rows.values(), ...table.resourceRows.values()];
    const rows = random
      .fork('restore')
      .shuffled(all.filter((row) => !('expiresAt' in row) || row.expiresAt > agenda.now));
    services.notify((watcher) => watcher.onRestore?.(rows));
    functions.restored(rows);
    agenda.woke = true;
    void rearm(services, functions);
  });
}

/** Every live row gets a new timer; an operator repeats a page until it is answered. */
async function rearm(services: Services, functions: Functions): Promise<void> {
  const operator = services.process('client', undefined, 'restore');
  const before = new Date(services.agenda.now).toISOString();
  let nextToken: string | undefined;
  for (;;) {
    const request = { rearm: true, before, ...(nextToken !== undefined && { nextToken }) };
    try {
      const answer = (await functions.command(operator, request)) as RearmAnswer;
      if (answer.nextToken === undefined) return;
      nextToken = answer.nextToken;
    } catch {
      await operator.sleep(5000);
    }
  }
}
