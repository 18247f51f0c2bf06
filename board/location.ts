/** The address line holds what is shown: the filters, and the stack that is open. */
import { useEffect, useState } from 'preact/hooks';

export interface Shown {
  readonly q?: string;
  readonly show?: string;
  readonly page?: string;
  readonly failed?: string;
  readonly stack?: string;
  readonly operation?: string;
}

const NAMES = ['q', 'show', 'page', 'failed', 'stack', 'operation'] as const;

function shownNow(): Shown {
  const query = new URLSearchParams(location.search);
  return Object.fromEntries(
    NAMES.flatMap((name) => {
      const value = query.get(name);
      return value ? [[name, value]] : [];
    }),
  );
}

export function addressOf(shown: Shown): string {
  const query = new URLSearchParams();
  for (const name of NAMES) if (shown[name]) query.set(name, shown[name]);
  const text = query.toString();
  return text === '' ? '/' : `/?${text}`;
}

const listeners = new Set<() => void>();
window.addEventListener('popstate', () => {
  for (const listener of listeners) listener();
});

export function go(shown: Shown, { replace = false } = {}): void {
  const address = addressOf(shown);
  if (address === location.pathname + location.search) return;
  history[replace ? 'replaceState' : 'pushState'](null, '', address);
  for (const listener of listeners) listener();
}

/** The id of what is to have the focus when it is drawn. */
let wanted: string | undefined;

export function focusOn(id: string): void {
  wanted = id;
  if (document.getElementById(id) !== null) giveFocus();
}

/** To be called when a page was drawn: what is not on it does not get the focus later. */
export function giveFocus(): void {
  if (wanted !== undefined) document.getElementById(wanted)?.focus();
  wanted = undefined;
}

export function useShown(): Shown {
  const [shown, setShown] = useState(shownNow);
  useEffect(() => {
    const listener = () => setShown(shownNow());
    listeners.add(listener);
    return () => {
      listeners.delete(listener);
    };
  }, []);
  return shown;
}
