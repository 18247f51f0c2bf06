/** What the infrastructure, the functions and the clients must agree on besides the wire. */

/** The name of the CloudFormation stack, unless another one is chosen. */
export const DEFAULT_STACK_NAME = 'StackTimeouts';

/**
 * The outputs of the CloudFormation stack: where clients and operators find the parts of a
 * deployment.
 */
export type OutputName =
  | 'CommandFunctionName'
  | 'WorkerFunctionName'
  | 'OperatorFunctionName'
  | 'ArmFunctionName'
  | 'EffectsFunctionName'
  | 'WakeFunctionName'
  | 'SweepFunctionName'
  | 'SweepRuleName'
  | 'TableName'
  | 'TimerQueueUrl'
  | 'TimerDeadLetterQueueUrl'
  | 'ScheduleDeadLetterQueueUrl'
  | 'WorkQueueUrl'
  | 'WorkDeadLetterQueueUrl'
  | 'WorkRuleDeadLetterQueueUrl'
  | 'StreamFailureBucketName'
  | 'ScheduleGroupName'
  | 'EventBusName'
  | 'WorkerPolicyArn'
  | 'OperatorPolicyArn'
  | 'DashboardName';

/**
 * The aliases of the command function, and who invokes it by them: a worker takes work and reports
 * on it, an operator may send every request.
 */
export type Caller = 'worker' | 'operator';

/** The environment variables of the functions. */
export type VariableName =
  | 'TABLE_NAME'
  | 'TIMER_QUEUE_URL'
  | 'TIMER_QUEUE_ARN'
  | 'COMMAND_FUNCTION_NAME'
  | 'EVENT_BUS_NAME'
  | 'SCHEDULE_GROUP_NAME'
  | 'SCHEDULE_ROLE_ARN'
  | 'SCHEDULE_DEAD_LETTER_QUEUE_ARN'
  | 'NEAR_HORIZON_SECONDS'
  | 'LEAD_SECONDS'
  | 'RETENTION_SECONDS'
  | 'HISTORY_RETENTION_SECONDS'
  | 'GRACE_SECONDS'
  | 'SWEEP_BUDGET_SECONDS';

/**
 * The table's sparse index: of running timers, and of stacks that have ended, by when they did.
 */
export const TIMER_INDEX = { name: 'timers', shard: 'timerShard', dueAt: 'timerDueAt' } as const;

/** The table's attribute for DynamoDB's time to live, in seconds since the epoch. */
export const EXPIRY_ATTRIBUTE = 'expiresAt';

/**
 * How long EventBridge and EventBridge Scheduler try to deliver to a queue of the deployment. An
 * hour, because by then the row has been handled without the message: the sweep has ended its
 * timeout, or its work has been offered again. What could not be delivered stays in a dead-letter
 * queue as evidence. 185 is the most attempts that both allow.
 */
export const DELIVERY_RETRY = { maxAgeSeconds: 3600, maxAttempts: 185 } as const;

/** The partition keys of the table's items that belong to the deployment, not to a stack. */
export const DEPLOYMENT_ITEMS = { sweepLease: 'SWEEP', canary: 'CANARY' } as const;
