/** Reads and sends the dead letters of a deployment on AWS. */
import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { DeleteObjectCommand, GetObjectCommand, paginateListObjectsV2, S3Client } from '@aws-sdk/client-s3';
import { SQSClient } from '@aws-sdk/client-sqs';
import type { OutputName } from '../../contract/deployment.ts';
import type { AwsSettings, Deployment } from '../locate.ts';
import { batchItemFailures } from './batches.ts';
import type { DeadLetters, FailureRecords, StreamFunctions } from './redrive.ts';
import { SqsDeadLetterQueue, sendTo } from './sqs.ts';

export async function awsDeadLetters({ aws, output }: Deployment): Promise<DeadLetters> {
  const sqs = new SQSClient(aws);
  const queue = async (name: OutputName) => new SqsDeadLetterQueue(sqs, await output(name));
  return {
    timers: await queue('TimerDeadLetterQueueUrl'),
    schedules: await queue('ScheduleDeadLetterQueueUrl'),
    sendWakeUps: sendTo(sqs, await output('TimerQueueUrl')),
    work: await queue('WorkDeadLetterQueueUrl'),
    workRule: await queue('WorkRuleDeadLetterQueueUrl'),
    sendWork: sendTo(sqs, await output('WorkQueueUrl')),
    stream: new S3FailureRecords(
      new S3Client({ ...aws, forcePathStyle: hasCustomEndpoint(aws) }),
      await output('StreamFailureBucketName'),
    ),
    streamFunctions: functionsOf(new LambdaClient(aws), [
      await output('ArmFunctionName'),
      await output('EffectsFunctionName'),
    ]),
  };
}

/** A custom endpoint has no host name for each bucket. */
export const hasCustomEndpoint = ({ endpoint }: AwsSettings): boolean =>
  [endpoint, process.env.AWS_ENDPOINT_URL_S3, process.env.AWS_ENDPOINT_URL].some(Boolean);

class S3FailureRecords implements FailureRecords {
  readonly #s3: S3Client;
  readonly #bucket: string;

  constructor(s3: S3Client, bucket: string) {
    this.#s3 = s3;
    this.#bucket = bucket;
  }

  async list(): Promise<string[]> {
    const found: { key: string; at: number }[] = [];
    for await (const page of paginateListObjectsV2({ client: this.#s3 }, { Bucket: this.#bucket })) {
      for (const { Key, LastModified } of page.Contents ?? []) {
        if (Key !== undefined) found.push({ key: Key, at: LastModified?.getTime() ?? 0 });
      }
    }
    return found.toSorted((a, b) => a.at - b.at).map(({ key }) => key);
  }

  async read(key: string): Promise<string> {
    const { Body } = await this.#s3.send(new GetObjectCommand({ Bucket: this.#bucket, Key: key }));
    return (await Body?.transformToString()) ?? '';
  }

  async delete(key: string): Promise<void> {
    await this.#s3.send(new DeleteObjectCommand({ Bucket: this.#bucket, Key: key }));
  }
}

function functionsOf(lambda: LambdaClient, names: readonly string[]): StreamFunctions {
  return {
    names,
    async invoke(functionArn, payload) {
      const result = await lambda.send(new InvokeCommand({ FunctionName: functionArn, Payload: payload }));
      const answer = result.Payload?.transformToString() ?? '';
      if (result.FunctionError) throw new Error(`${result.FunctionError}: ${answer}`);
      const failures = batchItemFailures(answer);
      if (failures > 0) throw new Error(`${failures} records failed again`);
    },
  };
}
