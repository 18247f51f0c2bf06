/**
 * What the emulator's CloudFormation leaves out of the template, made up for through the public API.
 *
 * Only what can be noticed: it leaves out point-in-time recovery too, but there is nothing to recover from.
 */
import { DescribeTimeToLiveCommand, DynamoDBClient, UpdateTimeToLiveCommand } from '@aws-sdk/client-dynamodb';
import { EXPIRY_ATTRIBUTE } from '../contract/deployment.ts';
import type { StackOutputs } from './cdk.ts';
import { sdkConfig } from './environment.ts';

/** Turns on the expiry of rows, unless it is on. */
export async function repair(endpoint: string, { TableName }: StackOutputs): Promise<void> {
  const dynamodb = new DynamoDBClient(sdkConfig({ endpoint }));
  const { TimeToLiveDescription } = await dynamodb.send(new DescribeTimeToLiveCommand({ TableName }));
  if (TimeToLiveDescription?.TimeToLiveStatus !== 'DISABLED') return;
  await dynamodb.send(
    new UpdateTimeToLiveCommand({
      TableName,
      TimeToLiveSpecification: { AttributeName: EXPIRY_ATTRIBUTE, Enabled: true },
    }),
  );
}
