/**
 * Watches a history: checks each write, publication and answer, and in the end that nothing is
 * left.
 */

import type { Answer, Request } from '../../../contract/index.ts';
import type { RowRequest } from '../../../lambdas/command/dependencies.ts';
import type { KeptEntry } from '../../../lambdas/domain/history.ts';
import type { ResourceActionRow } from '../../../lambdas/domain/resource-action/state.ts';
import type { StackRow } from '../../../lambdas/domain/stack/state.ts';
import type { Schedule } from '../../../lambdas/ports/messaging.ts';
import { isCanary } from '../../../lambdas/shared/canary.ts';
import type { Process } from '../process.ts';
import { described, isOfResource, keyOf, type Row, short, type Write } from '../row.ts';
import type { Services, StatusChangeEvent, Watcher } from '../services.ts';
import { checkAnswer } from './answers.ts';
import { Bounds } from './bounds.ts';
import { Consequences, nameOf } from './consequences.ts';
import { checkCurrentOperation } from './current-operation.ts';
import { Claims, checkEngines } from './engines.ts';
import { Entries } from './entries.ts';
import { checkEveryWrite } from './every-write.ts';
import { checkExpiry, checkGone, checkKept, checkLowered } from './expiry.ts';
import { checkLateness } from './lateness.ts';
import { Offers } from './offers.ts';
import { Publications } from './publications.ts';
import { checkResourceWrite } from './resource-writes.ts';
import { checkStackWrite } from './stack-writes.ts';
import { Suspicions } from './suspicions.ts';
import { holds } from './violation.ts';

const SECOND = 1000;
const MINUTE = 60 * SECOND;
/** The stream is read, and the schedule deleted, though calls may be slow. */
const DISARMED_WITHIN = 20_000;

export class Ledger implements Watcher {
  /** What ended because its time was up. */
  timeouts = 0;
  readonly #services: Services;
  readonly #entries: Entries;
  readonly #publications: Publications;
  readonly #consequences: Consequences;
  readonly #bounds = new Bounds();
  readonly #claims = new Claims();
  readonly #offers = new Offers();
  readonly #suspicions: Suspicions;
  /** What was started: whether it has ended. */
  readonly #started = new Map<string, boolean>();
  readonly #forgets: boolean;
  #latestDeadline = 0;

  constructor(services: Services, { forgets }: { forgets: boolean }) {
    this.#services = services;
    this.#forgets = forgets;
    this.#entries = new Entries(forgets, services.faults.plan.skew);
    this.#publications = new Publications(forgets, this.#entries);
    this.#suspicions = new Suspicions(services.faults);
    this.#consequences = new Consequences(services.faults, forgets);
    services.watchers.push(this);
    services.scheduler.onFire = (schedule) =>
      services.notify((watcher) => watcher === this && this.#fired(schedule));
  }

  onWrite(write: Write): void {
    const { faults, retention, table } = this.#services;
    const stack = table.rows.get(write.after.stackId);
    if (write.after.change === 'EXPIRE') {
      checkLowered(write as Write<ResourceActionRow>, stack, { retention, skew: faults.plan.skew });
      return;
    }
    checkEveryWrite(write);
    checkExpiry(write, retention);
    if (isOfResource(write.after)) {
      checkGone(write.before, stack, 'its work begins again');
      checkResourceWrite(write as Write<ResourceActionRow>, faults.plan.skew);
      checkCurrentOperation(write as Write<ResourceActionRow>, stack);
      this.#offers.wrote(write as Write<ResourceActionRow>);
      this.#claims.wrote(write as Write<ResourceActionRow>);
      this.#suspicions.wrote(write as Write<ResourceActionRow>);
      checkEngines(write as Write<ResourceActionRow>, this.#services, this.#services.engines);
    } else {
      checkStackWrite(write as Write<StackRow>, faults.plan.skew);
      this.#latestDeadline = Math.max(this.#latestDeadline, (write.after as StackRow).deadline);
      this.#bounds.wrote(write as Write<StackRow>);
    }
    checkLateness(write, faults, faults.plan.skew);
    this.#publications.wrote(write);
    this.#count(write);
  }

  onExpire(row: Row): void {
    checkGone(row, this.#services.table.rows.get(row.stackId), 'it has expired');
  }

  /**
   * P13: if nothing went wrong, what has ended has no schedule any more. One whose time had
   * passed is left: it fires within a minute, and deletes itself.
   */
  #fired({ at, wakeUp: { stackId, resource, operationId } }: Schedule): void {
    const { faults, table, agenda } = this.#services;
    if (resource !== undefined || faults.lastAt !== undefined || faults.plan.outages.length > 0) return;
    const row = table.rows.get(stackId);
    if (row === undefined || row.operationId !== operationId || row.status === 'IN_PROGRESS') return;
    const ended = () => `a schedule fires for what ended at ${short(row.endedAt)}: ${described(row)}`;
    holds('P13', Math.min(at, agenda.now) < row.endedAt + DISARMED_WITHIN, ended);
  }

  onRestore(rows: readonly Row[]): void {
    this.#publications.restored(rows);
  }

  onKeep(kept: KeptEntry): void {
    this.#entries.kept(kept);
  }

  onPublish(event: StatusChangeEvent): void {
    this.#entries.published(event);
    this.#publications.published(event);
  }

  onAsk(caller: Process, request: unknown): void {
    if (isRearm(request)) return;
    this.#claims.asked(caller, request as Request);
  }

  onAnswer(process: Process, request: unknown, answer: unknown): void {
    if (isCanary(request) || isRearm(request)) return;
    checkAnswer(process, request as Request, answer as Answer);
    const row = process.seen.get(keyOf(request as RowRequest & { stackId: string }));
    this.#claims.answered(request as Request, answer as Answer, row as ResourceActionRow | undefined);
  }

  /** Once nothing goes wrong any more, and everything has had its time. */
  atRest(): void {
    const { table, scheduler, agenda, retention } = this.#services;
    for (const row of table.rows.values()) checkEnded(row);
    for (const row of table.resourceRows.values()) {
      checkEnded(row);
      const kept = 'expiresAt' in row && row.expiresAt > agenda.now + retention + MINUTE;
      holds('P13', !kept, () => `it does not expire: ${described(row)}`);
    }
    for (const [name, ended] of this.#started) holds('P2', ended, () => `${name} has not ended`);
    // Else it expires by itself.
    for (const { parent, stackId, operationId, expiresAt, mayStay } of table.childItems.values()) {
      const stays = mayStay && expiresAt <= this.#latestDeadline + retention + SECOND;
      holds('P13', stays, () => `${stackId} ${operationId} is still a child of ${parent.operationId}`);
    }
    // One whose time has passed fires within a minute, and deletes itself.
    for (const { at, wakeUp } of scheduler.schedules.values())
      holds('P13', at <= agenda.now, () => `a schedule is left: ${JSON.stringify(wakeUp)}`);
    for (const [key, payload] of table.payloads)
      holds('P13', payload.expiresAt, () => `${key.replaceAll('\n', ' ')} does not expire`);
    this.#publications.atRest();
    this.#entries.atRest();
  }

  /** P3: whatever begins ends once. */
  #count(write: Write): void {
    const { before, after, at } = write;
    const replaced = before !== undefined && before.operationId !== after.operationId;
    if (before?.status === 'IN_PROGRESS' && (replaced || after.status !== 'IN_PROGRESS')) {
      this.#end(before);
      if (!isOfResource(before)) checkKept(write as Write<StackRow>, this.#services.table);
      this.#consequences.ended(before, write);
    }
    if (['TIMEOUT', 'ENGINE_LOST', 'NO_ENGINE'].includes(after.change)) this.timeouts++;
    if (after.status !== 'IN_PROGRESS' || (before?.status === 'IN_PROGRESS' && !replaced)) return;
    holds('P3', this.#started.get(nameOf(after)) !== false, () => `${nameOf(after)} began twice`);
    this.#started.set(nameOf(after), false);
    this.#consequences.began(after, at);
  }

  #end(row: Row): void {
    holds('P3', this.#started.get(nameOf(row)) === false, () => `${nameOf(row)} ended twice`);
    if (this.#forgets) this.#started.delete(nameOf(row));
    else this.#started.set(nameOf(row), true);
  }
}

const isRearm = (request: unknown): boolean => Object.hasOwn(request as object, 'rearm');

function checkEnded(row: Row): void {
  const promise = isOfResource(row) ? 'P13' : 'P2';
  holds(promise, row.status !== 'IN_PROGRESS', () => `it has not ended: ${described(row)}`);
}
