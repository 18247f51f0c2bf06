/** Reads the operations of a replay: JSON Lines, one StartOperation request a line. */
import { MAX_TIMEOUT_SECONDS, parseRequest, type RequestOf } from '../contract/index.ts';

export interface ReplayOperation {
  readonly request: RequestOf<'StartOperation'>;
  /** It is reported as completed after this. */
  readonly completeAfterSeconds?: number;
}

export type ParsedInput =
  | { readonly ok: true; readonly operations: readonly ReplayOperation[] }
  /** Every line that is wrong, each with its number. */
  | { readonly ok: false; readonly problems: readonly string[] };

export function parseInput(text: string): ParsedInput {
  const operations: ReplayOperation[] = [];
  const problems: string[] = [];
  const lineOfStack = new Map<string, number>();
  for (const [index, line] of text.split('\n').entries()) {
    if (line.trim() === '') continue;
    const number = index + 1;
    const parsed = parseLine(line);
    if (typeof parsed === 'string') {
      problems.push(`line ${number}: ${parsed}`);
      continue;
    }
    const { stackId } = parsed.request;
    const earlier = lineOfStack.get(stackId);
    if (earlier !== undefined) {
      problems.push(
        `line ${number}: stackId ${stackId} is on line ${earlier} too; all operations start at once, and a stack has one at a time`,
      );
    }
    lineOfStack.set(stackId, earlier ?? number);
    operations.push(parsed);
  }
  if (operations.length === 0 && problems.length === 0) problems.push('there is no operation in it');
  return problems.length > 0 ? { ok: false, problems } : { ok: true, operations };
}

/** One line, or what is wrong with it. */
function parseLine(line: string): ReplayOperation | string {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch (error) {
    return `is not JSON: ${(error as Error).message}`;
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return 'must be a JSON object';
  const { completeAfterSeconds, ...fields } = value as Record<string, unknown>;
  if (completeAfterSeconds !== undefined && !isDelay(completeAfterSeconds)) {
    return `completeAfterSeconds must be a whole number of seconds from 0 to ${MAX_TIMEOUT_SECONDS}`;
  }
  const parsed = parseRequest({ command: 'StartOperation', ...fields });
  if (!parsed.ok) return parsed.message;
  if (parsed.value.command !== 'StartOperation') return 'command must be StartOperation, or left out';
  return { request: parsed.value, ...(completeAfterSeconds !== undefined && { completeAfterSeconds }) };
}

const isDelay = (value: unknown): value is number =>
  Number.isInteger(value) && (value as number) >= 0 && (value as number) <= MAX_TIMEOUT_SECONDS;
