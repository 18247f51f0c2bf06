/** The board in the browser. */
import { render } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import type { Overview, StackView } from '../cli/board/view.ts';
import { type Polled, takeToken, usePoll } from './api.ts';
import { HelpDialog } from './dialogs.tsx';
import { focusOn, go, useShown } from './location.ts';
import { OverviewPage } from './overview.tsx';
import { StackPage } from './stack.tsx';
import { Announcer, announce, clock, Link, Problem, Text, useNow } from './text.tsx';

function Board() {
  const shown = useShown();
  const [help, setHelp] = useState(false);
  useKeys(() => setHelp(true));
  return (
    <>
      <a class="skip" href="#content">
        Skip to the content
      </a>
      <header>
        <Link to={{}} class="home">
          stack-timeouts
        </Link>
        <span class="note">Times in {zone()}</span>
        <button type="button" onClick={() => setHelp(true)}>
          Keys <kbd>?</kbd>
        </button>
      </header>
      <main id="content">
        {shown.stack === undefined ? <Stacks /> : <OneStack key={shown.stack} stackId={shown.stack} />}
      </main>
      <Announcer />
      {help && <HelpDialog onClose={() => setHelp(false)} />}
    </>
  );
}

function Stacks() {
  const shown = useShown();
  const now = useNow();
  const query = new URLSearchParams();
  if (shown.q) query.set('search', shown.q);
  if (shown.show) query.set('show', shown.show);
  if (shown.page) query.set('page', shown.page);
  if (shown.failed) query.set('failed', shown.failed);
  const { again, ...polled } = usePoll<Overview>(`/api/overview?${query}`, isPartial);
  const { data, stale } = polled;
  useEffect(() => {
    const overdue = data?.numbers.overdue ?? 0;
    document.title = `${overdue > 0 ? `(${overdue} overdue) ` : ''}stack-timeouts board`;
  }, [data?.numbers.overdue]);
  return (
    <>
      <Connection polled={polled} />
      {data && <OverviewPage data={data} shown={shown} stale={stale} now={now} again={again} />}
    </>
  );
}

const isPartial = ({ complete, inProgress, health }: Overview): boolean =>
  !complete || inProgress.items.some(({ work }) => work === undefined) || health.alarms.state === 'reading';

function OneStack({ stackId }: { stackId: string }) {
  const shown = useShown();
  const now = useNow();
  const query = new URLSearchParams({ stack: stackId });
  if (shown.operation) query.set('operation', shown.operation);
  const { again, ...polled } = usePoll<StackView>(`/api/stack?${query}`, () => false);
  const { data, problem } = polled;
  useEffect(() => {
    document.title = `${stackId} - stack-timeouts board`;
  }, [stackId]);
  if (problem && problem.status < 500 && problem.status !== 401)
    return (
      <>
        <p>
          <Link to={{}}>← All stacks</Link>
        </p>
        <h1>
          <Text of={stackId} />
        </h1>
        <Problem of={problem.message} />
      </>
    );
  return (
    <>
      <Connection polled={polled} />
      {data && <StackPage data={data} now={now} again={again} />}
    </>
  );
}

/** What is shown may be old: says so, and why. */
function Connection({ polled: { data, lost, problem } }: { polled: Polled<Overview | StackView> }) {
  const failure = data?.failure;
  const state = lost ? 'lost' : problem ? 'refused' : failure ? 'failing' : data ? 'well' : 'first';
  const [before, setBefore] = useState(state);
  useEffect(() => {
    if (state === 'well' && ['lost', 'failing'].includes(before)) announce('Connected again.');
    setBefore(state);
  }, [state]);
  switch (state) {
    case 'lost':
      return (
        <p class="banner" role="alert">
          ⚠ Connection lost, trying again. Is <code>stack-timeouts board</code> still running?
        </p>
      );
    case 'refused':
      return (
        <p class="banner" role="alert">
          ⚠ <Text of={problem?.message ?? ''} />
        </p>
      );
    case 'failing':
      return (
        <p class="banner" role="alert">
          ⚠ The service does not answer, trying again. What you see is of {clock(failure?.since ?? '')}.{' '}
          <Text of={failure?.message ?? ''} />
        </p>
      );
    case 'first':
      return <p role="status">Reading …</p>;
    default:
      return null;
  }
}

/** The time zone of all times that are shown. */
function zone(): string {
  const { timeZone } = Intl.DateTimeFormat().resolvedOptions();
  const parts = new Intl.DateTimeFormat('en', { timeZoneName: 'shortOffset' }).formatToParts();
  const offset = parts.find(({ type }) => type === 'timeZoneName')?.value.replace('GMT', 'UTC');
  return timeZone === 'UTC' ? timeZone : `${timeZone}, ${offset}`;
}

/** What a key leads to. */
const JUMPS = { '/': 'search', f: 'failed', h: 'health' } as const;

function useKeys(help: () => void): void {
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      if (event.ctrlKey || event.metaKey || event.altKey || document.querySelector('dialog[open]')) return;
      const isTyping = event.target instanceof HTMLInputElement;
      if (event.key === 'Escape') return onEscape(event, isTyping);
      if (isTyping) return;
      if (event.key === '?') help();
      else if (event.key in JUMPS) jump(JUMPS[event.key as keyof typeof JUMPS]);
      else if (event.key === 'j') move(1);
      else if (event.key === 'k') move(-1);
      else return;
      event.preventDefault();
    };
    document.addEventListener('keydown', onKey);
    return () => document.removeEventListener('keydown', onKey);
  }, []);
}

function onEscape(event: KeyboardEvent, isTyping: boolean): void {
  if (isTyping) (event.target as HTMLInputElement).blur();
  else if (new URLSearchParams(location.search).has('stack')) {
    const stack = new URLSearchParams(location.search).get('stack');
    go({});
    // The stack that was open is where the reader goes on.
    focusOn(`open ${stack}`);
  }
}

/** To a part of the first screen, by its id. */
function jump(id: string): void {
  if (document.getElementById(id) === null) go({});
  focusOn(id);
}

/** To the next or the previous stack of the lists, from what has the focus. */
function move(step: 1 | -1): void {
  const links = [...document.querySelectorAll<HTMLAnchorElement>('a.stack')];
  const here = document.activeElement ?? document.body;
  const lies = (where: number) => (link: Node) => (here.compareDocumentPosition(link) & where) !== 0;
  const next =
    step === 1
      ? links.find(lies(Node.DOCUMENT_POSITION_FOLLOWING))
      : links.findLast(lies(Node.DOCUMENT_POSITION_PRECEDING));
  next?.focus();
}

takeToken();
render(<Board />, document.getElementById('board') as HTMLElement);
