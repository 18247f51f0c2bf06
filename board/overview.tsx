/** The first screen: numbers, what failed, the next hour, what is in progress, health. */
import type { ComponentChildren } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import {
  type AlarmLine,
  type Check,
  type HealthView,
  type Overview,
  type Page,
  SHOWS,
  type Show,
  type StackLine,
  type WorkCounts,
} from '../cli/board/view.ts';
import type { Source } from '../cli/redrive/report.ts';
import { stackCauseText } from '../cli/rows.ts';
import { RedriveDialog } from './dialogs.tsx';
import { giveFocus, go, type Shown } from './location.ts';
import {
  ago,
  announce,
  clock,
  counted,
  Link,
  roughly,
  Status,
  Table,
  Text,
  Time,
  untilDeadline,
} from './text.tsx';

interface Props {
  readonly data: Overview;
  readonly shown: Shown;
  /** The lists are those of the filter before. */
  readonly stale: boolean;
  readonly now: number;
  readonly again: () => void;
}

export function OverviewPage({ data, shown, stale, now, again }: Props) {
  useAnnouncedFailures(data);
  useEffect(giveFocus);
  const failed = <Failed key="failed" data={data} shown={shown} stale={stale} now={now} />;
  const failuresFirst = data.numbers.failed > 0;
  return (
    <>
      <h1 class="hidden">Stacks</h1>
      <Numbers data={data} shown={shown} />
      <Search data={data} shown={shown} stale={stale} />
      {failuresFirst && failed}
      <Hour hour={data.hour} />
      <InProgress data={data} shown={shown} stale={stale} now={now} />
      {!failuresFirst && failed}
      <Engines engines={data.work.engines} />
      <Health data={data} now={now} again={again} />
    </>
  );
}

/** Says what has failed since the page was opened. */
function useAnnouncedFailures({ failed, complete }: Overview): void {
  const known = useRef<Set<string>>(undefined);
  useEffect(() => {
    if (!complete) return;
    const keys = failed.items.map(({ stackId, operationId }) => `${stackId} ${operationId}`);
    const fresh = failed.items.filter((_, n) => known.current && !known.current.has(keys[n] ?? ''));
    if (failed.page === 1 && fresh.length > 0)
      announce(fresh.map(({ stackId, statusReason }) => `${stackId} failed: ${statusReason}`).join('. '));
    known.current = new Set([...(known.current ?? []), ...keys]);
  }, [failed.items, complete]);
}

function Numbers({ data, shown }: { data: Overview; shown: Shown }) {
  const { numbers, work, complete, health } = data;
  const { inProgress, dueWithinHour, overdue, failed, timedOut, moreFailed } = numbers;
  const more = moreFailed ? '+' : '';
  const soFar = work.stacks < inProgress ? `${work.stacks} of ${inProgress} stacks read so far` : undefined;
  const list = (show?: Show) => ({
    to: { ...(shown.q && { q: shown.q }), ...(show && { show }) },
    focus: 'in-progress',
  });
  const engines = work.engines.length;
  const isRead = data.inProgress.items.every((stack) => stack.work !== undefined);
  const nobody = isRead && work.waiting > 0 && engines === 0;
  return (
    <section aria-label="Numbers">
      <dl class="numbers">
        <Figure
          name="Failed in 24 hours"
          value={`${failed}${more}`}
          link={{ to: shown, focus: 'failed' }}
          alert={failed > 0}
          note={`${timedOut}${more} timed out`}
        />
        <DeadLetters health={health} shown={shown} />
        <Figure name="Overdue" value={overdue} link={list('overdue')} alert={overdue > 0} />
        <Figure name="Due within the hour" value={dueWithinHour} link={list('hour')} />
        <Figure name="In progress" value={`${inProgress}${complete ? '' : ' …'}`} link={list()} />
        <Figure name="Work waiting" value={work.waiting} note={soFar ?? 'for an engine'} />
        <Figure
          name="Engines seen"
          value={engines}
          alert={nobody}
          note={
            [nobody && 'none is at work, and work waits', soFar].filter(Boolean).join('; ') || 'at work now'
          }
        />
      </dl>
    </section>
  );
}

/** What failed, by where it is. */
const DEAD_LETTERS: Record<Source, string> = {
  timers: 'wake-ups of the timer queue',
  schedules: 'wake-ups that EventBridge Scheduler could not send',
  work: 'work that engines received again and again, and never deleted',
  'work-rule': 'work that EventBridge could not send',
  stream: 'stream records that a function failed on',
};
const SOURCES = Object.keys(DEAD_LETTERS) as Source[];

/** What failed for good, of all sources together. */
function DeadLetters({ health: { deadLetters }, shown }: { health: HealthView; shown: Shown }) {
  const checks = SOURCES.map((source) => ({ source, check: deadLetters[source] }));
  const read = checks.flatMap(({ source, check }) =>
    check.state === 'read' ? [{ source, count: check.value }] : [],
  );
  const unread = checks.find(({ check }) => check.state !== 'read')?.check;
  const total = read.reduce((sum, { count }) => sum + count, 0);
  const found = read.flatMap(({ source, count }) => (count > 0 ? `${count} in ${source}` : []));
  if (unread) found.push(unread.state === 'reading' ? 'reading …' : 'not all can be read');
  return (
    <Figure
      name="Dead letters"
      value={read.length === 0 ? '–' : `${total}${unread ? '+' : ''}`}
      link={{ to: shown, focus: 'health' }}
      alert={total > 0}
      note={found.join(', ')}
    />
  );
}

function Figure(props: {
  name: string;
  value: ComponentChildren;
  note?: string;
  link?: { readonly to: Shown; readonly focus: string };
  alert?: boolean;
}) {
  const value = props.link ? <Link {...props.link}>{props.value}</Link> : props.value;
  return (
    <div class={props.alert ? 'figure alert' : 'figure'}>
      <dt>{props.name}</dt>
      <dd>
        <span class="value">
          {props.alert && <span aria-hidden="true">! </span>}
          {value}
        </span>
        {props.note && <span class="note">{props.note}</span>}
      </dd>
    </div>
  );
}

/** The deadlines of the next hour, a bar for each minute. */
function Hour({ hour: { from, counts } }: { hour: Overview['hour'] }) {
  const most = Math.max(...counts);
  const total = counts.reduce((a, b) => a + b, 0);
  const peak = counts.indexOf(most);
  const minute = (n: number) => clock(new Date(Date.parse(from) + n * 60_000).toISOString()).slice(-8, -3);
  const label =
    total === 0
      ? 'No deadline in the next hour.'
      : `${counted(total, 'deadline')} in the next hour, the most in one minute: ${most}, at ${minute(peak)}.`;
  return (
    <section aria-label="The next hour">
      <h2>
        Deadlines of the next hour <span class="note">{label}</span>
      </h2>
      <svg class="hour" viewBox="0 0 600 60" preserveAspectRatio="none" role="img" aria-label={label}>
        {counts.map((count, n) => {
          const height = count === 0 ? 0 : Math.max(4, (count / most) * 58);
          return (
            <rect key={`${from} ${n}`} class="bar" x={n * 10 + 1} width={8} y={60 - height} height={height}>
              <title>{`${minute(n)}: ${count}`}</title>
            </rect>
          );
        })}
        <line x1="0" x2="600" y1="59.5" y2="59.5" />
      </svg>
      <p class="hour-axis" aria-hidden="true">
        {[0, 15, 30, 45, 60].map((n) => (
          <span key={n}>{minute(n)}</span>
        ))}
      </p>
    </section>
  );
}

const SHOW_NAMES: Record<Show, string> = { all: 'All', hour: 'Due within the hour', overdue: 'Overdue' };
const STACK_ID = /^[A-Za-z0-9._:/@-]{1,255}$/;

function Search({ data, shown, stale }: Omit<Props, 'now' | 'again'>) {
  // The address holds what was typed: a state of its own could lose what is typed fast.
  const text = shown.q ?? '';
  const filter = (q: string): Shown => ({ ...(q && { q }), ...(shown.show && { show: shown.show }) });
  const [submitted, setSubmitted] = useState<string>();
  useEffect(() => {
    // What was typed last may not be answered yet, and there may be more matches until all is read.
    if (submitted !== text || stale || !data.complete) return;
    setSubmitted(undefined);
    const found = searched(text, data);
    if (found !== undefined) go({ stack: found });
  }, [submitted, stale, data.complete]);
  return (
    <search class="filters">
      <form
        onSubmit={(event) => {
          event.preventDefault();
          setSubmitted(text);
        }}
      >
        <label for="search">Stack id</label>
        <input
          id="search"
          type="search"
          autocomplete="off"
          spellcheck={false}
          maxLength={255}
          value={text}
          aria-describedby="search-help"
          onInput={(event) => go(filter(event.currentTarget.value), { replace: true })}
        />
        <button type="submit" disabled={text === ''}>
          Open
        </button>
        <span id="search-help" class="note">
          filters as you type; Enter opens the only match, or the stack of exactly this id
        </span>
      </form>
    </search>
  );
}

/** The stack that a search means: the only match, or one of exactly this id, which may be in no list. */
function searched(text: string, { inProgress, failed }: Overview): string | undefined {
  const [first, ...others] = [...inProgress.items, ...failed.items];
  if (first && others.length === 0) return first.stackId;
  return STACK_ID.test(text) ? text : undefined;
}

/** Which stacks in progress are shown. */
const Chips = ({ shown }: { shown: Shown }) => (
  <ul class="chips" aria-label="Which stacks in progress">
    {SHOWS.map((show) => (
      <li key={show}>
        <Link
          to={{ ...(shown.q && { q: shown.q }), ...(show !== 'all' && { show }) }}
          {...((shown.show ?? 'all') === show && { 'aria-current': 'true' })}
        >
          {SHOW_NAMES[show]}
        </Link>
      </li>
    ))}
  </ul>
);

type ListProps = Omit<Props, 'again'>;

const STACK_COLUMN = {
  name: 'Stack',
  cell: ({ stackId }: StackLine) => (
    <Link to={{ stack: stackId }} class="stack" id={`open ${stackId}`}>
      <Text of={stackId} />
    </Link>
  ),
};

function InProgress({ data: { inProgress, complete }, shown, stale, now }: ListProps) {
  return (
    <section aria-labelledby="in-progress" aria-busy={stale}>
      <h2 id="in-progress" tabIndex={-1}>
        In progress
      </h2>
      <Chips shown={shown} />
      {inProgress.items.length === 0 ? (
        <Empty complete={complete} shown={shown} />
      ) : (
        <Table
          label="In progress, by deadline"
          caption={`${counted(inProgress.count, 'stack')}, earliest deadline first`}
          rows={inProgress.items}
          keyOf={({ stackId }) => stackId}
          columns={[
            STACK_COLUMN,
            {
              name: 'Status',
              cell: (stack) => (
                <>
                  <Status {...stack} />
                  {stack.parent && (
                    <span class="note">
                      child of <Text of={stack.parent.stackId} />
                    </span>
                  )}
                </>
              ),
            },
            {
              name: 'Deadline',
              class: ({ deadline }) => (Date.parse(deadline) < now ? 'late' : ''),
              cell: ({ deadline }) => (
                <>
                  {untilDeadline(deadline, now)}, <Time at={deadline} />
                </>
              ),
            },
            { name: 'Time used', cell: (stack) => <Used stack={stack} now={now} /> },
            { name: 'Resource actions', cell: ({ work }) => <Work work={work} /> },
          ]}
        />
      )}
      <Pages of={inProgress} name="In progress" address={(page) => ({ ...shown, page: String(page) })} />
    </section>
  );
}

function Empty({ complete, shown }: { complete: boolean; shown: Shown }) {
  if (!complete) return <p role="status">Reading the stacks in progress …</p>;
  if (shown.q)
    return (
      <p>
        No stack in progress has “<Text of={shown.q} />” in its id. Enter opens an ended stack of exactly this
        id.
      </p>
    );
  if (shown.show === 'overdue')
    return <p>No stack is overdue. All timeouts that were due have ended their operation.</p>;
  if (shown.show === 'hour')
    return <p>No deadline is within the hour. Choose “All” to see the later ones.</p>;
  return (
    <p>
      No operation is in progress. To start one:{' '}
      <code>npx stack-timeouts start web --action CREATE --timeout 30m</code>
    </p>
  );
}

/** How much of its time an operation has used. */
function Used({ stack: { startedAt, deadline }, now }: { stack: StackLine; now: number }) {
  const from = Date.parse(startedAt);
  const whole = Math.max(1, Date.parse(deadline) - from);
  const part = Math.min(1, Math.max(0, (now - from) / whole));
  const percent = Math.floor(part * 100);
  return (
    <span class="used">
      <progress max={100} value={percent} aria-label="Time used" class={percent >= 90 ? 'nearly' : ''} />
      <span>
        {percent} % of {roughly(whole)}
      </span>
    </span>
  );
}

const WORK = [
  ['running', '▶', 'running'],
  ['queued', '…', 'waiting'],
  ['backoff', '↻', 'to be retried'],
  ['delayed', '»', 'delayed'],
  ['complete', '✓', 'complete'],
  ['failed', '✗', 'failed'],
  ['cancelled', '⊘', 'cancelled'],
] as const satisfies readonly (readonly [keyof WorkCounts, string, string])[];

function Work({ work }: { work: WorkCounts | undefined }) {
  if (work === undefined) return <span class="note">reading …</span>;
  if (work.total === 0) return <span class="note">none</span>;
  return (
    <ul class="work">
      {WORK.map(([name, mark, meaning]) =>
        work[name] === 0 ? null : (
          <li key={name} class={name}>
            <span aria-hidden="true">{mark} </span>
            {work[name]}
            {work.more ? '+' : ''} {meaning}
          </li>
        ),
      )}
    </ul>
  );
}

/** More would push what is in progress out of sight. */
const FIRST_FAILED = 5;

/** The newest ones, or the page that the address names. */
function Failed({ data: { failed, complete }, shown, stale, now }: ListProps) {
  const isPaged = shown.failed !== undefined;
  const { failed: _, ...newest } = shown;
  return (
    <section aria-labelledby="failed" aria-busy={stale}>
      <h2 id="failed" tabIndex={-1}>
        Failed in the last 24 hours
      </h2>
      {failed.items.length === 0 ? (
        <p>
          {complete ? `Nothing has failed${shown.q ? ' with such an id' : ''}.` : 'Reading what has failed …'}
        </p>
      ) : (
        <Table
          label="Failed in the last 24 hours, newest first"
          caption={`${counted(failed.count, 'stack')}, newest first`}
          rows={isPaged ? failed.items : failed.items.slice(0, FIRST_FAILED)}
          keyOf={({ stackId }) => stackId}
          columns={[
            STACK_COLUMN,
            { name: 'Status', cell: (stack) => <Status {...stack} /> },
            {
              name: 'Ended',
              cell: ({ endedAt }) =>
                endedAt && (
                  <>
                    {ago(endedAt, now)}, <Time at={endedAt} />
                  </>
                ),
            },
            { name: 'Cause', cell: stackCauseText },
            { name: 'Reason', cell: ({ statusReason }) => <Text of={statusReason} /> },
          ]}
        />
      )}
      {isPaged && (
        <Pages of={failed} name="Failed" address={(page) => ({ ...shown, failed: String(page) })} />
      )}
      {failed.count > FIRST_FAILED && (
        <p>
          <Link to={isPaged ? newest : { ...shown, failed: '1' }} focus="failed">
            {isPaged ? `Show the newest ${FIRST_FAILED}` : `Show all ${failed.count}`}
          </Link>
        </p>
      )}
    </section>
  );
}

function Pages({ of, name, address }: { of: Page<unknown>; name: string; address: (page: number) => Shown }) {
  if (of.pages === 1) return null;
  return (
    <nav class="pages" aria-label={`Pages: ${name}`}>
      {of.page > 1 && <Link to={address(of.page - 1)}>Previous</Link>}
      <span>
        Page {of.page} of {of.pages}
      </span>
      {of.page < of.pages && <Link to={address(of.page + 1)}>Next</Link>}
    </nav>
  );
}

function Engines({ engines }: { engines: readonly string[] }) {
  if (engines.length === 0) return null;
  return (
    <details>
      <summary>Engines seen</summary>
      <ul class="items">
        {engines.map((engine) => (
          <li key={engine}>
            <Text of={engine} />
          </li>
        ))}
      </ul>
    </details>
  );
}

function Health({ data: { health, denied }, now, again }: Omit<Props, 'shown' | 'stale'>) {
  const [redrive, setRedrive] = useState<Source>();
  return (
    <section aria-labelledby="health">
      <h2 id="health" tabIndex={-1}>
        Health
      </h2>
      <div class="health">
        <div>
          <table>
            <caption>Dead letters: what failed for good</caption>
            <thead>
              <tr>
                <th scope="col">Of</th>
                <th scope="col">Waiting</th>
                <th scope="col">Redrive</th>
              </tr>
            </thead>
            <tbody>
              {SOURCES.map((name) => {
                const check = health.deadLetters[name];
                const count = check.state === 'read' ? check.value : 0;
                return (
                  <tr key={name}>
                    <th scope="row">
                      {name} <span class="note">{DEAD_LETTERS[name]}</span>
                    </th>
                    <td class={count > 0 ? 'late' : ''}>
                      <Checked check={check}>{(value) => `${value > 0 ? '! ' : ''}${value}`}</Checked>
                    </td>
                    <td>
                      {denied.redrive === undefined && count > 0 ? (
                        <button type="button" onClick={() => setRedrive(name)}>
                          Redrive <span class="hidden">{name} </span>…
                        </button>
                      ) : (
                        '–'
                      )}
                    </td>
                  </tr>
                );
              })}
            </tbody>
          </table>
          {denied.redrive && (
            <p class="note">
              <Text of={denied.redrive} />
            </p>
          )}
        </div>
        <dl class="facts">
          <dt>Alarms that are on</dt>
          <dd>
            <Checked check={health.alarms}>{(alarms) => <Alarms alarms={alarms} now={now} />}</Checked>
          </dd>
          <dt>Last sweep</dt>
          <dd>
            <Checked check={health.lastSweep}>
              {(at) =>
                at === null
                  ? 'none in the metrics of the last 15 minutes'
                  : `completed in the minute of ${clock(at)}`
              }
            </Checked>
          </dd>
          <dt>Canary</dt>
          <dd>
            <Checked check={health.canary}>
              {({ succeededAt, failedAt }) => (
                <>
                  {succeededAt
                    ? `recorded a heartbeat ${ago(succeededAt, now)}`
                    : 'has recorded no heartbeat yet'}
                  {failedAt && `; failed last ${ago(failedAt, now)}`}
                </>
              )}
            </Checked>
          </dd>
          <dt>Work queue</dt>
          <dd>
            <Checked check={health.workQueue}>
              {(count) => `${count} ${count === 1 ? 'message waits' : 'messages wait'} for an engine`}
            </Checked>
          </dd>
          <dt>Metrics</dt>
          <dd>
            <Checked check={health.dashboard}>
              {(url) => (
                <a href={url} target="_blank" rel="noreferrer">
                  CloudWatch dashboard
                </a>
              )}
            </Checked>
          </dd>
        </dl>
      </div>
      {redrive && <RedriveDialog source={redrive} onClose={() => setRedrive(undefined)} onDone={again} />}
    </section>
  );
}

function Alarms({ alarms, now }: { alarms: readonly AlarmLine[]; now: number }) {
  if (alarms.length === 0) return <>none</>;
  return (
    <ul class="items">
      {alarms.map(({ name, description, since }) => (
        <li key={name}>
          <strong>
            ! <Text of={name} />
          </strong>{' '}
          {since && <span class="note">since {ago(since, now).replace(' ago', '')}</span>}{' '}
          <Text of={description} />
        </li>
      ))}
    </ul>
  );
}

function Checked<T>({ check, children }: { check: Check<T>; children: (value: T) => ComponentChildren }) {
  switch (check.state) {
    case 'read':
      return <>{children(check.value)}</>;
    case 'reading':
      return <span class="note">reading …</span>;
    default:
      return (
        <span class="note" title={check.message}>
          {check.state === 'notPermitted' ? 'not permitted' : 'not known'}
          <span class="hidden">
            : <Text of={check.message} />
          </span>
        </span>
      );
  }
}
