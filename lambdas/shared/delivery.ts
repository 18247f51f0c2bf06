/**
 * How long EventBridge and EventBridge Scheduler try to deliver to one of our queues. An hour, because by then the row
 * has been handled without the message: the sweep has ended its timeout, or its work has been offered again. What could
 * not be delivered goes to a dead-letter queue as evidence. 185 is the most attempts that both allow.
 */
export const DELIVERY_RETRY = { maxAgeSeconds: 3600, maxAttempts: 185 } as const;
