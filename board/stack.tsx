/** A stack: its operation, timeline, resource actions and attempts, history, earlier operations. */
import { useEffect, useRef, useState } from 'preact/hooks';
import type { OperationLine, OperationsView, StackView } from '../cli/board/view.ts';
import { elapsed } from '../cli/history/axis.ts';
import { type Timeline, timelineOf } from '../cli/history/timeline.ts';
import { attemptDetails, whatHappened } from '../cli/history/words.ts';
import { causeText, failuresFirst, isCancelled, nextDeadline, stackCauseText } from '../cli/rows.ts';
import { jsonText } from '../cli/terminal/printable.ts';
import type { HistoryEntry, ResourceAction } from '../contract/index.ts';
import { get } from './api.ts';
import { CancelDialog, ExtendDialog } from './dialogs.tsx';
import {
  ago,
  announce,
  clock,
  counted,
  Json,
  Link,
  Problem,
  Status,
  Table,
  Text,
  Time,
  untilDeadline,
  useFirst,
} from './text.tsx';
import { lookOf, TimelineView } from './timeline.tsx';

interface Props {
  readonly data: StackView;
  readonly now: number;
  readonly again: () => void;
}

export function StackPage({ data, now, again }: Props) {
  const { stack, resources, history, operationId, denied } = data;
  const isCurrent = operationId === stack.operationId;
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => heading.current?.focus(), [stack.stackId, operationId]);
  useEffect(() => announce(`${stack.action}_${stack.status}`), [stack.status]);
  const timeline = timelineOf(history, { now, operationId, ...(isCurrent && { stack, resources }) });
  return (
    <article>
      <p>
        <Link to={{}}>← All stacks</Link>
      </p>
      <h1 ref={heading} tabIndex={-1}>
        <Text of={stack.stackId} />
      </h1>
      {isCurrent ? (
        <CurrentOperation data={data} now={now} again={again} />
      ) : (
        <EarlierOperation stackId={stack.stackId} operationId={operationId} timeline={timeline} />
      )}
      {isCurrent && denied.operations && (
        <p class="note">
          <Text of={denied.operations} />
        </p>
      )}
      {data.historyFailure && (
        <p class="problem">
          The history could not be read: <Text of={data.historyFailure} />
        </p>
      )}
      {timeline && <TimelineView timeline={timeline} />}
      {isCurrent && <Resources resources={resources} more={data.moreResources} now={now} />}
      {timeline && <Attempts timeline={timeline} />}
      {history.length > 0 && <History history={history} more={data.moreHistory} />}
      <Operations key={stack.stackId} stackId={stack.stackId} shownId={operationId} />
    </article>
  );
}

const LIVE = 'IN_PROGRESS';

function CurrentOperation({ data: { stack, resources, denied }, now, again }: Props) {
  const [open, setOpen] = useState<'cancel' | 'extend'>();
  const live = resources.filter(({ status }) => status === LIVE).length;
  const onClose = () => setOpen(undefined);
  const { endedAt, parent, metadata, cause } = stack;
  return (
    <section aria-label="Operation">
      <p class="big">
        <Status {...stack} />
      </p>
      <dl class="facts">
        <dt>Operation</dt>
        <dd>
          <Text of={stack.operationId} />
        </dd>
        <dt>Reason</dt>
        <dd>
          <Text of={stack.statusReason} />
        </dd>
        {cause && (
          <>
            <dt>Cause</dt>
            <dd>{stackCauseText(stack)}</dd>
          </>
        )}
        <dt>Started</dt>
        <dd>
          <Time at={stack.startedAt} />, {ago(stack.startedAt, now)}
        </dd>
        <dt>Deadline</dt>
        <dd>
          <Time at={stack.deadline} />
          {stack.status === LIVE && `, ${untilDeadline(stack.deadline, now)}`}
        </dd>
        {endedAt && (
          <>
            <dt>Ended</dt>
            <dd>
              <Time at={endedAt} />, {ago(endedAt, now)}
            </dd>
          </>
        )}
        {parent && (
          <>
            <dt>Parent</dt>
            <dd>
              <Link to={{ stack: parent.stackId }}>
                <Text of={parent.stackId} />
              </Link>
            </dd>
          </>
        )}
      </dl>
      {metadata && (
        <details>
          <summary>Metadata</summary>
          <Json label="Metadata" text={jsonText(metadata, 2)} />
        </details>
      )}
      {stack.status === LIVE && denied.operations === undefined && (
        <p class="buttons">
          <button type="button" onClick={() => setOpen('extend')}>
            Move the deadline …
          </button>
          <button type="button" onClick={() => setOpen('cancel')}>
            Cancel the operation …
          </button>
        </p>
      )}
      {open === 'cancel' && <CancelDialog stack={stack} live={live} onClose={onClose} onDone={again} />}
      {open === 'extend' && <ExtendDialog stack={stack} onClose={onClose} onDone={again} />}
    </section>
  );
}

function EarlierOperation(props: { stackId: string; operationId: string; timeline: Timeline | undefined }) {
  const operation = props.timeline?.operation;
  return (
    <section aria-label="Operation">
      <p>
        An earlier operation. <Link to={{ stack: props.stackId }}>Show the current one</Link>
      </p>
      {operation?.action && (
        <p class="big">
          <Status action={operation.action} status={operation.end?.status ?? LIVE} />
        </p>
      )}
      <dl class="facts">
        <dt>Operation</dt>
        <dd>
          <Text of={props.operationId} />
        </dd>
        {operation?.end && (
          <>
            <dt>Reason</dt>
            <dd>
              <Text of={operation.end.reason} />
            </dd>
            <dt>Ended</dt>
            <dd>
              <Time at={operation.end.at} />
            </dd>
          </>
        )}
      </dl>
    </section>
  );
}

function Resources(props: { resources: readonly ResourceAction[]; more: boolean; now: number }) {
  const { resources, more, now } = props;
  const [first, others] = useFirst(failuresFirst(resources));
  if (resources.length === 0)
    return (
      <section>
        <h2>Resource actions</h2>
        <p>None. Engines dispatch them with DispatchResource.</p>
      </section>
    );
  return (
    <section>
      <h2>Resource actions</h2>
      <Table
        label="Resource actions"
        caption={`${counted(resources.length, 'resource action', more)}, failures first`}
        rows={first}
        keyOf={({ resource }) => resource}
        columns={[
          {
            name: 'Resource',
            cell: ({ resource, resourceType }) => (
              <>
                <Text of={resource} />
                {resourceType && (
                  <span class="note">
                    <Text of={resourceType} />
                  </span>
                )}
              </>
            ),
          },
          {
            name: 'Status',
            cell: (one) => (
              <>
                {isCancelled(one) ? <span class="status">⊘ CANCELLED</span> : <Status {...one} />}
                {one.phase && (
                  <span class="note">
                    {one.phase}
                    {one.phaseStartedAt && `, since ${ago(one.phaseStartedAt, now).replace(' ago', '')}`}
                  </span>
                )}
              </>
            ),
          },
          { name: 'Attempt', cell: ({ attempt, maxAttempts }) => `${attempt} of ${maxAttempts}` },
          {
            name: 'Engine',
            cell: ({ engineId, lastHeartbeatAt }) => (
              <>
                <Engine id={engineId} />
                {lastHeartbeatAt && (
                  <span class="note">
                    last heard <Time at={lastHeartbeatAt} />, {ago(lastHeartbeatAt, now)}
                  </span>
                )}
              </>
            ),
          },
          { name: 'Next deadline', cell: (one) => <NextDeadline one={one} now={now} /> },
          { name: 'Reason', cell: (one) => <Reason one={one} /> },
          { name: 'Input, output', cell: (one) => <Payload one={one} /> },
        ]}
      />
      {others}
    </section>
  );
}

const Engine = ({ id }: { id: string | undefined }) => (id === undefined ? <>–</> : <Text of={id} />);

function NextDeadline({ one, now }: { one: ResourceAction; now: number }) {
  const next = one.status === LIVE ? nextDeadline(one) : undefined;
  if (next === undefined) return <>–</>;
  return (
    <>
      {next.name} {untilDeadline(next.time, now)}
      {one.heartbeatDeadline && next.name !== 'heartbeat' && (
        <span class="note">heartbeat {untilDeadline(one.heartbeatDeadline, now)}</span>
      )}
    </>
  );
}

function Reason({ one }: { one: ResourceAction }) {
  const { lastFailure } = one;
  return (
    <>
      <Text of={one.statusReason} />
      {one.cause && <span class="note">{causeText(one)}</span>}
      {lastFailure && (
        <span class="note">
          attempt {lastFailure.attempt}, <Text of={lastFailure.engineId} />: {lastFailure.cause},{' '}
          <Text of={lastFailure.reason} />
        </span>
      )}
    </>
  );
}

/** Read only when it is asked for: it may be large, and it is not for every eye. */
function Payload({ one: { stackId, resource, operationId, status } }: { one: ResourceAction }) {
  const [shown, setShown] = useState<string>();
  const [busy, setBusy] = useState(false);
  // Only its end changes what there is to show.
  useEffect(() => setShown(undefined), [operationId, status]);
  async function read(): Promise<void> {
    setBusy(true);
    try {
      const payload = await get<{ input?: unknown; output?: unknown }>(
        `/api/payload?${new URLSearchParams({ stack: stackId, resource })}`,
      );
      const parts = (['input', 'output'] as const).map((name) =>
        payload[name] === undefined ? `no ${name}` : `${name}: ${jsonText(payload[name], 2)}`,
      );
      setShown(parts.join('\n'));
    } catch (error) {
      setShown(error instanceof Error ? error.message : String(error));
    }
    setBusy(false);
  }
  if (shown !== undefined) return <Json label={`Input and output of ${resource}`} text={shown} />;
  return (
    <button type="button" disabled={busy} onClick={read} aria-label={`Show input and output of ${resource}`}>
      {busy ? 'Reading …' : 'Show'}
    </button>
  );
}

function Attempts({ timeline }: { timeline: Timeline }) {
  const attempts = timeline.lanes
    .flatMap(({ resource, segments }) =>
      segments.flatMap((one) => (one.kind === 'attempt' ? [{ resource, ...one }] : [])),
    )
    .toSorted((a, b) => b.from - a.from);
  const [first, others] = useFirst(attempts);
  if (attempts.length === 0) return null;
  return (
    <section>
      <h2>Attempts</h2>
      <Table
        label="Attempts"
        caption={`${counted(attempts.length, 'attempt')} by ${counted(timeline.engines.length, 'engine')}`}
        rows={first}
        keyOf={({ resource, attempt, from }) => `${resource} ${attempt} ${from}`}
        columns={[
          { name: 'Resource', cell: ({ resource }) => <Text of={resource} /> },
          { name: 'Attempt', cell: ({ attempt }) => attempt },
          { name: 'Engine', cell: ({ engineId }) => <Engine id={engineId} /> },
          { name: 'Began', cell: ({ from }) => <Time at={from} /> },
          {
            name: 'Ended',
            cell: ({ from, until, open }) => (
              <>
                {open ? '–' : <Time at={until} />}
                <span class="note">after {elapsed(Math.round((until - from) / 100) * 100)}</span>
              </>
            ),
          },
          {
            name: 'Outcome',
            cell: (attempt) => (
              <>
                {lookOf(attempt.outcome).unicode} {lookOf(attempt.outcome).meaning}
                <span class="note">{attemptDetails(attempt, clock)}</span>
              </>
            ),
          },
          { name: 'Reason', cell: ({ outcome }) => 'reason' in outcome && <Text of={outcome.reason} /> },
        ]}
      />
      {others}
    </section>
  );
}

function History({ history, more }: { history: readonly HistoryEntry[]; more: boolean }) {
  const [first, others] = useFirst(history);
  return (
    <section>
      <h2>History</h2>
      <Table
        label="History"
        caption={`${counted(history.length, 'change', more)}, newest first`}
        rows={first}
        keyOf={({ resource = '', version, transition }) => `${resource} ${version} ${transition}`}
        columns={[
          { name: 'At', cell: ({ at }) => <Time at={at} /> },
          {
            name: 'Resource',
            cell: ({ resource }) => (resource === undefined ? '(operation)' : <Text of={resource} />),
          },
          {
            name: 'What happened',
            cell: (entry) => (
              <>
                <Text of={whatHappened(entry)} />
                {entry.cause && <span class="note">{causeText(entry)}</span>}
              </>
            ),
          },
          { name: 'Attempt', cell: ({ attempt }) => attempt ?? '–' },
          { name: 'Engine', cell: ({ engineId }) => <Engine id={engineId} /> },
          { name: 'Reason', cell: ({ statusReason }) => <Text of={statusReason} /> },
        ]}
      />
      {others}
    </section>
  );
}

/** Read on demand: that means to go through the whole history of the stack. */
function Operations({ stackId, shownId }: { stackId: string; shownId: string }) {
  const [found, setFound] = useState<OperationsView>();
  const [problem, setProblem] = useState<string>();
  async function read(): Promise<void> {
    setProblem(undefined);
    try {
      const from = found?.nextToken;
      const next = await get<OperationsView>(
        `/api/operations?${new URLSearchParams({ stack: stackId, ...(from && { from }) })}`,
      );
      setFound({ ...next, operations: merged(found?.operations ?? [], next.operations) });
    } catch (error) {
      setProblem(error instanceof Error ? error.message : String(error));
    }
  }
  return (
    <section>
      <h2>Operations of this stack</h2>
      {problem && <Problem of={problem} />}
      {found && (
        <Table
          label="Operations of this stack"
          caption={`${counted(found.operations.length, 'operation')}, newest first`}
          rows={found.operations}
          keyOf={({ operationId }) => operationId}
          columns={[
            {
              name: 'Operation',
              cell: ({ operationId }) =>
                operationId === shownId ? (
                  <Text of={operationId} />
                ) : (
                  <Link to={{ stack: stackId, operation: operationId }}>
                    <Text of={operationId} />
                  </Link>
                ),
            },
            {
              name: 'Status',
              cell: ({ action, status }) => action && status && <Status action={action} status={status} />,
            },
            { name: 'Started', cell: ({ startedAt }) => startedAt && <Time at={startedAt} /> },
            { name: 'Ended', cell: ({ endedAt }) => endedAt && <Time at={endedAt} /> },
            { name: 'Reason', cell: ({ reason }) => reason && <Text of={reason} /> },
          ]}
        />
      )}
      {(found === undefined || found.nextToken !== undefined) && (
        <button type="button" onClick={read}>
          {found ? 'Show earlier ones' : 'Show all operations'}
        </button>
      )}
    </section>
  );
}

/** An operation whose entries are on two pages is told in two parts: the newer one knows its end. */
function merged(known: readonly OperationLine[], more: readonly OperationLine[]): OperationLine[] {
  const all = new Map(known.map((one) => [one.operationId, one]));
  for (const one of more) all.set(one.operationId, { ...one, ...all.get(one.operationId) });
  return [...all.values()];
}
