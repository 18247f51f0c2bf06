/** The board as a process, over the deployment, in a real browser. */
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import {
  CloudWatchClient,
  DescribeAlarmsCommand,
  PutMetricDataCommand,
  SetAlarmStateCommand,
} from '@aws-sdk/client-cloudwatch';
import { SendMessageCommand } from '@aws-sdk/client-sqs';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { accepted } from '../../../client/index.ts';
import type { ResourceAction } from '../../../contract/index.ts';
import { DEPLOYMENT_DIMENSION, METRIC_NAMESPACE } from '../../../contract/metrics.ts';
import { cdkEnvironment, PROJECT, sdkConfig } from '../../../local/environment.ts';
import { eventually } from '../../../local/eventually.ts';
import { type Connection, proxyTo } from '../../support/proxy.ts';
import { deployment, drain, output, sqs, unique } from '../e2e/support/aws.ts';
import { becomes, dispatch } from '../e2e/support/resources.ts';
import { client, get, start } from '../e2e/support/stacks.ts';
import { ownWork } from '../e2e/support/work.ts';
import { openPage } from './board.ts';
import { HOSTILE_REASON } from './states.ts';

let proxy: Connection;
let url: string;
const stops: (() => void)[] = [];

beforeAll(async () => {
  proxy = await proxyTo(deployment.outputs.endpoint);
  url = await startBoard(proxy.endpoint);
});
afterAll(() => {
  for (const stop of stops) stop();
});

/** Starts the command as a user would, and resolves with the address that it prints. */
async function startBoard(endpoint: string, ...flags: string[]): Promise<string> {
  const child = spawn(
    process.execPath,
    [`${PROJECT}cli/main.ts`, 'board', '--port', '0', '--json', ...flags],
    {
      env: cdkEnvironment(process.env, endpoint) as NodeJS.ProcessEnv,
      stdio: ['ignore', 'pipe', 'inherit'],
    },
  );
  stops.push(() => child.kill('SIGKILL'));
  for await (const line of createInterface(child.stdout)) return (JSON.parse(line) as { url: string }).url;
  throw new Error('the board ended');
}

const search = (stackId: string) => `/?q=${encodeURIComponent(stackId)}`;
const details = (stackId: string) => `/?stack=${encodeURIComponent(stackId)}`;
const row = (page: Page, name: string) =>
  page.getByRole('row').filter({ has: page.getByRole('rowheader', { name, exact: true }) });
const shows = (found: { textContent(): Promise<string | null> }, expected: string | RegExp) =>
  eventually(async () => expect(await found.textContent()).toMatch(expected));

const claimOf = ({ stackId, operationId, resource, attempt }: ResourceAction, claimId: string) => ({
  stackId,
  operationId,
  resource,
  attempt,
  claimId,
});

test('running, nested and waiting work is on the first screen, and its changes', async () => {
  const stack = await start(600);
  const server = await dispatch(stack, 'server');
  await dispatch(stack, 'volume');
  accepted(await client.claimResource({ ...claimOf(server, 'claim-1'), engineId: 'engine-7' }));
  const child = await start(300, { parent: { stackId: stack.stackId, operationId: stack.operationId } });
  const page = await openPage(url, search(stack.stackId));
  await shows(row(page, stack.stackId), /CREATE_IN_PROGRESS.*in 9m.*1 running.*1 waiting/s);
  const changed = Date.now();
  accepted(await client.completeResource({ ...claimOf(server, 'claim-1'), status: 'COMPLETE' }));
  await shows(row(page, stack.stackId), /1 waiting.*1 complete/s);
  console.log(`from the change to the board: ${Date.now() - changed} ms`);
  await page.goto(new URL(search(child.stackId), url).href);
  await shows(row(page, child.stackId), `child of ${stack.stackId}`);
});

test('a stack that timed out: among the failed, with cause and lateness', async () => {
  const stack = await start(3);
  const page = await openPage(url, search(stack.stackId));
  await shows(
    row(page, stack.stackId),
    /CREATE_FAILED.*TIMEOUT: the operation's deadline.*s late.*Timed out/s,
  );
});

test('a stack whose work was retried: engines, causes and reasons of every attempt', async () => {
  const stack = await start(600);
  const retry = { maxAttempts: 3, intervalSeconds: 1, backoffRate: 1, jitter: 'NONE' } as const;
  let server = await dispatch(stack, 'server', { retry, heartbeatSeconds: 2 });
  accepted(await client.claimResource({ ...claimOf(server, 'claim-1'), engineId: 'engine-a' }));
  const page = await openPage(url, details(stack.stackId));
  server = await becomes(server, { attempt: 2, phase: 'QUEUED' });
  accepted(await client.claimResource({ ...claimOf(server, 'claim-2'), engineId: 'engine-b' }));
  const failed = { ...claimOf(server, 'claim-2'), status: 'FAILED', reason: HOSTILE_REASON } as const;
  accepted(await client.completeResource(failed));
  server = await becomes(server, { attempt: 3, phase: 'QUEUED' });
  accepted(await client.claimResource({ ...claimOf(server, 'claim-3'), engineId: 'engine-c' }));
  const attempts = page.getByRole('region', { name: 'Attempts' });
  await shows(
    attempts,
    /server3engine-c.*in progress.*server2engine-b.*failed.*server1engine-a.*engine lost/s,
  );
  const lane = page.getByRole('img', {
    name: /engine-a lost its engine.*engine-b failed.*engine-c is running/,
  });
  await lane.waitFor();
  await page.getByText('<script>alert("reason")</script>').first().waitFor();
  expect(await page.locator('main script, main img').count()).toBe(0);
});

test('input and output', async () => {
  const stack = await start(600);
  const server = await dispatch(stack, 'server', { input: { seconds: 3 } });
  accepted(await client.claimResource({ ...claimOf(server, 'claim-1'), engineId: 'engine-7' }));
  const output = { html: HOSTILE_REASON };
  accepted(await client.completeResource({ ...claimOf(server, 'claim-1'), status: 'COMPLETE', output }));
  const page = await openPage(url, details(stack.stackId));
  await page.getByRole('button', { name: 'Show input and output of server' }).click();
  await shows(page.getByRole('region', { name: 'Input and output of server' }), /"seconds": 3.*<script>/s);
});

describe('actions', () => {
  test('cancel', async () => {
    const { stackId } = await start(600);
    const page = await openPage(url, details(stackId));
    await page.getByRole('button', { name: 'Cancel the operation …' }).click();
    await page.getByLabel('Reason').fill('wrong template');
    const dialog = page.getByRole('dialog');
    await dialog.getByRole('button', { name: 'Cancel the operation' }).click();
    await dialog.waitFor({ state: 'detached' });
    await page.getByText('CREATE_FAILED').first().waitFor();
    expect(await get(stackId)).toMatchObject({ cause: 'CANCELLED', statusReason: 'wrong template' });
  });

  test('extend, in one of two browsers: the other one shows it', async () => {
    const stack = await start(600);
    const page = await openPage(url, details(stack.stackId));
    const other = await openPage(url, search(stack.stackId));
    await page.getByRole('button', { name: 'Move the deadline …' }).click();
    await page.getByLabel('Time from now').fill('3h');
    await page.getByRole('dialog').getByRole('button', { name: 'Move the deadline' }).click();
    await shows(row(other, stack.stackId), 'in 2h 59m');
    expect(Date.parse((await get(stack.stackId)).deadline)).toBeGreaterThan(Date.parse(stack.deadline));
  });

  test('redrive, the dry run first', async () => {
    const { resourceType, queueUrl } = await ownWork();
    const { stackId, operationId } = await start(600);
    await dispatch({ stackId, operationId }, 'server', { resourceType });
    const [MessageBody] = await eventually(async () => {
      const bodies = await drain(queueUrl);
      expect(bodies).toHaveLength(1);
      return bodies;
    });
    await sqs.send(new SendMessageCommand({ QueueUrl: output('WorkRuleDeadLetterQueueUrl'), MessageBody }));
    const page = await openPage(url);
    await page.getByRole('button', { name: 'Redrive work-rule …' }).click({ timeout: 40_000 });
    const dialog = page.getByRole('dialog', { name: /^Redrive work-rule: a preview/ });
    await shows(dialog, new RegExp(`1 would be sent.*${stackId}`, 's'));
    await dialog.getByRole('button', { name: 'Send 1 again' }).click();
    await dialog.waitFor({ state: 'detached' });
    await shows(row(page, 'work-rule work that EventBridge could not send'), /send0/);
  });

  test('--read-only', async () => {
    const { stackId } = await start(600);
    const page = await openPage(await startBoard(proxy.endpoint, '--read-only'), details(stackId));
    await page.getByText('The board was started with --read-only.').waitFor();
    expect(await page.getByRole('button', { name: 'Cancel the operation' }).count()).toBe(0);
  });
});

test('health: what the deployment tells', async () => {
  const cloudWatch = new CloudWatchClient(sdkConfig(deployment.outputs));
  // The local cloud makes no metrics of the functions' logs.
  const Dimensions = [{ Name: DEPLOYMENT_DIMENSION, Value: output('DashboardName').replace(/-us-.*/, '') }];
  const MetricData = [{ MetricName: 'SweepCompleted', Dimensions, Value: 1 }];
  await cloudWatch.send(new PutMetricDataCommand({ Namespace: METRIC_NAMESPACE, MetricData }));
  // Afterwards: the local cloud judges every alarm anew when it takes a metric.
  const { MetricAlarms: [alarm] = [] } = await cloudWatch.send(new DescribeAlarmsCommand({}));
  const AlarmName = alarm?.AlarmName ?? '';
  await cloudWatch.send(new SetAlarmStateCommand({ AlarmName, StateValue: 'ALARM', StateReason: 'test' }));
  const page = await openPage(await startBoard(proxy.endpoint));
  await page.getByText(/recorded a heartbeat .* ago/).waitFor({ timeout: 90_000 });
  await page.getByText(`! ${AlarmName}`).waitFor();
  await page.getByText(/completed in the minute of \d/).waitFor();
  await page.getByText(/\d+ messages? waits? for an engine/).waitFor();
  await shows(row(page, 'schedules wake-ups that EventBridge Scheduler could not send'), /\d/);
  const dashboard = page.getByRole('link', { name: 'CloudWatch dashboard' });
  expect(await dashboard.getAttribute('href')).toContain(output('DashboardName'));
});

test('the service goes away and comes back: said, and mended by itself', async () => {
  const { stackId, operationId } = await start(600);
  const own = await proxyTo(deployment.outputs.endpoint);
  const page = await openPage(await startBoard(own.endpoint), search(stackId));
  await shows(row(page, stackId), 'CREATE_IN_PROGRESS');
  await own.cut();
  await shows(page.getByRole('alert'), 'The service does not answer, trying again');
  await shows(row(page, stackId), 'CREATE_IN_PROGRESS');
  accepted(await client.cancelOperation({ stackId, operationId, reason: unique('meanwhile') }));
  await own.mend();
  await page.getByRole('alert').waitFor({ state: 'detached' });
  await shows(row(page, stackId), /CREATE_FAILED.*meanwhile/s);
  await own.cut();
});
