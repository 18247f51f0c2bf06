import { CfnOutput, Stack, type StackProps } from 'aws-cdk-lib';
import { Key } from 'aws-cdk-lib/aws-kms';
import { Topic } from 'aws-cdk-lib/aws-sns';
import type { Construct } from 'constructs';
import type { OutputName } from '../contract/deployment.ts';
import { StackTimeouts, type StackTimeoutsProps } from './stack-timeouts.ts';

export interface StackTimeoutsStackProps extends StackProps {
  /**
   * The props of the deployment.
   * @default - every setting has its default
   */
  readonly timeouts?: StackTimeoutsProps;
  /**
   * The ARN of an existing SNS topic that every alarm notifies when it goes off and when it ends.
   * @default - `timeouts.alarmTopic`
   */
  readonly alarmTopicArn?: string;
  /**
   * The ARN of an existing KMS key that encrypts everything that is stored (docs/security.md says
   * what its policy must contain).
   * @default - `timeouts.encryptionKey`
   */
  readonly encryptionKeyArn?: string;
}

/**
 * A CloudFormation stack with one deployment. Its outputs tell clients and operators where the
 * parts are.
 */
export class StackTimeoutsStack extends Stack {
  readonly timeouts: StackTimeouts;

  constructor(
    scope: Construct,
    id: string,
    { timeouts, alarmTopicArn, encryptionKeyArn, ...props }: StackTimeoutsStackProps = {},
  ) {
    super(scope, id, props);
    // All logical ids begin with this id. Schedules up to a year old depend on some of them.
    this.timeouts = new StackTimeouts(this, 'Timeouts', {
      ...timeouts,
      ...(alarmTopicArn && { alarmTopic: Topic.fromTopicArn(this, 'AlarmTopic', alarmTopicArn) }),
      ...(encryptionKeyArn && { encryptionKey: Key.fromKeyArn(this, 'EncryptionKey', encryptionKeyArn) }),
    });
    const { functions, ...parts } = this.timeouts;
    const outputs = {
      CommandFunctionName: functions.command.functionName,
      WorkerFunctionName: `${functions.command.functionName}:${parts.workerFunction.aliasName}`,
      OperatorFunctionName: `${functions.command.functionName}:${parts.operatorFunction.aliasName}`,
      ArmFunctionName: functions.arm.functionName,
      EffectsFunctionName: functions.effects.functionName,
      WakeFunctionName: functions.wake.functionName,
      SweepFunctionName: functions.sweep.functionName,
      SweepRuleName: parts.sweepRule.ruleName,
      TableName: parts.table.tableName,
      TimerQueueUrl: parts.timerQueue.queueUrl,
      TimerDeadLetterQueueUrl: parts.timerDeadLetterQueue.queueUrl,
      ScheduleDeadLetterQueueUrl: parts.scheduleDeadLetterQueue.queueUrl,
      WorkQueueUrl: parts.workQueue.queueUrl,
      WorkDeadLetterQueueUrl: parts.workDeadLetterQueue.queueUrl,
      WorkRuleDeadLetterQueueUrl: parts.workRuleDeadLetterQueue.queueUrl,
      StreamFailureBucketName: parts.streamFailureBucket.bucketName,
      ScheduleGroupName: parts.scheduleGroup.scheduleGroupName,
      EventBusName: parts.eventBus.eventBusName,
      WorkerPolicyArn: parts.workerPolicy.managedPolicyArn,
      OperatorPolicyArn: parts.operatorPolicy.managedPolicyArn,
      DashboardName: parts.dashboard.dashboardName,
    } satisfies Record<OutputName, string>;
    for (const [name, value] of Object.entries(outputs)) new CfnOutput(this, name, { value });
  }
}
