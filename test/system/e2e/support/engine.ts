/** An engine that starts an operation, says so, and goes on for ever: until it is killed. */
import { LambdaClient } from '@aws-sdk/client-lambda';
import { StackTimeoutsClient } from '../../../../client/client.ts';
import { sdkConfig } from '../../../../local/environment.ts';

const [endpoint = '', functionName = '', stackId = '', timeoutSeconds = ''] = process.argv.slice(2);
const client = new StackTimeoutsClient({ functionName, lambda: new LambdaClient(sdkConfig({ endpoint })) });
const answer = await client.startOperation({
  stackId,
  operationId: 'op-1',
  action: 'CREATE',
  timeoutSeconds: Number(timeoutSeconds),
});
console.log(JSON.stringify(answer));
setInterval(() => {}, 60_000);
