/**
 * P3, P5, P10: work messages that come twice, late, in the wrong order, or to an engine in another
 * language.
 */
import { InvokeCommand } from '@aws-sdk/client-lambda';
import { SendMessageCommand } from '@aws-sdk/client-sqs';
import { describe, expect, test } from 'vitest';
import { accepted } from '../../../client/index.ts';
import type { ResourceAction } from '../../../contract/index.ts';
import { eventually } from '../../../local/eventually.ts';
import { createQueue, drain, lambda, output, sqs } from './support/aws.ts';
import { startEngine } from './support/engines.ts';
import { becomes, dispatch, MANY_ATTEMPTS, resourceRow } from './support/resources.ts';
import { client, get, start } from './support/stacks.ts';
import { ownWork } from './support/work.ts';

/** Waits for the messages that offer attempts of a test's work, and takes them. */
function messagesFrom(queueUrl: string): (count: number) => Promise<string[]> {
  const bodies: string[] = [];
  return (count) =>
    eventually(
      async () => {
        bodies.push(...(await drain(queueUrl)));
        expect(bodies).toHaveLength(count);
        return bodies;
      },
      { within: 120_000, every: 300 },
    );
}

async function send(queueUrl: string, ...bodies: (string | undefined)[]): Promise<void> {
  for (const body of bodies)
    await sqs.send(new SendMessageCommand({ QueueUrl: queueUrl, MessageBody: body as string }));
}

const claimBy = (claimId: string, { stackId, operationId, resource, attempt }: ResourceAction) => ({
  stackId,
  operationId,
  resource,
  attempt,
  claimId,
});

describe.concurrent('work messages', () => {
  test('the same one delivered to an engine again and again: handled once', async () => {
    const { resourceType, queueUrl } = await ownWork();
    const { url: delivery } = await createQueue('delivery');
    const stack = await start(600);
    const server = await dispatch(stack, 'server', {
      resourceType,
      heartbeatSeconds: 30,
      input: { seconds: 4 },
    });
    const [body] = await messagesFrom(queueUrl)(1);
    await send(delivery, body, body);
    const engine = await startEngine(delivery);
    await engine.says({ type: 'began' });
    await engine.says({ type: 'refused', message: 'deleted' });
    await send(delivery, body);
    await becomes(server, { status: 'COMPLETE', attempt: 1 });
    const { version } = await resourceRow(server);
    await send(delivery, body);
    await eventually(async () => expect(engine.count({ type: 'refused', message: 'deleted' })).toBe(3));
    expect(engine.count({ type: 'began' })).toBe(1);
    expect(engine.count({ type: 'completed' })).toBe(1);
    expect((await resourceRow(server)).version).toBe(version);
  });

  test('20 engines that get the same one at once: one of them works', async () => {
    const { resourceType, queueUrl } = await ownWork();
    const stack = await start(600);
    const server = await dispatch(stack, 'server', { resourceType });
    await messagesFrom(queueUrl)(1);
    const answers = await Promise.all(
      Array.from({ length: 20 }, (_, n) =>
        client.claimResource({ ...claimBy(`claim-${n}`, server), engineId: `engine-${n}` }),
      ),
    );
    const winners = answers.flatMap((answer) => (answer.ok ? [answer.resource] : []));
    expect(winners).toHaveLength(1);
    for (const answer of answers) {
      if (!answer.ok) expect(answer.error).toMatchObject({ code: 'NotClaimable', current: winners[0] });
    }
    expect(await resourceRow(server)).toMatchObject({ engineId: winners[0]?.engineId, version: 2 });
  });

  test('those of an earlier attempt, replayed or in the wrong order: nothing', async () => {
    const { resourceType, queueUrl } = await ownWork();
    const messages = messagesFrom(queueUrl);
    const { url: delivery } = await createQueue('delivery');
    const stack = await start(600);
    const fields = { resourceType, retry: MANY_ATTEMPTS, input: { seconds: [9, 3] } };
    const server = await dispatch(stack, 'server', fields);
    const [first] = await messages(1);
    const own = claimBy('claim-1', server);
    accepted(await client.claimResource({ ...own, engineId: 'test' }));
    accepted(await client.completeResource({ ...own, status: 'FAILED' }));
    await becomes(server, { phase: 'QUEUED', attempt: 2 });
    const [, second] = await messages(2);

    await send(delivery, first, second, first);
    const engine = await startEngine(delivery);
    await engine.says({ type: 'began', attempt: 2 });
    await eventually(async () => expect(engine.count({ type: 'refused', attempt: 1 })).toBe(2));
    const running = await resourceRow(server);
    await send(delivery, first);
    await eventually(async () => expect(engine.count({ type: 'refused', attempt: 1 })).toBe(3));
    const now = await resourceRow(server);
    if (now.status === 'IN_PROGRESS') expect(now).toEqual(running);
    await becomes(server, { status: 'COMPLETE', attempt: 2, engineId: engine.engineId });
    expect(engine.count({ type: 'began' })).toBe(1);
  });

  test('one of an operation that is over: the engine deletes it, and does not work', async () => {
    const { resourceType, queueUrl } = await ownWork();
    const { stackId, operationId } = await start(600);
    await dispatch({ stackId, operationId }, 'server', { resourceType });
    const [body] = await messagesFrom(queueUrl)(1);
    accepted(await client.completeOperation({ stackId, operationId, status: 'COMPLETE' }));
    await send(queueUrl, body);
    const engine = await startEngine(queueUrl);
    await engine.says({ type: 'refused', message: 'deleted' });
    expect(engine.count({ type: 'claimed' })).toBe(0);
    expect(await get(stackId)).toMatchObject({ status: 'COMPLETE' });
  });
});

test('for an engine in any language: from the message to the end by JSON alone', async () => {
  const { resourceType, queueUrl } = await ownWork();
  const stack = await start(600);
  await dispatch(stack, 'server', { resourceType, heartbeatSeconds: 30, input: { seconds: 1 } });
  const [body] = await messagesFrom(queueUrl)(1);
  const message = JSON.parse(body as string);
  expect(message).toMatchObject({ source: 'stack-timeouts', 'detail-type': 'Resource Action Status Change' });
  const { stackId, operationId, resource, attempt } = message.detail;
  const own = { stackId, operationId, resource, attempt, claimId: 'any-uuid' };
  const invoke = async (request: object) => {
    const { FunctionError, Payload } = await lambda.send(
      new InvokeCommand({ FunctionName: output('CommandFunctionName'), Payload: JSON.stringify(request) }),
    );
    expect(FunctionError).toBeUndefined();
    return JSON.parse(new TextDecoder().decode(Payload));
  };

  const claim = { command: 'ClaimResource', ...own, engineId: 'cobol' };
  const claimed = await invoke(claim);
  expect(claimed).toEqual({
    ok: true,
    input: { seconds: 1 },
    remainingSeconds: expect.any(Number),
    resource: {
      ...{ stackId, operationId, resource, resourceType, action: 'CREATE', status: 'IN_PROGRESS' },
      ...{ phase: 'RUNNING', attempt: 1, maxAttempts: 1, engineId: 'cobol', version: 2 },
      statusReason: 'Resource CREATE started by engine cobol',
      phaseStartedAt: expect.any(String),
      attemptDeadline: expect.any(String),
      heartbeatDeadline: expect.any(String),
      lastHeartbeatAt: expect.any(String),
    },
  });
  expect(claimed.remainingSeconds).toBeGreaterThan(100);
  expect(await invoke(claim), 'repeated').toMatchObject({ ok: true, resource: claimed.resource });
  expect(await invoke({ command: 'Heartbeat', ...own })).toEqual({
    ok: true,
    remainingSeconds: expect.any(Number),
  });
  const complete = { command: 'CompleteResource', ...own, status: 'COMPLETE', output: [1, 'two', null] };
  const completed = await invoke(complete);
  expect(completed).toMatchObject({ ok: true, resource: { status: 'COMPLETE', cause: 'REPORTED' } });
  expect(await invoke(complete), 'repeated').toEqual(completed);
  expect(await invoke({ ...complete, status: 'FAILED' })).toMatchObject({
    ok: false,
    error: { code: 'StaleAttempt', current: completed.resource },
  });
  expect(await invoke({ command: 'Heartbeat', ...own })).toMatchObject({
    ok: false,
    error: { code: 'StaleAttempt' },
  });
  expect(await invoke({ command: 'GetResource', stackId, resource })).toEqual({
    ok: true,
    resource: completed.resource,
    input: { seconds: 1 },
    output: [1, 'two', null],
  });
});
