/**
 * How long an attempt lasts and how often it needs a heartbeat, by the engine's own clock.
 *
 * The clocks of engine and service need not agree: only differences between times of the service are used, and the
 * seconds that it says remain. These are rounded down and travel a while, so everything learnt here is a lower bound,
 * and the best bound is the largest. (A claim's remaining seconds end with the operation too, a heartbeat's do not: the
 * first heartbeat corrects what the claim left too short, by an operation that may be extended.)
 */
import type { ResourceAction } from '../../contract/index.ts';

const SHORTEST_MS = 200;
/** The end of an operation is noticed by a heartbeat: it should not take longer than that. */
const LONGEST_MS = 60_000;

export class AttemptTime {
  /** When the attempt's time is up. */
  endsAt: number;
  /** Whether that is the end of the attempt itself: a heartbeat has told it. */
  isOwn = false;
  readonly #claimedAt: number;
  /** From the attempt's first heartbeat deadline to its end, by the service's clock. */
  readonly #afterHeartbeat: number | undefined;
  #heartbeatTimeout = 0;

  /** The claim was sent at `sentAt` and answered at `answeredAt`. */
  constructor(resource: ResourceAction, remainingSeconds: number, sentAt: number, answeredAt: number) {
    const { attemptDeadline, finalDeadline, heartbeatDeadline } = resource;
    this.endsAt = sentAt + remainingSeconds * 1000;
    this.#claimedAt = answeredAt;
    if (heartbeatDeadline !== undefined) {
      const ends = [attemptDeadline, finalDeadline].filter((end) => end !== undefined).map(Date.parse);
      this.#afterHeartbeat = Math.min(...ends) - Date.parse(heartbeatDeadline);
    }
    this.#learn(remainingSeconds, answeredAt);
  }

  /** A heartbeat that was sent at `sentAt` was answered so. */
  heard(remainingSeconds: number, sentAt: number): void {
    // A last second may be a fraction of one.
    if (remainingSeconds > 1) this.endsAt = Math.max(this.endsAt, sentAt + remainingSeconds * 1000);
    this.isOwn = true;
    this.#learn(remainingSeconds, sentAt);
  }

  /** Milliseconds from one heartbeat to the next: a third of the heartbeat timeout. Undefined: none are wanted. */
  get heartbeatEvery(): number | undefined {
    if (this.#afterHeartbeat === undefined) return undefined;
    return Math.min(LONGEST_MS, Math.max(SHORTEST_MS, this.#heartbeatTimeout / 3));
  }

  #learn(remainingSeconds: number, at: number): void {
    const timeout = remainingSeconds * 1000 + (at - this.#claimedAt) - (this.#afterHeartbeat ?? 0);
    this.#heartbeatTimeout = Math.max(this.#heartbeatTimeout, timeout);
  }
}
