import type { Clock } from '../ports/telemetry.ts';

export const systemClock: Clock = { now: () => Date.now() };
