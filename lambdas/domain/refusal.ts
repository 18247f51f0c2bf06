/** Why a command is refused: an outcome, not an exception. */
import type { ErrorCode } from '../../contract/index.ts';

export interface Refused<Row> {
  readonly kind: 'refuse';
  readonly code: ErrorCode;
  readonly message: string;
  /** The row that the request met. */
  readonly current?: Row;
  readonly save?: never;
}

export function refuse<Row>(code: ErrorCode, message: string, current?: Row): Refused<Row> {
  return { kind: 'refuse', code, message, ...(current !== undefined && { current }) };
}
