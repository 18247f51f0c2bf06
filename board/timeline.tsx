/** The timeline of an operation: a lane for each resource action. */
import { lateBy } from '../cli/duration.ts';
import { drawnDeadline, drawnPeriod, elapsed, ticks } from '../cli/history/axis.ts';
import { LOOKS } from '../cli/history/drawing.ts';
import type { Attempt, Lane, Segment, Timeline } from '../cli/history/timeline.ts';
import { endText, segmentText, statusOf } from '../cli/history/words.ts';
import { printable } from '../cli/terminal/printable.ts';
import { clock, Scroll, Text, useFirst } from './text.tsx';

/** The sign of what became of an attempt, and its meaning. */
export const lookOf = ({ kind }: Attempt['outcome']) => LOOKS[kind === 'running' ? 'goingOn' : kind];

const EXPLAINED = [
  ...(['goingOn', 'completed', 'failed', 'timedOut', 'engineLost'] as const),
  ...(['released', 'cancelled'] as const),
];

export function TimelineView({ timeline }: { timeline: Timeline }) {
  const period = drawnPeriod(timeline);
  const length = period.until - period.from;
  const at = (time: number) => `${Math.min(100, Math.max(0, ((time - period.from) / length) * 100))}%`;
  const { startedAt = timeline.from, end } = timeline.operation;
  // One at the very end has no room for its label.
  const axis = ticks(period, 6).filter((tick) => tick.at <= period.from + length * 0.95);
  const deadline = drawnDeadline(timeline);
  const [lanes, others] = useFirst(timeline.lanes);
  const deadlineLine = deadline !== undefined && (
    <span class="deadline" style={{ left: at(deadline) }} title="deadline" />
  );
  return (
    <section>
      <h2>Timeline</h2>
      <Scroll label="Timeline">
        <table class="timeline">
          <caption>
            {elapsed(Math.round((timeline.until - timeline.from) / 1000) * 1000)} from start to{' '}
            {end ? 'end' : 'now'}
            {timeline.complete ? '' : '; what is older was not read'}
          </caption>
          <thead>
            <tr>
              <th scope="col">Resource</th>
              <th scope="col">
                <span class="track axis">
                  {axis.map((tick) => (
                    <span key={tick.at} class="tick" style={{ left: at(tick.at) }}>
                      {tick.label}
                    </span>
                  ))}
                </span>
              </th>
            </tr>
          </thead>
          <tbody>
            <tr>
              <th scope="row">(operation)</th>
              <td>
                <div
                  class="track"
                  role="img"
                  aria-label={printable(end ? endText(end) : statusOf(timeline.operation))}
                >
                  <span
                    class={`segment ${end ? (end.status === 'COMPLETE' ? 'completed' : 'failed') : 'running'}`}
                    style={{ left: at(startedAt), right: `calc(100% - ${at(end?.at ?? timeline.until)})` }}
                  >
                    {statusOf(timeline.operation)} {end && <Text of={endText(end)} />}
                  </span>
                  {deadlineLine}
                </div>
              </td>
            </tr>
            {lanes.map((lane) => (
              <tr key={lane.resource}>
                <th scope="row">
                  <Text of={lane.resource} />
                </th>
                <td>
                  <div class="track" role="img" aria-label={laneText(lane)}>
                    {lane.segments.map((segment) => (
                      <SegmentView key={`${segment.kind} ${segment.from}`} segment={segment} at={at} />
                    ))}
                    {lane.marks.map((mark) =>
                      mark.kind === 'deadline' ? (
                        <span
                          key={`${mark.kind} ${mark.at}`}
                          class="mark"
                          style={{ left: at(mark.at) }}
                          title={`${mark.timeout ?? 'timeout'} reached, noticed ${lateBy(mark.latenessMs)} later`}
                        />
                      ) : null,
                    )}
                    {deadlineLine}
                  </div>
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </Scroll>
      {others}
      {timeline.lanes.length === 0 && <p class="note">The operation has no resource actions.</p>}
      <p class="note legend">
        <span class="segment queued">{LOOKS.queued.meaning}</span>{' '}
        <span class="segment running">{LOOKS.attempt.meaning}</span>{' '}
        <span class="segment backoff">{LOOKS.backoff.meaning}</span>{' '}
        {EXPLAINED.map((kind) => `${LOOKS[kind].unicode} ${LOOKS[kind].meaning}`).join(', ')}
      </p>
    </section>
  );
}

function SegmentView({ segment, at }: { segment: Segment; at: (time: number) => string }) {
  const outcome = segment.kind === 'attempt' ? segment.outcome.kind : '';
  return (
    <span
      class={`segment ${segment.kind} ${outcome}`}
      style={{ left: at(segment.from), right: `calc(100% - ${at(segment.until)})` }}
      title={printable(segmentText(segment, clock))}
    >
      {segment.kind === 'attempt' && (
        <>
          {lookOf(segment.outcome).unicode} {segment.attempt}{' '}
          {segment.engineId && <Text of={segment.engineId} />}
        </>
      )}
    </span>
  );
}

function laneText({ resource, segments, end }: Lane): string {
  const texts = segments.map((segment) => segmentText(segment, clock));
  return printable([...texts, ...(end ? [endText(end, resource)] : [])].join('; ')) || 'nothing yet';
}
