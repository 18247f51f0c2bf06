import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { EventBridgeClient } from '@aws-sdk/client-eventbridge';
import { LambdaClient } from '@aws-sdk/client-lambda';
import { SchedulerClient } from '@aws-sdk/client-scheduler';
import { SQSClient } from '@aws-sdk/client-sqs';
import { inject } from 'vitest';
import { sdkConfig } from '../../../../local/environment.ts';
import * as queues from '../../../support/queues.ts';

/** The deployment under test: its outputs, and whether its endpoint fires schedules. */
export const deployment = inject('deployment');

/** The users that engines and operators are where IAM is enforced; undefined elsewhere. */
export const users = inject('principals')?.users;

const config = sdkConfig(deployment.outputs);
export const dynamodb = new DynamoDBClient(config);
export const eventBridge = new EventBridgeClient(config);
export const lambda = new LambdaClient(config);
export const scheduler = new SchedulerClient(config);
export const sqs = new SQSClient(config);

/** An output of the deployed stack. */
export function output(name: string): string {
  const value = deployment.outputs[name];
  if (value === undefined) throw new Error(`the deployment has no output ${name}`);
  return value;
}

let made = 0;
/** A name that no other test of this run uses. */
export const unique = (prefix: string): string => `${prefix}-${process.pid}-${Date.now()}-${made++}`;

/** Takes the messages that are visible now off a queue. */
export const drain = (queueUrl: string): Promise<string[]> => queues.drain(sqs, queueUrl);

/** A queue of the test's own. */
export const createQueue = (prefix: string): Promise<{ url: string; arn: string }> =>
  queues.createQueue(sqs, unique(prefix));
