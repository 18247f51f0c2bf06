/** Parses durations such as `90s`, `30m`, `2h`, `1d`, `1h30m`, and formats them as `1h 02m 03s`. */

const DAY = 86_400;
const HOUR = 3600;
const MINUTE = 60;

/** Largest unit first, each at most once. At most 9 digits, so that every sum is exact. */
const DURATION = /^(?:(\d{1,9})d)?\s*(?:(\d{1,9})h)?\s*(?:(\d{1,9})m)?\s*(?:(\d{1,9})s)?$/;

export const DURATION_HELP = 'a duration: 90s, 30m, 2h, 1d, or combined, largest unit first: 1h30m';

/**
 * Seconds. Undefined if the text is not a duration; a number without a unit is not, since it is
 * ambiguous.
 */
export function parseDuration(text: string): number | undefined {
  const parts = DURATION.exec(text.trim());
  if (parts === null || text.trim() === '') return undefined;
  const [days = 0, hours = 0, minutes = 0, seconds = 0] = parts.slice(1).map((part) => Number(part ?? 0));
  return days * DAY + hours * HOUR + minutes * MINUTE + seconds;
}

const twoDigits = (value: number): string => String(value).padStart(2, '0');

/** Whole seconds as days, hours, minutes and seconds, each with its letter. */
export const unitsOf = (seconds: number): [value: number, unit: string][] => [
  [Math.floor(seconds / DAY), 'd'],
  [Math.floor((seconds % DAY) / HOUR), 'h'],
  [Math.floor((seconds % HOUR) / MINUTE), 'm'],
  [seconds % MINUTE, 's'],
];

/** Formats whole seconds, largest unit first. Every unit but the first has two digits. */
export function formatDuration(seconds: number): string {
  const parts = unitsOf(seconds);
  const first = parts.findIndex(([value]) => value > 0);
  return parts
    .slice(first === -1 ? -1 : first)
    .map(([value, unit], index) => `${index === 0 ? value : twoDigits(value)}${unit}`)
    .join(' ');
}

/** Without the units that are 0 at its end: `1d`, `1h 02m`. */
export const formatShortly = (seconds: number): string => formatDuration(seconds).replace(/(?: 00.)+$/, '');

/** Whole seconds by their two largest units: `3d 04h`. */
export const formatRoughly = (seconds: number): string =>
  formatDuration(seconds).split(' ').slice(0, 2).join(' ');

/** How late something was: `70ms`, `1.3s`, and from a minute on in whole seconds. */
export function lateBy(milliseconds: number): string {
  if (milliseconds < 1000) return `${Math.max(0, milliseconds)}ms`;
  return milliseconds < 60_000
    ? `${(milliseconds / 1000).toFixed(1)}s`
    : formatShortly(Math.floor(milliseconds / 1000));
}
