import type { ErrorCode, Refusal } from '../contract.ts';
import { type StackRow, toStack } from '../domain/stack.ts';

export function refusal(code: ErrorCode, message: string, current?: StackRow): Refusal {
  return { ok: false, error: { code, message, ...(current && { current: toStack(current) }) } };
}

export const stackAnswer = (row: StackRow) => ({ ok: true as const, stack: toStack(row) });
