/** What a caller may ask the command function for, by the alias that it invoked. */
import type { Caller } from '../../contract/deployment.ts';
import type { CommandName } from '../../contract/index.ts';

const OPERATORS: readonly (string | undefined)[] = ['operator', '$LATEST', undefined];

/**
 * Whoever may invoke the function itself is an operator, whoever invokes an unknown alias a worker.
 */
export const callerOf = (invokedFunctionArn: string): Caller =>
  // arn:aws:lambda:REGION:ACCOUNT:function:NAME[:ALIAS]
  OPERATORS.includes(invokedFunctionArn.split(':')[7]) ? 'operator' : 'worker';

const OF_WORKERS: ReadonlySet<string> = new Set([
  'ClaimResource',
  'Heartbeat',
  'CompleteResource',
  'ReleaseResource',
  'GetStack',
  'GetHistory',
] satisfies (CommandName | 'GetHistory')[]);

/** @param request a command, or the name of another request, which is for operators */
export const isPermitted = (caller: Caller, request: string): boolean =>
  caller === 'operator' || OF_WORKERS.has(request);
