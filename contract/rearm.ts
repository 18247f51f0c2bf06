/**
 * An operational request to the command function, not a command of the contract: it gives each live
 * row a new timer, and `arm` then gives the timer a new wake-up. For operators whose schedules were
 * lost, or who restored a table.
 */
import * as z from 'zod/mini';
import * as f from './fields.ts';
import { type Parsed, parse } from './parse.ts';

const rearmSchema = z.strictObject({
  rearm: z.literal(true, f.must('true')),
  /**
   * Timers set at this time or later stay as they are: `arm` has given them a wake-up.
   * @default the time of the function: a caller's clock may be behind the one that set the timers
   */
  before: z.optional(f.time),
  /** Counts the rows and changes nothing. */
  dryRun: z.optional(f.flag),
  nextToken: z.optional(f.pageToken),
});
export type RearmRequest = z.infer<typeof rearmSchema>;

/** The answer for one page of rows. */
export interface RearmAnswer {
  readonly ok: true;
  /** Rows that got a new timer; with `dryRun`, rows that would get one. */
  readonly rearmed: number;
  /** Rows that could not be read or written. */
  readonly failed: number;
  /** What the next page is to be asked for with. */
  readonly before: string;
  /** Absent on the last page. */
  readonly nextToken?: string;
}

/** Undefined if the payload is another request. */
export const parseRearm = (payload: unknown): Parsed<RearmRequest> | undefined =>
  f.isObject(payload) && Object.hasOwn(payload, 'rearm') ? parse(rearmSchema, payload) : undefined;
