/** What the exit code of `stack-timeouts` says. */
export const EXIT = {
  ok: 0,
  infrastructure: 1,
  usage: 2,
  refused: 3,
  failed: 4,
  /** As shells have it: 128 + SIGINT. */
  interrupted: 130,
  /** As shells have it: 128 + SIGPIPE. */
  unread: 141,
} as const;
export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

export const EXIT_CODES_HELP = `
Exit codes:
  0    done; of watch and start --wait: the operation ended COMPLETE
  1    infrastructure failure: the service or a part of it could not be reached, or did not do its work
  2    usage: a bad flag, argument or duration, or the service answered ValidationError
  3    refused by the service, with any other error code
  4    of watch and start --wait: the operation ended FAILED
  130  interrupted by Ctrl-C
  141  whoever reads the output has gone, as in "stack-timeouts watch | head": how it ended is not known`;
