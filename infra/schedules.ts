import { RemovalPolicy, Stack } from 'aws-cdk-lib';
import { PolicyDocument, PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { ScheduleGroup } from 'aws-cdk-lib/aws-scheduler';
import type { Queue } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';

export interface SchedulesProps {
  /** The group's name: 1 to 64 of `[0-9a-zA-Z-_.]`, as EventBridge Scheduler demands. */
  readonly groupName: string;
  readonly timerQueue: Queue;
  readonly deadLetterQueue: Queue;
}

/** Where the one-shot schedules live, and as whom they put their wake-up on the timer queue. */
export class Schedules extends Construct {
  readonly group: ScheduleGroup;
  readonly executionRole: Role;
  /** Every schedule of the group. */
  readonly scheduleArns: string;

  constructor(scope: Construct, id: string, props: SchedulesProps) {
    super(scope, id);
    this.group = new ScheduleGroup(this, 'Group', {
      scheduleGroupName: props.groupName,
      // Always, unlike the table: schedules are no data but wake-ups, and without the queue they would wake nobody.
      // The rows that are kept still hold every timer, and a sweep finds them.
      removalPolicy: RemovalPolicy.DESTROY,
    });
    this.scheduleArns = Stack.of(this).formatArn({
      service: 'scheduler',
      resource: 'schedule',
      resourceName: `${props.groupName}/*`,
    });
    this.executionRole = new Role(this, 'ExecutionRole', {
      description: 'EventBridge Scheduler puts wake-ups on the timer queue',
      // Without the conditions, a schedule of another account or group could use the role (the "confused deputy").
      // The scheduler states the ARN of the group as the source, not that of the schedule.
      assumedBy: new ServicePrincipal('scheduler.amazonaws.com').withConditions({
        StringEquals: {
          'aws:SourceAccount': Stack.of(this).account,
          'aws:SourceArn': this.group.scheduleGroupArn,
        },
      }),
      inlinePolicies: {
        Send: new PolicyDocument({
          // The scheduler sends to the target's dead-letter queue as the same role.
          statements: [
            new PolicyStatement({
              actions: ['sqs:SendMessage'],
              resources: [props.timerQueue.queueArn, props.deadLetterQueue.queueArn],
            }),
          ],
        }),
      },
    });
  }
}
