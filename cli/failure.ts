/** What went wrong, for people: what happened, and what to do next. */

import { InvocationError } from '../client/errors.ts';
import { errorMessage } from '../client/retry.ts';
import type { ErrorCode, Refusal } from '../contract/index.ts';
import { EXIT, type ExitCode } from './exit-codes.ts';
import { LocateError } from './locate.ts';

const AFTER_REFUSAL: Record<ErrorCode, string> = {
  ValidationError: 'See the help of the command: stack-timeouts <command> --help',
  StackNotFound: 'See which stacks have an operation in progress: stack-timeouts list',
  ResourceNotFound: "See the stack's resource actions: stack-timeouts get <stack>",
  OperationInProgress: 'On this command line that is: stack-timeouts complete, cancel, or start --supersede',
  StaleOperation: "See the stack's current operation: stack-timeouts get <stack>",
  OperationEnded: 'Nothing was changed. See how it ended: stack-timeouts get <stack>',
  ParentEnded: 'See how the parent ended: stack-timeouts get <parent stack>',
  ResourceInProgress: 'See the resource action: stack-timeouts resource <stack> <resource>',
  StaleAttempt: 'The attempt is over. See who has it now: stack-timeouts resource <stack> <resource>',
  NotClaimable: 'See who has it: stack-timeouts resource <stack> <resource>',
};

export function explainRefusal({ error }: Refusal): string {
  // A newer service may know codes that this CLI does not.
  const next = AFTER_REFUSAL[error.code] ?? '';
  return `refused: ${error.code}: ${error.message}${next && `\n${next}`}`;
}

export const exitCodeOf = ({ error }: Refusal): ExitCode =>
  error.code === 'ValidationError' ? EXIT.usage : EXIT.refused;

/** What to do about a failure of the infrastructure, by what the error is called or says. */
const REMEDIES: readonly [RegExp, string][] = [
  [/Region is missing/, 'Give --region, or set AWS_REGION. For the local cloud: --local'],
  [
    /Credentials|ExpiredToken|UnrecognizedClient|InvalidClientTokenId|security token/i,
    'Sign in to AWS first (aws sso login), or choose AWS_PROFILE. For the local cloud: --local',
  ],
  [
    /AccessDenied|not authorized/i,
    "You need the permission to make this call; the deployment's managed policy for engines allows to invoke the command function.",
  ],
  [/ResourceNotFound|Function not found/i, 'Check --function, --stack-name and --region.'],
  [
    /ECONNREFUSED|ENOTFOUND|EAI_AGAIN|ETIMEDOUT|TimeoutError/,
    'Check the network, --region and AWS_ENDPOINT_URL. With --local: is "npm run local" running?',
  ],
  [/NonExistentQueue|NoSuchBucket/, 'The deployment has changed: check --stack-name and --region.'],
];

export function explainFailure(error: unknown): string {
  const message = errorMessage(error);
  if (error instanceof LocateError) return `error: ${message}`;
  const known = `${nameOf(error)} ${message}`;
  const remedy = REMEDIES.find(([symptom]) => symptom.test(known))?.[1];
  if (remedy !== undefined) return `error: ${message}\n${remedy}`;
  const retryable = error instanceof InvocationError && error.retryable;
  return `error: ${message}${retryable ? "\nTry again; if it stays so, look at the command function's logs and alarms." : ''}`;
}

/** The names of an error and of what caused it: AWS errors are told apart by name. */
function nameOf(error: unknown): string {
  if (!(error instanceof Error)) return '';
  const code = (error as { code?: string }).code ?? '';
  return `${error.name} ${code} ${nameOf(error.cause)}`;
}
