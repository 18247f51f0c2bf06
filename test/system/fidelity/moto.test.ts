/**
 * The port suites of queues, schedules and the bus on moto, which reads AWS's documentation
 * independently of the emulator: the end-to-end tests run them there.
 */
import { EventBridgeClient } from '@aws-sdk/client-eventbridge';
import { SchedulerClient } from '@aws-sdk/client-scheduler';
import { SQSClient } from '@aws-sdk/client-sqs';
import { afterAll, beforeAll } from 'vitest';
import { sdkConfig } from '../../../local/environment.ts';
import { type MessagingClients, messagingSuites } from '../../ports/aws-messaging.ts';
import { startMoto } from '../engines/moto/moto.ts';
import type { Server } from '../engines/server.ts';

let moto: Server;
let clients: MessagingClients;
beforeAll(async () => {
  moto = await startMoto();
  const config = sdkConfig({ endpoint: `http://127.0.0.1:${moto.port}` });
  clients = {
    sqs: new SQSClient(config),
    scheduler: new SchedulerClient(config),
    eventBridge: new EventBridgeClient(config),
  };
});
afterAll(async () => {
  await moto?.stop();
});

let made = 0;
messagingSuites(
  () => clients,
  (prefix) => `${prefix}-${made++}`,
);
