/** Settings of every AWS client here: a call that hangs is given up and retried while the function still has time. */
export const clientDefaults = {
  maxAttempts: 4,
  requestHandler: { connectionTimeout: 1000, requestTimeout: 2000, throwOnRequestTimeout: true },
};

/**
 * For a service that others do not have to wait for: when EventBridge Scheduler is out of reach, a whole batch of
 * timers is given up (the sweep covers them) well within the function's time, so that the stream moves on.
 */
export const impatientDefaults = {
  maxAttempts: 3,
  requestHandler: { ...clientDefaults.requestHandler, requestTimeout: 1500 },
};
