/** How clients and operators find a deployment: the name of its CloudFormation stack, and the outputs of the stack. */

/** The stack's name unless another one is chosen. */
export const DEFAULT_STACK_NAME = 'StackTimeouts';

export type OutputName =
  | 'CommandFunctionName'
  | 'ArmFunctionName'
  | 'EffectsFunctionName'
  | 'WakeFunctionName'
  | 'SweepFunctionName'
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
  | 'EnginePolicyArn'
  | 'DashboardName';
