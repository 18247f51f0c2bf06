/** Durations as people write them: `90s`, `30m`, `2h`, `1d`, `1h30m`; and as they are shown: `1h 02m 03s`. */

const DAY = 86_400;
const HOUR = 3600;
const MINUTE = 60;

/** Largest unit first, each at most once; at most 9 digits, so that every sum is exact. */
const DURATION = /^(?:(\d{1,9})d)?\s*(?:(\d{1,9})h)?\s*(?:(\d{1,9})m)?\s*(?:(\d{1,9})s)?$/;

export const DURATION_HELP = 'a duration: 90s, 30m, 2h, 1d, or combined, largest unit first: 1h30m';

/** The seconds of a duration; undefined if it is none. A number without a unit is none: seconds or minutes? */
export function parseDuration(text: string): number | undefined {
  const parts = DURATION.exec(text.trim());
  if (parts === null || text.trim() === '') return undefined;
  const [days = 0, hours = 0, minutes = 0, seconds = 0] = parts.slice(1).map((part) => Number(part ?? 0));
  return days * DAY + hours * HOUR + minutes * MINUTE + seconds;
}

const twoDigits = (value: number): string => String(value).padStart(2, '0');

/** A whole number of seconds, largest unit first; only the first unit has no leading zero. */
export function formatDuration(seconds: number): string {
  const parts: [number, string][] = [
    [Math.floor(seconds / DAY), 'd'],
    [Math.floor((seconds % DAY) / HOUR), 'h'],
    [Math.floor((seconds % HOUR) / MINUTE), 'm'],
    [seconds % MINUTE, 's'],
  ];
  const first = parts.findIndex(([value]) => value > 0);
  return parts
    .slice(first === -1 ? -1 : first)
    .map(([value, unit], index) => `${index === 0 ? value : twoDigits(value)}${unit}`)
    .join(' ');
}
