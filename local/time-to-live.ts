import { DescribeTimeToLiveCommand, DynamoDBClient, UpdateTimeToLiveCommand } from '@aws-sdk/client-dynamodb';
import { EXPIRY_ATTRIBUTE } from '../contract/deployment.ts';
import type { StackOutputs } from './cdk.ts';
import { sdkConfig } from './environment.ts';

/**
 * Turns on the expiry of rows unless it is on: the emulator's CloudFormation ignores that part of
 * the template. (It ignores point-in-time recovery too, which nothing here needs.)
 */
export async function enableTimeToLive(endpoint: string, { TableName }: StackOutputs): Promise<void> {
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
