/** What the functions' structured logs tell of resource actions. */
import * as z from 'zod/mini';
import { phase, status } from '../../contract/fields.ts';
import { parseLine } from '../evidence.ts';
import type { Entry } from './journal.ts';

const about = { timestamp: z.string(), stackId: z.string(), operationId: z.string(), resource: z.string() };
const schema = z.discriminatedUnion('message', [
  z.object({ ...about, message: z.literal('wake-up'), cause: z.literal('ENGINE_LOST') }),
  z.object({
    ...about,
    message: z.literal('status change published'),
    id: z.string(),
    attempt: z.number(),
    status,
    phase: z.optional(phase),
  }),
]);
/** A line that is about a resource action. */
export type ResourceEvidence = z.infer<typeof schema>;

/** The evidence in a line of a log; undefined if the line is about something else. */
export const parseResourceEvidence = (line: string): ResourceEvidence | undefined => parseLine(schema, line);

export function toEntry(line: ResourceEvidence): Entry {
  const { operationId, resource } = line;
  const about = { at: Date.parse(line.timestamp), operationId, resource };
  if (line.message === 'wake-up') return { ...about, kind: 'noticed' };
  const { id, attempt, status, phase } = line;
  return { ...about, kind: 'published', id, attempt, status, phase };
}
