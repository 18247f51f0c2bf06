/**
 * When an attempt ends and how often it needs a heartbeat, by the engine's own clock.
 *
 * The clocks of engine and service need not agree: only differences between times of the service
 * are used, and the remaining seconds that it answers. The service rounds these down and an answer
 * takes time to arrive, so every value derived here is a lower bound, and the largest is the best.
 * (A claim's remaining seconds end with the operation too, a heartbeat's do not. The operation may
 * be extended, so the first heartbeat corrects what the claim made too short.)
 */
import type { ResourceAction } from '../../contract/index.ts';

const MIN_HEARTBEAT_INTERVAL_MS = 200;
/** An engine learns by a heartbeat that the operation has ended: at the latest after this. */
const MAX_HEARTBEAT_INTERVAL_MS = 60_000;

export class AttemptTime {
  /** When the attempt's time is up, as far as is known. */
  endsAt: number;
  /** Whether a heartbeat has confirmed `endsAt`: until then it may be the end of the operation. */
  isConfirmed = false;
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
    this.#updateHeartbeatTimeout(remainingSeconds, answeredAt);
  }

  /** Takes over what the service answered to a heartbeat that was sent at `sentAt`. */
  recordHeartbeat(remainingSeconds: number, sentAt: number): void {
    // The last second may be a fraction of one.
    if (remainingSeconds > 1) this.endsAt = Math.max(this.endsAt, sentAt + remainingSeconds * 1000);
    this.isConfirmed = true;
    this.#updateHeartbeatTimeout(remainingSeconds, sentAt);
  }

  /**
   * A third of the heartbeat timeout, in milliseconds. Undefined: the attempt needs no heartbeats.
   */
  get heartbeatIntervalMs(): number | undefined {
    if (this.#afterHeartbeat === undefined) return undefined;
    const third = this.#heartbeatTimeout / 3;
    return Math.min(MAX_HEARTBEAT_INTERVAL_MS, Math.max(MIN_HEARTBEAT_INTERVAL_MS, third));
  }

  #updateHeartbeatTimeout(remainingSeconds: number, at: number): void {
    const timeout = remainingSeconds * 1000 + (at - this.#claimedAt) - (this.#afterHeartbeat ?? 0);
    this.#heartbeatTimeout = Math.max(this.#heartbeatTimeout, timeout);
  }
}
