/** The real adapters pass the same port suites as the memory adapters of the unit tests. */
import { messagingSuites } from '../../ports/aws-messaging.ts';
import { dynamoDbSuites } from '../../ports/dynamodb.ts';
import { createTableLike } from '../../support/table-like.ts';
import { dynamodb, eventBridge, output, scheduler, sqs, unique } from './support/aws.ts';

dynamoDbSuites(
  () => dynamodb,
  async () => {
    const TableName = unique('port');
    await createTableLike(dynamodb, output('TableName'), TableName);
    return TableName;
  },
);

messagingSuites(() => ({ sqs, scheduler, eventBridge }), unique);
