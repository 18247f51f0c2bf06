/**
 * What concerns a whole deployment, so that other tests would be disturbed: on a local cloud of its
 * own.
 *
 * P11: an outage of ours is not the engine's death. P2: a work queue that loses everything.
 */
import { rm } from 'node:fs/promises';
import { DynamoDBClient, GetItemCommand } from '@aws-sdk/client-dynamodb';
import {
  DeleteFunctionConcurrencyCommand,
  InvokeCommand,
  LambdaClient,
  PutFunctionConcurrencyCommand,
} from '@aws-sdk/client-lambda';
import { GetQueueAttributesCommand, PurgeQueueCommand, SQSClient } from '@aws-sdk/client-sqs';
import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { accepted, type StackTimeoutsClient } from '../../../client/index.ts';
import type { ResourceAction } from '../../../contract/index.ts';
import { createHealthStore } from '../../../lambdas/adapters/dynamodb/health-store.ts';
import { resourceKey } from '../../../lambdas/adapters/dynamodb/keys.ts';
import { fromResourceActionItem } from '../../../lambdas/adapters/dynamodb/resource-action-item.ts';
import type { ResourceActionRow } from '../../../lambdas/domain/resource-action/state.ts';
import { clientFor } from '../../../local/client.ts';
import { sdkConfig } from '../../../local/environment.ts';
import { eventually } from '../../../local/eventually.ts';
import { type LocalCloud, startLocalCloud } from '../../../local/local-cloud.ts';
import { localFolder } from '../../support/local-folder.ts';
import { startEngine } from './support/engines.ts';
import { type Recording, recordCalls } from './support/recorder.ts';

let dir: string;
let cloud: LocalCloud;
let client: StackTimeoutsClient;
let recording: Recording;
beforeAll(async () => {
  dir = await localFolder('e2e-outage-');
  cloud = await startLocalCloud({ dir });
  recording = await recordCalls(cloud.outputs, inject('recordings'));
  client = clientFor(cloud.outputs);
});
afterAll(async () => {
  await recording?.stop();
  await cloud?.stop();
  await rm(dir, { recursive: true, force: true });
});

const output = (name: string): string => cloud.outputs[name] as string;
const sdk = <C>(Client: new (config: ReturnType<typeof sdkConfig>) => C): C =>
  new Client(sdkConfig(cloud.outputs));

const engineHere = (concurrency: number) =>
  startEngine(output('WorkQueueUrl'), {
    endpoint: cloud.outputs.endpoint,
    functionName: output('CommandFunctionName'),
    concurrency,
  });

async function start(stackId: string) {
  const operation = { stackId, operationId: 'op-1' };
  accepted(await client.startOperation({ ...operation, action: 'CREATE', timeoutSeconds: 900 }));
  return operation;
}

async function rowOf({ stackId, resource }: ResourceAction): Promise<ResourceActionRow> {
  const Key = resourceKey(stackId, resource);
  const get = new GetItemCommand({ TableName: output('TableName'), Key, ConsistentRead: true });
  const { Item } = await sdk(DynamoDBClient).send(get);
  return fromResourceActionItem(Item as NonNullable<typeof Item>);
}

test('a work queue purged with everything QUEUED: all is offered again, and finishes', async () => {
  const operation = await start('purged');
  const QueueUrl = output('WorkQueueUrl');
  const sqs = sdk(SQSClient);
  for (let n = 0; n < 10; n++) {
    const resource = { resource: `server-${n}`, action: 'CREATE' as const, startToCloseSeconds: 60 };
    accepted(await client.dispatchResource({ ...operation, ...resource }));
  }
  await eventually(async () => {
    const AttributeNames = ['ApproximateNumberOfMessages' as const];
    const { Attributes } = await sqs.send(new GetQueueAttributesCommand({ QueueUrl, AttributeNames }));
    expect(Attributes?.ApproximateNumberOfMessages).toBe('10');
  });
  await sqs.send(new PurgeQueueCommand({ QueueUrl }));
  const engine = await engineHere(10);
  const resources = await eventually(
    async () => {
      const { resources } = accepted(await client.getStack({ stackId: 'purged' }));
      for (const resource of resources) expect(resource).toMatchObject({ status: 'COMPLETE' });
      return resources;
    },
    { within: 120_000, every: 1000 },
  );
  expect(resources).toHaveLength(10);
  for (const resource of resources) expect(resource).toMatchObject({ attempt: 1, engineId: engine.engineId });
  engine.send('SIGTERM');
  await engine.ended;
});

test('the command function is out of order for longer than the heartbeat timeout, while wake goes on: no engine is lost but the dead one', async () => {
  const operation = await start('outage');
  const dispatch = async (resource: string, ...seconds: number[]) =>
    accepted(
      await client.dispatchResource({
        ...operation,
        resource,
        action: 'CREATE',
        startToCloseSeconds: 600,
        heartbeatSeconds: 5,
        retry: { maxAttempts: 2, intervalSeconds: 1, jitter: 'NONE' },
        input: { seconds },
      }),
    ).resource;
  // One attempt at a time: whoever is busy asks the queue for no more, and so takes nothing with it
  // when it dies.
  const lives = await engineHere(1);
  const kept = await dispatch('kept', 60);
  await lives.says({ type: 'began', resource: 'kept' });
  const dies = await engineHere(1);
  const orphaned = await dispatch('orphaned', 90, 1);
  await dies.says({ type: 'began', resource: 'orphaned' });

  const lambda = sdk(LambdaClient);
  const FunctionName = output('CommandFunctionName');
  await lambda.send(new PutFunctionConcurrencyCommand({ FunctionName, ReservedConcurrentExecutions: 0 }));
  const brokenAt = Date.now();
  dies.send('SIGKILL');
  await dies.ended;
  // Two heartbeat timeouts long nothing is heard of either of them; each missing heartbeat is
  // excused.
  await eventually(
    async () => {
      expect(Date.now() - brokenAt).toBeGreaterThan(12_000);
      for (const resource of [kept, orphaned]) {
        const row = await rowOf(resource);
        expect(row).toMatchObject({ phase: 'RUNNING', attempt: 1, change: 'GRANT' });
      }
    },
    { within: 90_000 },
  );
  const { failedAt = 0, succeededAt = 0 } = await createHealthStore(
    sdk(DynamoDBClient),
    output('TableName'),
  ).load();
  expect(failedAt).toBeGreaterThan(Math.max(succeededAt, brokenAt));
  expect(lives.count({ type: 'fault', during: 'heartbeat' })).toBeGreaterThan(0);
  // The sweep records it too. Its own minute may not fall into the outage.
  const swept = await lambda.send(new InvokeCommand({ FunctionName: output('SweepFunctionName') }));
  expect(swept.FunctionError).toBeUndefined();

  await lambda.send(new DeleteFunctionConcurrencyCommand({ FunctionName }));
  const becomes = ({ resource }: ResourceAction, expected: object) =>
    eventually(
      async () => {
        const { resource: now } = accepted(await client.getResource({ stackId: 'outage', resource }));
        expect(now).toMatchObject(expected);
      },
      { within: 90_000, every: 300 },
    );
  await becomes(orphaned, { phase: 'QUEUED', attempt: 2, cause: 'ENGINE_LOST' });
  const heir = await engineHere(1);
  await becomes(orphaned, { status: 'COMPLETE', attempt: 2, engineId: heir.engineId });
  await becomes(kept, { status: 'COMPLETE', attempt: 1, engineId: lives.engineId });
  expect(lives.count({ type: 'told' })).toBe(0);
});
