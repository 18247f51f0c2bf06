/** What earlier versions wrote, and how today's code reads it. */
import { readFileSync } from 'node:fs';
import { type Item, isStackItem } from '../../lambdas/adapters/dynamodb/keys.ts';
import {
  fromResourceActionItem,
  toResourceActionItem,
} from '../../lambdas/adapters/dynamodb/resource-action-item.ts';
import { fromStackItem, toStackItem } from '../../lambdas/adapters/dynamodb/stack-item.ts';
import { delayKeyOf, offerDelay } from '../../lambdas/domain/resource-action/retry.ts';
import {
  dueOf,
  type ResourceActionQueued,
  type ResourceActionRow,
} from '../../lambdas/domain/resource-action/state.ts';
import type { StackRow } from '../../lambdas/domain/stack/state.ts';
import { endedShardOf } from '../../lambdas/domain/timer.ts';

export const VERSIONS = ['v1', 'v2', 'v3'] as const;
export type Version = (typeof VERSIONS)[number];

/** A row, by the name of what had happened to it. */
export interface OldRow {
  readonly name: string;
  readonly item: Item;
}

/** What a decision came to: the row that it wrote, or a word. */
export type Decided = string | { readonly written: Item };

export const fixture = <T>(version: Version, name: string): T =>
  JSON.parse(readFileSync(new URL(`${version}/${name}.json`, import.meta.url), 'utf8')) as T;

export const rowOf = (item: Item): StackRow | ResourceActionRow =>
  isStackItem(item) ? fromStackItem(item) : fromResourceActionItem(item);

export const itemOf = (row: StackRow | ResourceActionRow): Item =>
  'resource' in row ? toResourceActionItem(row) : toStackItem(row);

/**
 * What was decided then, with what is meant to differ today: a stack that has ended is in the
 * index; and since v3, a resource action that ends before its operation is kept for it, offers are
 * spread, and a release is no report.
 */
export function today(version: Version, decided: Decided | undefined): Decided | undefined {
  if (typeof decided !== 'object') return decided;
  if (isStackItem(decided.written)) return { written: indexed(decided.written) };
  if (version === 'v3') return decided;
  const { sk, cause, expiresAt, change } = decided.written;
  if (decided.written.offers && change?.S !== 'REARM') {
    const { lastReport, ...rest } = withSpreadOffer(decided.written);
    return { written: change?.S === 'RELEASE' || lastReport === undefined ? rest : { ...rest, lastReport } };
  }
  if (!sk?.S?.startsWith('RESOURCE#') || expiresAt === undefined || cause?.S === 'CANCELLED') return decided;
  const kept = { N: String(Number(expiresAt.N) + 20 * 365 * 86_400) };
  return { written: { ...decided.written, expiresAt: kept } };
}

/** A stack that has ended, as it is written today: with the keys of the index. */
export function indexed(item: Item): Item {
  const row = rowOf(item);
  if ('resource' in row || row.status === 'IN_PROGRESS') return item;
  const timerShard = { S: endedShardOf(row.status, row.stackId) };
  return { ...item, timerShard, timerDueAt: { N: String(row.endedAt) } };
}

/** The offer, and the timer if that was set for it. */
function withSpreadOffer(item: Item): Item {
  const row = rowOf(item) as ResourceActionQueued;
  const since = row.offerAt - Math.min(3600, 60 * 2 ** (row.offers - 1)) * 1000;
  const moved = { ...row, offerAt: since + offerDelay(row.offers, delayKeyOf(row)) };
  const isTimed = row.timer.dueAt === row.offerAt;
  return itemOf(isTimed ? { ...moved, timer: { ...row.timer, dueAt: dueOf(moved) } } : moved);
}

interface Decision {
  readonly kind?: string;
  readonly code?: string;
  readonly outcome?: string;
  readonly save?: StackRow | ResourceActionRow;
}

const SINCE_V3 = ['phaseStartedAt', 'missed'];
const SINCE_V2 = [...SINCE_V3, 'lastFailure', 'askedDeadline', 'releasedClaims'];
/** The attributes that rows have got since then. */
const NEW_SINCE: Readonly<Record<Version, readonly string[]>> = {
  v1: SINCE_V2,
  v2: SINCE_V2,
  v3: SINCE_V3,
};

/** Without the attributes that rows have got since then. */
export function decidedOf(version: Version, { save, kind, code, outcome }: Decision): Decided | undefined {
  if (save === undefined) return kind === 'unchanged' ? kind : (code ?? outcome);
  const known = Object.entries(itemOf(save)).filter(([name]) => !NEW_SINCE[version].includes(name));
  return { written: Object.fromEntries(known) };
}
