/** What the functions' structured logs tell of an operation: the proof of how its timeout came about. */
import * as z from 'zod/mini';

const common = {
  timestamp: z.string(),
  stackId: z.string(),
  operationId: z.string(),
  generation: z.number(),
  /** A line with this is about the timer of a resource action. */
  resource: z.optional(z.never()),
};
const evidenceSchema = z.discriminatedUnion('message', [
  z.discriminatedUnion('path', [
    z.object({
      ...common,
      message: z.literal('timer armed'),
      dueAt: z.string(),
      path: z.literal('near'),
      delaySeconds: z.number(),
    }),
    z.object({
      ...common,
      message: z.literal('timer armed'),
      dueAt: z.string(),
      path: z.literal('schedule'),
      at: z.string(),
    }),
  ]),
  z.object({
    ...common,
    message: z.literal('timer disarmed'),
    result: z.string(),
  }),
  z.object({
    ...common,
    message: z.literal('wake-up'),
    by: z.enum(['wake', 'sweep']),
    outcome: z.enum(['fired', 'stale', 'early', 'rearmed']),
  }),
]);
/** One line of a log, about one timer of one operation. */
export type Evidence = z.infer<typeof evidenceSchema>;
export type Armed = Extract<Evidence, { message: 'timer armed' }>;

/** How a timeout came about: by the sweep, or by a wake-up that was waited for in one of two ways. */
export type Path = Armed['path'] | 'sweep';

/** The evidence in a line of a log; undefined if the line is about something else. */
export const parseEvidence = (line: string): Evidence | undefined => parseLine(evidenceSchema, line);

/** What a schema makes of a line of JSON; undefined if that is something else. */
export function parseLine<S extends z.ZodMiniType>(schema: S, line: string): z.output<S> | undefined {
  if (!line.startsWith('{')) return undefined;
  try {
    return schema.safeParse(JSON.parse(line)).data;
  } catch {
    return undefined;
  }
}

/** The lines that tell of the timeout itself: one, if all is well. */
export const firings = (evidence: readonly Evidence[]) =>
  evidence.filter((line) => line.message === 'wake-up' && line.outcome === 'fired');

/** How the timeout came about; undefined if no line tells. */
export function pathOf(evidence: readonly Evidence[]): Path | undefined {
  const [fired] = firings(evidence);
  if (fired?.message !== 'wake-up') return undefined;
  if (fired.by === 'sweep') return 'sweep';
  return armedFor(evidence, fired.generation)?.path;
}

export const armedFor = (evidence: readonly Evidence[], generation: number): Armed | undefined =>
  evidence.find((line): line is Armed => line.message === 'timer armed' && line.generation === generation);

const clock = (iso: string): string => iso.slice(11, 19);

/** A line of a log in words. A timeout is told by the row, not by the log. */
export function describe(line: Evidence): string | undefined {
  switch (line.message) {
    case 'timer armed':
      return line.path === 'near'
        ? `armed: a message on the timer queue, delayed by ${line.delaySeconds} s`
        : `armed: an EventBridge schedule at ${clock(line.at)}, ahead of its deadline ${clock(line.dueAt)}`;
    case 'timer disarmed':
      return line.result === 'deleted'
        ? 'nothing is left of its schedule'
        : 'its schedule could not be deleted';
    case 'wake-up':
      switch (line.outcome) {
        case 'early':
          return 'woken ahead of its deadline: the rest is waited with a delayed message';
        case 'rearmed':
          return 'a wake-up came for the old deadline: not due any more, armed again for the new one';
        case 'stale':
          return 'a wake-up came for a timer that is no more, and changed nothing';
        case 'fired':
          return undefined;
      }
  }
}
