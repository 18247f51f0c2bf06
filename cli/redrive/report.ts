/** What a redrive tells, to the terminal and to the board. */

/** Where dead letters are, by the name that `redrive --queue` knows them by. */
export const SOURCE_NAMES = ['timers', 'schedules', 'work', 'work-rule', 'stream'] as const;
export type Source = (typeof SOURCE_NAMES)[number];

export interface Item {
  readonly id: string;
  /** Describes the message, or what is wrong with it. */
  readonly about: string;
  /** Of a malformed message: enough of its body to recognize it. Text of others. */
  readonly body?: string;
}

export interface Report {
  readonly source: string;
  /** In a dry run: what would be sent. */
  readonly sent: Item[];
  /** Left where they are, or deleted with `deleteMalformed`. */
  readonly malformed: Item[];
  /** Left where they are, for the next redrive. */
  readonly failed: Item[];
  /** Why the redrive stopped early. */
  error?: string;
}

export const emptyReport = (source: string): Report => ({ source, sent: [], malformed: [], failed: [] });
