/** Explains refusals and failures: what happened, and what to do next. */
import { InvocationError } from '../client/errors.ts';
import { errorMessage } from '../client/retry.ts';
import type { ErrorCode, Refusal } from '../contract/index.ts';
import { EXIT, type ExitCode } from './exit-codes.ts';
import { LocateError } from './locate.ts';
import { printable } from './terminal/printable.ts';

const REFUSAL_HINTS: Record<ErrorCode, string> = {
  ValidationError: 'To see what is allowed: stack-timeouts <command> --help',
  StackNotFound: 'To see the stacks with an operation in progress: stack-timeouts list',
  ResourceNotFound: "To see the stack's resource actions: stack-timeouts get <stack>",
  OperationInProgress: 'To end or replace it: stack-timeouts complete, cancel, or start --supersede',
  StaleOperation: "To see the stack's current operation: stack-timeouts get <stack>",
  OperationEnded: 'Nothing was changed. To see how it ended: stack-timeouts get <stack>',
  ParentEnded: 'To see how the parent ended: stack-timeouts get <parent stack>',
  ResourceInProgress: 'To see the resource action: stack-timeouts resource <stack> <resource>',
  StaleAttempt: 'Nothing was changed. To see how it stands: stack-timeouts resource <stack> <resource>',
  NotClaimable: 'To see which engine has it: stack-timeouts resource <stack> <resource>',
  NotPermitted: 'Operators need the output CommandFunctionName: see --function, --stack-name',
};

export function explainRefusal({ error }: Refusal): string {
  // A newer service may answer codes that this CLI does not know.
  const hint = REFUSAL_HINTS[error.code] ?? '';
  return `refused: ${printable(`${error.code}: ${error.message}`)}${hint && `\n${hint}`}`;
}

export const exitCodeOf = ({ error }: Refusal): ExitCode =>
  error.code === 'ValidationError' ? EXIT.usage : EXIT.refused;

/** What to do about an infrastructure failure, by the name or message of the error. */
const REMEDIES: readonly [RegExp, string][] = [
  [/Region is missing/, 'Give --region, or set AWS_REGION. For the local cloud: --local'],
  [
    /Credentials|ExpiredToken|UnrecognizedClient|InvalidClientTokenId|security token/i,
    'Sign in to AWS first (aws sso login), or choose AWS_PROFILE. For the local cloud: --local',
  ],
  [
    /AccessDenied|not authorized/i,
    "You need permission for this call. The deployment's managed policy for operators (output OperatorPolicyArn) allows invoking the command function.",
  ],
  [/ResourceNotFound|Function not found/i, 'Check --function, --stack-name and --region.'],
  [
    /ECONNREFUSED|ENOTFOUND|EAI_AGAIN|ETIMEDOUT|TimeoutError/,
    'Check the network, --region and AWS_ENDPOINT_URL. With --local: is "npm run local" running?',
  ],
  [/NonExistentQueue|NoSuchBucket/, 'The deployment has changed: check --stack-name and --region.'],
];

export function explainFailure(error: unknown): string {
  const message = printable(errorMessage(error));
  if (error instanceof LocateError) return `error: ${message}`;
  const text = `${namesOf(error)} ${message}`;
  const remedy = REMEDIES.find(([pattern]) => pattern.test(text))?.[1];
  if (remedy !== undefined) return `error: ${message}\n${remedy}`;
  const retryable = error instanceof InvocationError && error.retryable;
  return `error: ${message}${retryable ? "\nTry again. If it keeps failing, see the command function's logs and alarms." : ''}`;
}

/** The names of an error and its causes: AWS errors differ by name. */
function namesOf(error: unknown): string {
  if (!(error instanceof Error)) return '';
  const code = (error as { code?: string }).code ?? '';
  return `${error.name} ${code} ${namesOf(error.cause)}`;
}
