/** The names of the table that the rows and the infrastructure must agree on. Nothing of the SDK is imported here. */

/** The sparse index of running timers: a row has both keys only while its timer runs. */
export const TIMER_INDEX = { name: 'timers', shard: 'timerShard', dueAt: 'timerDueAt' } as const;

/** The attribute of DynamoDB's time to live, in seconds since the epoch. */
export const EXPIRY_ATTRIBUTE = 'expiresAt';
