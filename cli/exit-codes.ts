/** The exit codes of `stack-timeouts`. */
export const EXIT = {
  ok: 0,
  infrastructure: 1,
  usage: 2,
  refused: 3,
  failed: 4,
  /** As in shells: 128 + SIGINT. */
  interrupted: 130,
  /** As in shells: 128 + SIGPIPE. */
  brokenPipe: 141,
} as const;
export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

export const EXIT_CODES_HELP = `
Exit codes:
  0    success; watch and start --wait: the operation ended COMPLETE
  1    infrastructure failure: the service, or a part of it, did not answer or failed;
       verify: something did not hold
  2    usage error: a bad flag, argument or duration, or the service answered ValidationError
  3    the service refused the request with any other error code
  4    watch and start --wait: the operation ended FAILED
  130  interrupted by Ctrl-C
  141  the reader of the output is gone, as in "stack-timeouts watch | head": the result is unknown`;
