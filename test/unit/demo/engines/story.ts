import { entriesOf, type Line } from './entries.ts';

export const START = Date.UTC(2026, 0, 31, 12);

/** A short act two in which everything goes as it should. `network` and `server` are the template. */
export const LINES: readonly Line[] = [
  [0.2, 'A', 'started'],
  [0.9, 'B', 'started'],
  [2, 'create-1', 'CREATE begins'],
  [3, '/walk', 'queued'],
  [4, '/walk', 'claimed by B'],
  [5, 'network', 'queued'],
  [6, 'network', 'claimed by A'],
  [8, 'network', 'COMPLETE'],
  [8.3, 'network', 'published COMPLETE'],
  [9, 'server', 'claimed by A'],
  [12, 'A', 'killed'],
  [13, 'C', 'started'],
  [17.1, 'server', 'noticed'],
  [17.3, 'server', 'queued, attempt 2'],
  [19, 'server', 'claimed by C, attempt 2'],
  [21, 'C', 'stopped'],
  [26, 'server', 'noticed'],
  [27.5, 'server', 'claimed by B, attempt 3'],
  [29, 'C', 'continued'],
  [29.2, 'server', 'C told to stop, attempt 2'],
  [29.3, 'server', 'reported by C: StaleAttempt, attempt 2'],
  [34, 'server', 'COMPLETE, attempt 3'],
  [34.2, 'server', 'published COMPLETE, attempt 3'],
  [36, 'create-1', 'CREATE COMPLETE'],
  [36.1, '/walk', 'CANCELLED'],
  [40, 'delete-1', 'DELETE begins'],
  [41, '/walk', 'claimed by C'],
  [42, 'server', 'claimed by B'],
  [45, 'B', 'killed'],
  [45.1, 'C', 'killed'],
  [50, 'server', 'noticed'],
  [51, '/walk', 'noticed'],
  [55.5, 'delete-1', 'DELETE TIMEOUT'],
  [56.1, 'server', 'CANCELLED, attempt 2'],
  [56.2, '/walk', 'CANCELLED, attempt 2'],
];

export const ENTRIES = entriesOf(START, LINES);
