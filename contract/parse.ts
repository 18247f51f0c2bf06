/**
 * Parses what comes from outside. A violation comes back as a sentence that names the field and
 * what is allowed.
 */
import type * as z from 'zod/mini';
import { isObject } from './fields.ts';
import { type ResourceActionStatusChange, type WakeUp, wakeUpSchema, workMessageSchema } from './messages.ts';
import { COMMANDS, contradiction, type Request, requestSchema, requests } from './requests.ts';

export type Parsed<T> = { ok: true; value: T } | { ok: false; message: string };

/** The first violation of a schema as one sentence that names the field. */
function explain(error: z.core.$ZodError): string {
  const issue = error.issues[0];
  if (issue === undefined) return 'invalid';
  if (issue.code === 'unrecognized_keys') {
    return `${[...issue.path, ...issue.keys.slice(0, 1)].join('.')} is not a known field`;
  }
  return `${issue.path.join('.') || 'the body'} ${issue.message}`;
}

export function parse<T>(schema: z.ZodMiniType<T>, value: unknown): Parsed<T> {
  const parsed = schema.safeParse(value);
  return parsed.success ? { ok: true, value: parsed.data } : { ok: false, message: explain(parsed.error) };
}

/** Parses a request to the command function. */
export function parseRequest(value: unknown): Parsed<Request> {
  if (!isObject(value)) {
    return { ok: false, message: 'the request must be a JSON object with a field "command"' };
  }
  const { command } = value;
  if (typeof command !== 'string' || !Object.hasOwn(requests, command)) {
    return { ok: false, message: `command must be one of ${COMMANDS.join(', ')}` };
  }
  const parsed = parse(requestSchema, value);
  const contradicted = parsed.ok ? contradiction(parsed.value) : undefined;
  return contradicted === undefined ? parsed : { ok: false, message: contradicted };
}

function parseBody<T>(schema: z.ZodMiniType<T>, body: string): Parsed<T> {
  let value: unknown;
  try {
    value = JSON.parse(body);
  } catch {
    return { ok: false, message: 'the body must be JSON' };
  }
  return parse(schema, value);
}

/** Parses the body of a message on the timer queue. */
export const parseWakeUp = (body: string): Parsed<WakeUp> => parseBody(wakeUpSchema, body);

/** Parses the body of a message on the work queue: the work that it offers. */
export function parseWork(body: string): Parsed<ResourceActionStatusChange> {
  const parsed = parseBody(workMessageSchema, body);
  return parsed.ok ? { ok: true, value: parsed.value.detail } : parsed;
}
