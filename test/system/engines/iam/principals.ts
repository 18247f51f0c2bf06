/** Who calls where IAM is enforced: users with one managed policy each, and roles. */
import {
  CloudFormationClient,
  CreateStackCommand,
  waitUntilStackCreateComplete,
} from '@aws-sdk/client-cloudformation';
import {
  AttachUserPolicyCommand,
  CreateAccessKeyCommand,
  CreateUserCommand,
  IAMClient,
  PutRolePolicyCommand,
} from '@aws-sdk/client-iam';
import { GetFunctionConfigurationCommand, InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { ACCOUNT, REGION, sdkConfig } from '../../../../local/environment.ts';
import type { Outputs } from '../../../../local/local-cloud.ts';

export interface Credentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  /** Of a role. */
  readonly sessionToken?: string;
}

const FUNCTIONS = ['Command', 'Arm', 'Effects', 'Wake', 'Sweep'] as const;
type RoleName = (typeof FUNCTIONS)[number] | 'Schedules';

export interface Principals {
  readonly users: Readonly<Record<'worker' | 'operator', Credentials>>;
  /** The roles of the functions, and the one of the schedules. */
  readonly roles: Readonly<Record<RoleName, Credentials>>;
}

/** Answers with the credentials of the role that it runs under. */
const CREDENTIALS_FUNCTION = `exports.handler = async () => ({
  accessKeyId: process.env.AWS_ACCESS_KEY_ID,
  secretAccessKey: process.env.AWS_SECRET_ACCESS_KEY,
  sessionToken: process.env.AWS_SESSION_TOKEN,
});`;

/** What roles need beside their own policies, because MiniStack judges two calls in another way. */
function onlyForMiniStack({ TimerQueueUrl }: Outputs) {
  // By an action that AWS does not have: there it is SendMessage.
  const batch = {
    Effect: 'Allow',
    Action: 'sqs:SendMessageBatch',
    Resource: `arn:aws:sqs:${REGION}:${ACCOUNT}:${TimerQueueUrl?.split('/').at(-1)}`,
  };
  // As if every schedule were one of the group `default`.
  const schedule = {
    Effect: 'Allow',
    Action: ['scheduler:CreateSchedule', 'scheduler:DeleteSchedule'],
    Resource: `arn:aws:scheduler:${REGION}:${ACCOUNT}:schedule/default/*`,
  };
  return { Arm: [batch, schedule], Wake: [batch] };
}

export async function createPrincipals(outputs: Outputs): Promise<Principals> {
  const config = sdkConfig(outputs);
  const iam = new IAMClient(config);
  const lambda = new LambdaClient(config);
  const configurationOf = (name: string | undefined) =>
    lambda.send(new GetFunctionConfigurationCommand({ FunctionName: name }));

  async function createUser(UserName: string, PolicyArn: string | undefined): Promise<Credentials> {
    await iam.send(new CreateUserCommand({ UserName }));
    await iam.send(new AttachUserPolicyCommand({ UserName, PolicyArn }));
    const { AccessKey } = await iam.send(new CreateAccessKeyCommand({ UserName }));
    return {
      accessKeyId: AccessKey?.AccessKeyId as string,
      secretAccessKey: AccessKey?.SecretAccessKey as string,
    };
  }

  const roleArns = {} as Record<RoleName, string>;
  for (const name of FUNCTIONS) {
    const { Role, Environment } = await configurationOf(outputs[`${name}FunctionName`]);
    roleArns[name] = Role as string;
    if (name === 'Arm') roleArns.Schedules = Environment?.Variables?.SCHEDULE_ROLE_ARN as string;
  }

  for (const [name, Statement] of Object.entries(onlyForMiniStack(outputs))) {
    await iam.send(
      new PutRolePolicyCommand({
        RoleName: roleArns[name as RoleName].split('/').at(-1),
        PolicyName: 'OnlyForMiniStack',
        PolicyDocument: JSON.stringify({ Version: '2012-10-17', Statement }),
      }),
    );
  }

  const users = {
    worker: await createUser('worker', outputs.WorkerPolicyArn),
    operator: await createUser('operator', outputs.OperatorPolicyArn),
  };

  // AWS gives a role's credentials to nobody but its service, and so a function says them. It would
  // not let a function run under the role of the schedules either; MiniStack does.
  const functionOf = (name: string) => `credentials-${name.toLowerCase()}`;
  const Resources = Object.fromEntries(
    Object.entries(roleArns).map(([name, Role]) => [
      name,
      {
        Type: 'AWS::Lambda::Function',
        Properties: {
          FunctionName: functionOf(name),
          Role,
          Runtime: 'nodejs24.x',
          Handler: 'index.handler',
          Code: { ZipFile: CREDENTIALS_FUNCTION },
        },
      },
    ]),
  );
  const cloudFormation = new CloudFormationClient(config);
  const StackName = 'Credentials';
  await cloudFormation.send(
    new CreateStackCommand({ StackName, TemplateBody: JSON.stringify({ Resources }) }),
  );
  await waitUntilStackCreateComplete({ client: cloudFormation, maxWaitTime: 120 }, { StackName });
  const roles = {} as Record<RoleName, Credentials>;
  for (const name of Object.keys(roleArns) as RoleName[]) {
    const { Payload } = await lambda.send(new InvokeCommand({ FunctionName: functionOf(name) }));
    roles[name] = JSON.parse(Payload?.transformToString() as string);
  }
  return { users, roles };
}
