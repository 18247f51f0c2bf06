/** What IAM is asked when a request reaches AWS: which of its actions, on which resource. */

export interface HttpRequest {
  readonly method: string;
  /** With the query. */
  readonly path: string;
  /** With names in lower case. */
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: string;
}

/**
 * A call as IAM judges it. The ARN is that of the account and region that the request was made in.
 */
export interface Call {
  readonly action: string;
  readonly resource: string;
  /** Condition keys that the policies look at. */
  readonly context?: Readonly<Record<string, string>>;
}

interface Place {
  readonly region: string;
  readonly account: string;
}

// biome-ignore lint/suspicious/noExplicitAny: a request's body, whose shape is its service's
type Body = any;

/** @throws Error for a request that it does not know: a call must not be overlooked. */
export function callsOf(request: HttpRequest, account: string): Call[] {
  const [, region = '', service = ''] =
    /Credential=[^/]+\/\d+\/([^/]+)\/([^/]+)\//.exec(String(request.headers.authorization)) ?? [];
  const ask = SERVICES[service];
  if (ask === undefined) throw unknown(request);
  return ask(request, { region, account });
}

const SERVICES: Record<string, (request: HttpRequest, place: Place) => Call[]> = {
  dynamodb: askDynamoDb,
  sqs: askSqs,
  events: askEventBridge,
  scheduler: askScheduler,
  lambda: askLambda,
};

const unknown = ({ method, path, headers }: HttpRequest): Error =>
  new Error(`not known as a call: ${method} ${path} ${headers['x-amz-target'] ?? ''}`);

/** The operation of a JSON request: `DynamoDB_20120810.PutItem`. */
const operationOf = ({ headers }: HttpRequest): string => String(headers['x-amz-target']).split('.')[1] ?? '';

/**
 * A transaction needs the permission of each of its parts
 * (https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/transaction-apis-iam.html).
 */
const TRANSACTION_PARTS: Record<string, string> = {
  Put: 'PutItem',
  Update: 'UpdateItem',
  Delete: 'DeleteItem',
  ConditionCheck: 'ConditionCheckItem',
};

function askDynamoDb(request: HttpRequest, { region, account }: Place): Call[] {
  const body: Body = JSON.parse(request.body);
  const operation = operationOf(request);
  const call = (action: string, table: string, index?: string): Call => ({
    action: `dynamodb:${action}`,
    resource: `arn:aws:dynamodb:${region}:${account}:table/${table}${index ? `/index/${index}` : ''}`,
  });
  switch (operation) {
    case 'TransactWriteItems':
      return body.TransactItems.flatMap((item: Record<string, Body>) =>
        Object.entries(item).map(([part, { TableName }]) => call(TRANSACTION_PARTS[part] ?? part, TableName)),
      );
    case 'BatchGetItem':
    case 'BatchWriteItem':
      return Object.keys(body.RequestItems).map((table) => call(operation, table));
    case 'GetItem':
    case 'PutItem':
    case 'UpdateItem':
    case 'DeleteItem':
    case 'Query':
      return [call(operation, body.TableName, body.IndexName)];
    default:
      throw unknown(request);
  }
}

function askSqs(request: HttpRequest, { region, account }: Place): Call[] {
  const { QueueUrl }: Body = JSON.parse(request.body);
  // A batch is allowed by the permission for one.
  const action = operationOf(request).replace(/Batch$/, '');
  return [
    {
      action: `sqs:${action}`,
      resource: `arn:aws:sqs:${region}:${account}:${String(QueueUrl).split('/').at(-1)}`,
    },
  ];
}

function askEventBridge(request: HttpRequest, { region, account }: Place): Call[] {
  if (operationOf(request) !== 'PutEvents') throw unknown(request);
  const { Entries }: Body = JSON.parse(request.body);
  const buses = new Set<string>(Entries.map((entry: Body) => entry.EventBusName ?? 'default'));
  return [...buses].map((bus) => ({
    action: 'events:PutEvents',
    resource: `arn:aws:events:${region}:${account}:event-bus/${bus}`,
  }));
}

function askScheduler(request: HttpRequest, { region, account }: Place): Call[] {
  const url = new URL(request.path, 'http://scheduler');
  const [, name] = /^\/schedules\/([^/]+)$/.exec(url.pathname) ?? [];
  const schedule = (group: string): string =>
    `arn:aws:scheduler:${region}:${account}:schedule/${group}/${name}`;
  if (name !== undefined && request.method === 'POST') {
    const { GroupName = 'default', Target }: Body = JSON.parse(request.body);
    return [
      { action: 'scheduler:CreateSchedule', resource: schedule(GroupName) },
      {
        action: 'iam:PassRole',
        resource: Target.RoleArn,
        context: { 'iam:PassedToService': 'scheduler.amazonaws.com' },
      },
    ];
  }
  if (name !== undefined && request.method === 'DELETE') {
    const group = url.searchParams.get('groupName') ?? 'default';
    return [{ action: 'scheduler:DeleteSchedule', resource: schedule(group) }];
  }
  throw unknown(request);
}

function askLambda(request: HttpRequest, { region, account }: Place): Call[] {
  const [, name] = /^\/2015-03-31\/functions\/([^/]+)\/invocations(?:\?|$)/.exec(request.path) ?? [];
  if (name === undefined || request.method !== 'POST') throw unknown(request);
  return [
    {
      action: 'lambda:InvokeFunction',
      resource: `arn:aws:lambda:${region}:${account}:function:${decodeURIComponent(name)}`,
    },
  ];
}
