/** Settings of every AWS client here: a call that hangs is given up and retried while the function still has time. */
export const clientDefaults = {
  maxAttempts: 4,
  requestHandler: { connectionTimeout: 1000, requestTimeout: 3000, throwOnRequestTimeout: true },
};
