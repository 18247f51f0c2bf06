/**
 * The calls that the functions made in the end-to-end tests, put to the policies of the template as
 * IAM would judge them: none is refused, and nothing is allowed that no test needs.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, inject, test } from 'vitest';
import { ACCOUNT, arn, decide, list, policyOf } from '../../../unit/infra/iam.ts';
import { nameOf, ofType, synthesizeDefaults } from '../../../unit/infra/synth.ts';
import type { Recorded } from '../support/recorder.ts';

const folder = inject('recordings');
const recorded: Recorded[] = readdirSync(folder)
  .flatMap((name) => readFileSync(`${folder}/${name}`, 'utf8').split('\n'))
  .filter((line) => line !== '')
  .map((line) => JSON.parse(line));

/**
 * The ARN as the policies have it here: with the names of the template, of another account and
 * region.
 */
function inTemplate(resource: string): string {
  const [, , service = '', , , ...rest] = resource.split(':');
  const named = rest.join(':').replace(/Timeouts\w+[0-9A-F]{8}/, nameOf);
  return service === 'iam' ? `arn:aws:iam::${ACCOUNT}:${named}` : arn(service, named);
}

const calls = recorded.flatMap((line) =>
  'error' in line ? [] : [{ ...line, role: `${line.caller}Role`, resource: inTemplate(line.resource) }],
);

test('every request of a function is known as a call', () => {
  expect(recorded.flatMap((line) => ('error' in line ? [`${line.caller}: ${line.error}`] : []))).toEqual([]);
});

test('every call is allowed', async () => {
  const refused: string[] = [];
  for (const { role, action, resource, context } of calls) {
    const decision = await decide(role, action, resource, context);
    if (decision !== 'Allowed') refused.push(`${role}: ${action} ${resource}: ${decision}`);
  }
  expect(refused).toEqual([]);
  expect(calls).not.toEqual([]);
});

/**
 * What a role is used for by others than the function's own code, and so is not in the recording.
 */
const BY_OTHERS: Readonly<Record<string, string>> = {
  'logs:CreateLogStream': 'Lambda writes what the function prints',
  'logs:PutLogEvents': 'Lambda writes what the function prints',
  'dynamodb:DescribeStream': 'Lambda reads the stream',
  'dynamodb:GetRecords': 'Lambda reads the stream',
  'dynamodb:GetShardIterator': 'Lambda reads the stream',
  'dynamodb:ListStreams': 'Lambda reads the stream',
  's3:PutObject': 'Lambda keeps a record that failed for good',
  's3:ListBucket': 'Lambda keeps a record that failed for good',
  'sqs:ReceiveMessage': 'Lambda reads the timer queue',
  'sqs:DeleteMessage': 'Lambda reads the timer queue',
  'sqs:GetQueueAttributes': 'Lambda reads the timer queue',
};

/** A role that no function has: EventBridge Scheduler acts as it. */
const OF_OTHERS = ['SchedulesExecutionRole'];

/** What a role may do, a line for each action and resource. */
const grantsOf = (role: string): { action: string; resource: string }[] =>
  policyOf(role).Statement.flatMap(({ Action, Resource }) =>
    list(Action).flatMap((action) => list(Resource).map((resource) => ({ action, resource }))),
  );

/** Whether a resource of a policy, which may end with a wildcard, covers one that was called on. */
const covers = (pattern: string, resource: string): boolean =>
  pattern.endsWith('*') ? resource.startsWith(pattern.slice(0, -1)) : pattern === resource;

const roles = ofType(synthesizeDefaults(), 'AWS::IAM::Role')
  .map(([id]) => nameOf(id))
  .filter((role) => !OF_OTHERS.includes(role));

describe('a role may do what its function was seen to do, and no more', () => {
  test.each(roles)('%s', (role) => {
    const made = calls.filter((call) => call.role === role);
    const used = ({ action, resource }: { action: string; resource: string }): boolean =>
      made.some((call) => call.action === action && covers(resource, call.resource));
    const unused = grantsOf(role).filter((grant) => !used(grant) && !(grant.action in BY_OTHERS));
    expect(
      unused.map(({ action, resource }) => `${action} ${resource}`),
      'allowed, but not called in any end-to-end test',
    ).toEqual([]);
    expect(
      made.filter(({ action }) => action in BY_OTHERS).map(({ action }) => action),
      'called by the function itself, and yet said to be called by others only',
    ).toEqual([]);
  });
});
