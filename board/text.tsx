/** Times, and text of others. */
import type { ComponentChildren } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import { elapsed } from '../cli/history/axis.ts';
import { printable } from '../cli/terminal/printable.ts';
import { addressOf, focusOn, go, type Shown } from './location.ts';

/** Text of others: what is invisible in it can be seen, and it does not reorder what is beside it. */
export const Text = ({ of }: { of: string }) => <bdi class="text">{printable(of)}</bdi>;

/** Why something was not done; text of others. */
export const Problem = ({ of }: { of: string }) => (
  <p class="problem" role="alert">
    <Text of={of} />
  </p>
);

/** The time, each second. */
export function useNow(): number {
  const [now, setNow] = useState(Date.now);
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), 1000);
    return () => clearInterval(timer);
  }, []);
  return now;
}

/** `3h 12m`: the two largest units. */
export function roughly(milliseconds: number): string {
  const whole = Math.floor(Math.abs(milliseconds) / 1000) * 1000;
  return elapsed(whole).split(' ').slice(0, 2).join(' ');
}

export const ago = (at: string, now: number): string => `${roughly(now - Date.parse(at))} ago`;

export function untilDeadline(deadline: string, now: number): string {
  const left = Date.parse(deadline) - now;
  return left >= 0 ? `in ${roughly(left)}` : `overdue by ${roughly(left)}`;
}

/** `1 stack`, `2 stacks`; `more`: of those that were not read. */
export const counted = (count: number, noun: string, more = false): string =>
  `${count}${more ? ' of more' : ''} ${noun}${count === 1 ? '' : 's'}`;

/** A point in time, in the time zone of the browser; the exact one when it is pointed at. */
export function Time({ at }: { at: string | number }) {
  const exact = new Date(at).toISOString();
  return (
    <time dateTime={exact} title={exact}>
      {clock(at)}
    </time>
  );
}

export function clock(at: string | number): string {
  const date = new Date(at);
  const isToday = date.toDateString() === new Date().toDateString();
  const time = date.toLocaleTimeString('en-GB');
  return isToday ? time : `${date.toLocaleDateString('en-CA')} ${time}`;
}

/** A page that shows more of them at once becomes slow. */
const FIRST_ROWS = 100;

/** The first of many, and the button that shows the others. */
export function useFirst<T>(items: readonly T[]): readonly [readonly T[], ComponentChildren] {
  const [all, setAll] = useState(false);
  if (all || items.length <= FIRST_ROWS) return [items, null];
  const more = (
    <button type="button" onClick={() => setAll(true)}>
      Show all {items.length}
    </button>
  );
  return [items.slice(0, FIRST_ROWS), more];
}

/** A link within the board. `focus`: the id of what then has the focus. */
export function Link({
  to,
  focus,
  children,
  ...more
}: {
  to: Shown;
  focus?: string;
  children: ComponentChildren;
  class?: string;
  id?: string;
  'aria-current'?: 'true';
}) {
  return (
    <a
      href={addressOf(to)}
      onClick={(event) => {
        if (event.metaKey || event.ctrlKey || event.shiftKey || event.button !== 0) return;
        event.preventDefault();
        go(to);
        if (focus) focusOn(focus);
      }}
      {...more}
    >
      {children}
    </a>
  );
}

const MARKS = { COMPLETE: '✓', FAILED: '✗', IN_PROGRESS: '●' } as const;

export const Status = ({ action, status }: { action: string; status: keyof typeof MARKS }) => (
  <span class={`status ${status.toLowerCase()}`}>
    <span aria-hidden="true">{MARKS[status]} </span>
    {action}_{status}
  </span>
);

const announcements = new Set<(text: string) => void>();

/** Says it to a screen reader. */
export function announce(text: string): void {
  for (const say of announcements) say(text);
}

export function Announcer() {
  const [text, setText] = useState('');
  useEffect(() => {
    announcements.add(setText);
    return () => {
      announcements.delete(setText);
    };
  }, []);
  return (
    <p class="hidden" role="status" aria-live="polite">
      {text}
    </p>
  );
}

/**
 * Holds what may be wider than the screen, and says so. It takes the focus, so that keys scroll it.
 */
export function Scroll({ label, children }: { label: string; children: ComponentChildren }) {
  const ref = useRef<HTMLElement>(null);
  const [isWider, setIsWider] = useState(false);
  useEffect(() => {
    const { scrollWidth = 0, clientWidth = 0 } = ref.current ?? {};
    setIsWider(scrollWidth > clientWidth);
  });
  return (
    <>
      {isWider && <p class="note">Scroll sideways for more →</p>}
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: WCAG 2.1.1, a scrollable region needs the focus. */}
      <section ref={ref} class="scroll" aria-label={label} tabIndex={0}>
        {children}
      </section>
    </>
  );
}

/** JSON as text. */
export const Json = ({ label, text }: { label: string; text: string }) => (
  <Scroll label={label}>
    <pre class="json">
      <bdi>{text}</bdi>
    </pre>
  </Scroll>
);

interface Column<T> {
  readonly name: string;
  readonly cell: (row: T) => ComponentChildren;
  readonly class?: (row: T) => string;
}

/** The first column names the row. On a narrow screen each row is a card, with a line for each cell. */
export function Table<T>(props: {
  label: string;
  caption: string;
  rows: readonly T[];
  keyOf: (row: T) => string;
  columns: readonly [Column<T>, ...Column<T>[]];
}) {
  const [first, ...others] = props.columns;
  return (
    <Scroll label={props.label}>
      <table class="cards">
        <caption>{props.caption}</caption>
        <thead>
          <tr>
            {props.columns.map(({ name }) => (
              <th key={name} scope="col">
                {name}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {props.rows.map((row) => (
            <tr key={props.keyOf(row)}>
              <th scope="row">{first.cell(row)}</th>
              {others.map((column) => (
                <td key={column.name} data-name={column.name} class={column.class?.(row)}>
                  {column.cell(row)}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </Scroll>
  );
}
