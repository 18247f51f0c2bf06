import { RemovalPolicy, Stack } from 'aws-cdk-lib';
import { PolicyDocument, PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import { ScheduleGroup } from 'aws-cdk-lib/aws-scheduler';
import type { Queue } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { keyCalls } from './encryption.ts';

export interface SchedulesProps {
  /** The group's name. EventBridge Scheduler allows 1 to 64 of `[0-9a-zA-Z-_.]`. */
  readonly groupName: string;
  readonly timerQueue: Queue;
  readonly deadLetterQueue: Queue;
  readonly encryptionKey: IKey | undefined;
}

/** The group of the one-shot schedules, and the role they send their wake-ups with. */
export class Schedules extends Construct {
  readonly group: ScheduleGroup;
  readonly executionRole: Role;
  /** Every schedule of the group. */
  readonly scheduleArns: string;

  constructor(scope: Construct, id: string, props: SchedulesProps) {
    super(scope, id);
    this.group = new ScheduleGroup(this, 'Group', {
      scheduleGroupName: props.groupName,
      // Unlike the table, even in production. Schedules are not data, and without the queue they
      // reach nobody. Every timer is still in the rows that are kept, where a sweep finds it.
      removalPolicy: RemovalPolicy.DESTROY,
    });
    this.scheduleArns = Stack.of(this).formatArn({
      service: 'scheduler',
      resource: 'schedule',
      resourceName: `${props.groupName}/*`,
    });
    this.executionRole = new Role(this, 'ExecutionRole', {
      description: 'EventBridge Scheduler sends wake-ups to the timer queue',
      // Without these conditions, a schedule of another account or group could use the role (the
      // confused deputy problem). EventBridge Scheduler passes the ARN of the group as the source,
      // not the ARN of the schedule.
      assumedBy: new ServicePrincipal('scheduler.amazonaws.com').withConditions({
        StringEquals: {
          'aws:SourceAccount': Stack.of(this).account,
          'aws:SourceArn': this.group.scheduleGroupArn,
        },
      }),
      inlinePolicies: {
        Send: new PolicyDocument({
          // EventBridge Scheduler uses the same role to send to the target's dead-letter queue.
          statements: [
            new PolicyStatement({
              actions: ['sqs:SendMessage'],
              resources: [props.timerQueue.queueArn, props.deadLetterQueue.queueArn],
            }),
            ...keyCalls('scheduler', props.encryptionKey),
          ],
        }),
      },
    });
  }
}
