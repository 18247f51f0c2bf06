/**
 * Copies the rows of a restored table into the deployed one. The service must not see a part of
 * them: it takes a missing stack for one that has ended, and cancels what belongs to it. So
 * everything that acts on rows by itself is off until every row is there.
 *
 * Nothing is remembered between two runs. What was copied is found in the table, and a deployment
 * has all of its triggers on. So a run that was interrupted at any point is repeated as a whole.
 */
import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import pMap from 'p-map';
import { DEPLOYMENT_ITEMS, EXPIRY_ATTRIBUTE } from '../../contract/deployment.ts';
import { type RearmCounts, type RearmPage, rearmAll } from './rearm.ts';

export type Item = Readonly<Record<string, AttributeValue>>;

/** Invokes a function that acts on rows: an event source mapping, or the rule of the sweep. */
export interface Trigger {
  readonly name: string;
  state(): Promise<'on' | 'off' | 'changing'>;
  /** Only while it is not changing. */
  switch(to: 'on' | 'off'): Promise<void>;
}

interface TableDescription {
  readonly name: string;
  readonly arn: string;
  readonly status: string;
  /** The names of the key's attributes. */
  readonly keys: readonly string[];
}

export interface SourceTable extends TableDescription {
  /** Counted hours ago by DynamoDB. */
  readonly approximateCount: number;
  /** All items, page by page. */
  pages(): AsyncIterable<readonly Item[]>;
}

export interface TargetTable extends TableDescription {
  /**
   * The items that exist among those with the keys of these; with all attributes that `isNewer`
   * looks at.
   */
  find(items: readonly Item[]): Promise<readonly Item[]>;
  /**
   * Writes an item as it is. Unless `overwrite`, only if there is none or `isNewer` says so.
   * @returns whether it was written
   */
  put(item: Item, overwrite: boolean): Promise<boolean>;
}

export interface Restoration {
  readonly source: SourceTable;
  readonly target: TargetTable;
  readonly triggers: readonly Trigger[];
  readonly rearmPage: RearmPage;
}

export interface RestoreOptions {
  readonly dryRun: boolean;
  /** Replaces items that exist, whatever they are. */
  readonly overwrite: boolean;
  /** Rows to rearm in a second. */
  readonly rate: number;
}

interface Copied {
  /** Items of the source. */
  readonly read: number;
  /** Written; in a dry run, what would be written. */
  readonly copied: number;
  /** The deployed table has the same or a later version. */
  readonly kept: number;
  /** Not copied: expired for a day, or not of a stack. */
  readonly skipped: number;
}

export interface Report extends Copied, RearmCounts {
  /** The triggers, and whether they were on before this run. */
  readonly triggers: readonly { readonly name: string; readonly wasOn: boolean }[];
}

interface Environment {
  now(): number;
  sleep(milliseconds: number): Promise<unknown>;
  /** A step begins. */
  step(text: string): void;
  onCopied(soFar: Copied): void;
  onRearmed(soFar: RearmCounts): void;
}

/** How each trigger is now. */
export const statesOf = (triggers: readonly Pick<Trigger, 'name' | 'state'>[]) =>
  Promise.all(triggers.map(async ({ name, state }) => ({ name, state: await state() })));

/**
 * After this nothing acts on rows any more: Lambda may start a sweep up to a minute after its event
 * (`infra/stack-timeouts.ts`), and it runs for 50 s; no other function runs longer than 100 s.
 */
const LONGEST_INVOCATION_MS = 120_000;

export async function restore(
  { source, target, triggers, rearmPage }: Restoration,
  { dryRun, overwrite, rate }: RestoreOptions,
  environment: Environment,
): Promise<Report> {
  const states = await statesOf(triggers);
  const before = states.map(({ name, state }) => ({ name, wasOn: state !== 'off' }));
  if (dryRun) {
    const copied = await copy(source, target, { dryRun, overwrite }, environment);
    return { triggers: before, ...copied, rearmed: 0, failed: 0 };
  }
  environment.step('switching off the event source mappings and the rule of the sweep');
  await switchAll(triggers, 'off', environment);
  // Also if all were off: by a run that was interrupted a moment ago.
  environment.step('waiting two minutes for the invocations that are under way');
  await environment.sleep(LONGEST_INVOCATION_MS);
  environment.step(`copying ${source.name} to ${target.name}`);
  const copied = await copy(source, target, { dryRun, overwrite }, environment);
  environment.step('switching on the event source mappings and the rule of the sweep');
  await switchAll(triggers, 'on', environment);
  environment.step('giving every timer a new wake-up');
  // The stream tells `arm` of most of the rows, but not of those whose last change it ignores.
  const { rearmed, failed } = await rearmAll(
    rearmPage,
    { rate, dryRun: false },
    environment,
    environment.onRearmed,
  );
  return { triggers: before, ...copied, rearmed, failed };
}

const POLL_MS = 2000;
/** Lambda takes up to a few minutes. */
const SWITCH_TIMEOUT_MS = 600_000;

async function switchAll(
  triggers: readonly Trigger[],
  to: 'on' | 'off',
  { now, sleep }: Environment,
): Promise<void> {
  const endBy = now() + SWITCH_TIMEOUT_MS;
  let waiting = [...triggers];
  for (;;) {
    const states = await Promise.all(waiting.map((trigger) => trigger.state()));
    for (const [n, trigger] of waiting.entries()) {
      if (states[n] !== to && states[n] !== 'changing') await trigger.switch(to);
    }
    waiting = waiting.filter((_, n) => states[n] !== to);
    if (waiting.length === 0) return;
    if (now() >= endBy) throw new Error(`${waiting.map(({ name }) => name).join(', ')}: not ${to} yet`);
    await sleep(POLL_MS);
  }
}

/** Items written at once. */
const CONCURRENCY = 32;

async function copy(
  source: SourceTable,
  target: TargetTable,
  { dryRun, overwrite }: Pick<RestoreOptions, 'dryRun' | 'overwrite'>,
  { now, onCopied }: Environment,
): Promise<Copied> {
  const counts = { read: 0, copied: 0, kept: 0, skipped: 0 };
  for await (const page of source.pages()) {
    const wanted = page.filter((item) => isOfStack(item) && !isExpired(item, now()));
    // Reading costs a tenth of a write that is refused: a run that is repeated gets over what is
    // there.
    const existing = overwrite ? new Map() : byKey(await target.find(wanted));
    const missing = wanted.filter((item) => isNewer(item, existing.get(keyOf(item))));
    const written = dryRun
      ? missing
      : await pMap(missing, (item) => target.put(item, overwrite), { concurrency: CONCURRENCY });
    const copied = written.filter(Boolean).length;
    counts.read += page.length;
    counts.skipped += page.length - wanted.length;
    counts.copied += copied;
    counts.kept += wanted.length - copied;
    onCopied(counts);
  }
  return counts;
}

const keyOf = ({ pk, sk }: Item): string => JSON.stringify([pk?.S, sk?.S]);

const byKey = (items: readonly Item[]): Map<string, Item> =>
  new Map(items.map((item) => [keyOf(item), item]));

/**
 * The lease of the sweep and the canary are of the deployment: those of the source say nothing
 * about it.
 */
const isOfStack = ({ pk }: Item): boolean => !Object.values<unknown>(DEPLOYMENT_ITEMS).includes(pk?.S);

/** The clock of this machine may be ahead of the service's. */
const EXPIRED_FOR_MS = 86_400_000;

/** What has expired counts as absent. Copied, it would be published once more. */
const isExpired = (item: Item, now: number): boolean => {
  const expiresAt = item[EXPIRY_ATTRIBUTE]?.N;
  return expiresAt !== undefined && Number(expiresAt) * 1000 + EXPIRED_FOR_MS <= now;
};

/** What a later state of an item has more of: a row its version, an input or output its attempt. */
export const revisionOf = (item: Item): 'version' | 'attempt' => (item.version ? 'version' : 'attempt');

/**
 * Whether an item of the source replaces the one that the deployed table has: only if that is an
 * earlier state of the same operation. The source is the past.
 */
export function isNewer(item: Item, existing: Item | undefined): boolean {
  if (existing === undefined) return true;
  const revision = revisionOf(item);
  return (
    item.operationId?.S === existing.operationId?.S &&
    Number(item[revision]?.N) > Number(existing[revision]?.N)
  );
}

/** Why nothing can be restored; undefined if it can. */
export function whyNot({ source, target }: Pick<Restoration, 'source' | 'target'>): string | undefined {
  if (source.arn === target.arn) return `${source.name} is the deployed table itself`;
  if (source.status !== 'ACTIVE') {
    return `table ${source.name} is ${source.status}: wait until it is ACTIVE`;
  }
  if (source.keys.join() !== target.keys.join()) {
    return `table ${source.name} has the keys ${source.keys.join(', ')}, not ${target.keys.join(', ')}: it is no copy of the deployed table`;
  }
  return undefined;
}
