import { CloudFormationClient, DescribeStackResourcesCommand } from '@aws-sdk/client-cloudformation';
import { sdkConfig } from '../../../../local/environment.ts';
import type { Outputs } from '../../../../local/local-cloud.ts';

/** What each resource of the deployment is called in the template, by its name in the cloud. */
export type LogicalIds = Readonly<Record<string, string>>;

export async function logicalIds(outputs: Outputs, StackName = 'StackTimeouts'): Promise<LogicalIds> {
  const cloudFormation = new CloudFormationClient(sdkConfig(outputs));
  const { StackResources = [] } = await cloudFormation.send(new DescribeStackResourcesCommand({ StackName }));
  // Of a queue, CloudFormation tells the URL.
  return Object.fromEntries(
    StackResources.map(({ PhysicalResourceId = '', LogicalResourceId = '' }) => [
      PhysicalResourceId.split('/').at(-1) ?? '',
      LogicalResourceId,
    ]),
  );
}
