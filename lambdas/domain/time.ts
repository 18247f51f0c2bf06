/** A moment in milliseconds since the epoch, UTC: what rows store and decisions compare. */
export type Instant = number;

/** A duration in milliseconds. */
export type Milliseconds = number;

export const SECOND: Milliseconds = 1000;

/** The wire form of a moment: ISO-8601, UTC, milliseconds. */
export const toIso = (instant: Instant): string => new Date(instant).toISOString();
