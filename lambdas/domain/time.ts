/** A moment in milliseconds since the epoch, UTC: what rows store and decisions compare. */
export type Instant = number;

/** A duration in milliseconds. */
export type Milliseconds = number;

export const SECOND: Milliseconds = 1000;
export const YEAR: Milliseconds = 365 * 86_400 * SECOND;

/** Not before the moment: DynamoDB's TTL counts in seconds. */
export const wholeSecond = (instant: Instant): Instant => Math.ceil(instant / SECOND) * SECOND;

/** The wire form of a moment: ISO-8601, UTC, milliseconds. */
export const toIso = (instant: Instant): string => new Date(instant).toISOString();
