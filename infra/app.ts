/** The CDK app: one deployment, configured by CDK context (`npx cdk deploy -c leadSeconds=60`). */
import { App } from 'aws-cdk-lib';
import { settingsFromContext } from './config.ts';
import { StackTimeoutsStack } from './stack.ts';

const app = new App();
const { stackName, alarmTopicArn, encryptionKeyArn, ...settings } = settingsFromContext(app.node);
new StackTimeoutsStack(app, stackName, {
  timeouts: settings,
  ...(alarmTopicArn && { alarmTopicArn }),
  ...(encryptionKeyArn && { encryptionKeyArn }),
});
