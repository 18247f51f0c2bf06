/**
 * Settings of every AWS client here: a call that hangs is given up and made again, so that a read
 * and a write fit into the shortest function timeout (10 s) even if both hang until their last
 * attempt.
 */
export const clientDefaults = {
  maxAttempts: 3,
  requestHandler: { connectionTimeout: 1000, requestTimeout: 1000, throwOnRequestTimeout: true },
};

/**
 * For a service that others do not have to wait for: when EventBridge Scheduler is out of reach, a
 * whole batch of timers is given up (the sweep covers them) well within the function's time, so
 * that the stream moves on.
 */
export const impatientDefaults = { ...clientDefaults, maxAttempts: 2 };
