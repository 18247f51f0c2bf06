/** How what is dead-lettered of each source is sent again. */
import { parseDeadWakeUp, parseDeadWork } from './dead-letters.ts';
import { type DeadLetters, type Destination, type RedriveOptions, redriveQueue } from './redrive.ts';
import type { Report, Source } from './report.ts';
import { redriveStream } from './stream.ts';

const timerQueue = ({ sendWakeUps }: DeadLetters): Destination => ({
  name: 'the timer queue',
  send: sendWakeUps,
  parse: parseDeadWakeUp,
});
const workQueue = ({ sendWork }: DeadLetters): Destination => ({
  name: 'the work queue',
  send: sendWork,
  parse: parseDeadWork,
});

export const SOURCES = {
  timers: (deadLetters, options) =>
    redriveQueue('timers', deadLetters.timers, timerQueue(deadLetters), options),
  schedules: (deadLetters, options) =>
    redriveQueue('schedules', deadLetters.schedules, timerQueue(deadLetters), options),
  work: (deadLetters, options) => redriveQueue('work', deadLetters.work, workQueue(deadLetters), options),
  'work-rule': (deadLetters, options) =>
    redriveQueue('work-rule', deadLetters.workRule, workQueue(deadLetters), options),
  stream: (deadLetters, options) =>
    redriveStream('stream', deadLetters.stream, deadLetters.streamFunctions, options),
} satisfies Record<Source, (deadLetters: DeadLetters, options: RedriveOptions) => Promise<Report>>;

/** How many dead letters each source has, as far as its service tells. */
export const COUNTS: Record<Source, (from: DeadLetters) => Promise<number>> = {
  timers: ({ timers }) => timers.count(),
  schedules: ({ schedules }) => schedules.count(),
  work: ({ work }) => work.count(),
  'work-rule': ({ workRule }) => workRule.count(),
  stream: async ({ stream }) => (await stream.list()).length,
};
