/** The timeline of an operation, as `stack-timeouts history` draws it from the service's history. */
import { styleText } from 'node:util';
import { readHistory } from '../cli/history/read.ts';
import { timelineSvg } from '../cli/history/svg.ts';
import { drawTimeline } from '../cli/history/terminal.ts';
import { timelineOf } from '../cli/history/timeline.ts';
import type { StackTimeoutsClient } from '../client/index.ts';

const WIDTH = 100;

export interface Shown {
  readonly text: string;
  readonly svg: string;
  /** What the history does not tell, though it has happened. */
  readonly failures: readonly string[];
}

/** Of an operation that has ended. */
export async function timelineOfOperation(
  client: StackTimeoutsClient,
  operation: { readonly stackId: string; readonly operationId: string },
): Promise<Shown> {
  const timeline = timelineOf(await readHistory(client, operation), { now: Date.now() });
  const { operationId } = operation;
  if (timeline === undefined) return { text: '', svg: '', failures: [`${operationId}: it has no history`] };
  const isOver = timeline.operation.end !== undefined && timeline.lanes.every(({ end }) => end);
  const isWhole = timeline.complete && isOver;
  return {
    text: drawTimeline(timeline, { width: process.stdout.columns ?? WIDTH, unicode: true, paint: styleText }),
    svg: timelineSvg(timeline),
    failures: isWhole ? [] : [`${operationId}: the history has no entry of its start, or of an end`],
  };
}
