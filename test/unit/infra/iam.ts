import { runSimulation } from '@cloud-copilot/iam-simulate';
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

export interface Statement {
  readonly Effect: string;
  readonly Action: string | readonly string[];
  readonly Resource: string | readonly string[];
}

/** The one policy of a role, or a managed policy. */
export function policyOf(name: string): { readonly Statement: readonly Statement[] } {
  const { Policies, PolicyDocument } = propertiesOf(synthesizeDefaults(), name);
  return deployed(PolicyDocument ?? Policies[0].PolicyDocument) as { Statement: Statement[] };
}

/** The policy of the event bus. */
export const busPolicy = () => ({
  Version: '2012-10-17',
  Statement: ofType(synthesizeDefaults(), 'AWS::Events::EventBusPolicy').map(([, { Properties }]) =>
    deployed(Properties.Statement),
  ),
});

/** What IAM says to a call: `Allowed`, `ImplicitlyDenied` or `ExplicitlyDenied`. */
export async function decide(
  role: string,
  action: string,
  resource: string,
  context: Readonly<Record<string, string>> = {},
): Promise<string> {
  return simulate({ role, action, resource, context, policy: policyOf(role) });
}

interface Simulated {
  /** The role whose session calls. */
  readonly role: string;
  readonly action: string;
  readonly resource: string;
  readonly context?: Readonly<Record<string, string>>;
  /** The role's own policy. */
  readonly policy: object;
  /** The policy of the resource. */
  readonly resourcePolicy?: object;
}

export async function simulate({
  role,
  action,
  resource,
  context = {},
  policy,
  resourcePolicy,
}: Simulated): Promise<string> {
  const response = await runSimulation(
    {
      request: {
        principal: roleArn(role),
        action,
        resource: { resource, accountId: ACCOUNT },
        contextVariables: context,
      },
      identityPolicies: [{ name: 'Calls', policy }],
      ...(resourcePolicy && { resourcePolicy }),
      serviceControlPolicies: [],
      resourceControlPolicies: [],
    },
    {},
  );
  if (response.resultType === 'error') throw new Error(JSON.stringify(response.errors));
  return response.overallResult;
}
