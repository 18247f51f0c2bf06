/** Asks the board's server, and keeps what is shown up to date. */
import { useEffect, useRef, useState } from 'preact/hooks';
import { type ErrorView, TOKEN_HEADER } from '../cli/board/view.ts';

const POLL_MS = 1000;
/** Until the first round over all stacks is complete. */
const FIRST_POLL_MS = 200;
const STORED = 'token';

/**
 * The token stands behind the # of the address that the command printed. The browser keeps it for
 * this address alone, port included, and it does not stay in the address line.
 */
export function takeToken(): void {
  const token = new URLSearchParams(location.hash.slice(1)).get('token');
  if (token === null) return;
  localStorage.setItem(STORED, token);
  history.replaceState(null, '', location.pathname + location.search);
}

/** The server answered, but not with what was asked for. */
class ServerError extends Error {
  readonly status: number;
  readonly code: string;

  constructor(status: number, { code, message }: ErrorView) {
    super(message);
    this.status = status;
    this.code = code;
  }
}

async function ask(path: string, init: RequestInit = {}): Promise<Response> {
  const headers = { ...init.headers, [TOKEN_HEADER]: localStorage.getItem(STORED) ?? '' };
  const answer = await fetch(path, { ...init, headers, signal: AbortSignal.timeout(60_000) });
  if (answer.ok || answer.status === 304) return answer;
  const problem = (await answer.json().catch(() => undefined)) as ErrorView | undefined;
  throw new ServerError(answer.status, problem ?? { code: 'Unknown', message: answer.statusText });
}

export const get = async <T>(path: string): Promise<T> => (await (await ask(path)).json()) as T;

export async function post<T>(path: string, body: unknown): Promise<T> {
  const init = {
    method: 'POST',
    body: JSON.stringify(body),
    headers: { 'Content-Type': 'application/json' },
  };
  return (await (await ask(path, init)).json()) as T;
}

export interface Polled<T> {
  readonly data?: T;
  /** The server refused. */
  readonly problem?: ServerError;
  /** The server does not answer. */
  readonly lost: boolean;
  /** What is asked for now is not there yet: the data are those of the filter before. */
  readonly stale: boolean;
}

/** Reads again and again, as long as the page can be seen. */
export function usePoll<T>(
  path: string,
  isPartial: (data: T) => boolean,
): Polled<T> & { readonly again: () => void } {
  const [polled, setPolled] = useState<Omit<Polled<T>, 'stale'> & { path: string }>({ path, lost: false });
  const wake = useRef(() => {});
  useEffect(() => {
    let stopped = false;
    let timer = 0;
    let tag = '';
    let data: T | undefined;
    const next = (milliseconds: number) => {
      clearTimeout(timer);
      if (!stopped && !document.hidden) timer = window.setTimeout(poll, milliseconds);
    };
    let running = false;
    async function poll(): Promise<void> {
      if (running) return;
      running = true;
      try {
        const answer = await ask(path, { headers: tag === '' ? {} : { 'If-None-Match': tag } });
        if (stopped) return;
        if (answer.status !== 304) {
          tag = answer.headers.get('ETag') ?? '';
          data = (await answer.json()) as T;
        }
        if (stopped) return;
        setPolled({ path, lost: false, ...(data && { data }) });
      } catch (error) {
        if (stopped) return;
        const known = data && { data };
        setPolled(
          error instanceof ServerError
            ? { path, lost: false, problem: error, ...known }
            : { path, lost: true, ...known },
        );
      } finally {
        running = false;
        next(data !== undefined && isPartial(data) ? FIRST_POLL_MS : POLL_MS);
      }
    }
    const onVisible = () => next(0);
    wake.current = () => next(0);
    document.addEventListener('visibilitychange', onVisible);
    void poll();
    return () => {
      stopped = true;
      clearTimeout(timer);
      document.removeEventListener('visibilitychange', onVisible);
    };
  }, [path]);
  const again = () => wake.current();
  // What belongs to another path is not shown, except while a list is filtered.
  if (!samePage(polled.path, path)) return { lost: false, stale: true, again };
  return { ...polled, stale: polled.path !== path, again };
}

const samePage = (one: string, other: string): boolean =>
  one === other || (one.startsWith('/api/overview') && other.startsWith('/api/overview'));
