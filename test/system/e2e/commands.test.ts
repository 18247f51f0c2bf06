/** Every command and every error code, by invoking the deployed function as any engine would. */
import { InvokeCommand } from '@aws-sdk/client-lambda';
import { describe, expect, test } from 'vitest';
import type { OutputName } from '../../../contract/deployment.ts';
import type { Answer, Stack } from '../../../contract/index.ts';
import { eventually } from '../../../local/eventually.ts';
import { lambda, output, unique } from './support/aws.ts';
import { client, expire, get, row, start, timedOut } from './support/stacks.ts';

async function invoke(request: unknown, name: OutputName = 'CommandFunctionName'): Promise<Answer> {
  const { Payload, FunctionError } = await lambda.send(
    new InvokeCommand({ FunctionName: output(name), Payload: JSON.stringify(request) }),
  );
  expect(FunctionError, 'a refusal is an answer, never a Lambda error').toBeUndefined();
  return JSON.parse(Payload?.transformToString() ?? '');
}

const errorOf = (answer: Answer) => (answer.ok ? 'ok' : answer.error.code);

describe('StartOperation', () => {
  test('answers with the stack, in progress until its deadline', async () => {
    const request = {
      command: 'StartOperation',
      stackId: unique('heat/prod:net'),
      operationId: unique('op'),
      action: 'UPDATE',
      timeoutSeconds: 600,
      metadata: { owner: 'ops', tags: ['a', 1, null] },
    };
    const answer = await invoke(request);
    const { stack } = answer as Extract<Answer, { ok: true; stack: unknown }>;
    expect(stack).toEqual({
      stackId: request.stackId,
      operationId: request.operationId,
      action: 'UPDATE',
      status: 'IN_PROGRESS',
      statusReason: 'Stack UPDATE started',
      startedAt: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
      deadline: expect.any(String),
      metadata: request.metadata,
      version: 1,
    });
    expect(Date.parse(stack.deadline) - Date.parse(stack.startedAt)).toBe(600_000);
  });

  test('repeated, it answers with the current state and writes nothing', async () => {
    const { stackId, operationId, action } = await start(600);
    const again = await client.startOperation({ stackId, operationId, action, timeoutSeconds: 60 });
    expect(again).toMatchObject({ ok: true, stack: { version: 1 } });
  });

  test('repeated after the operation ended, it shows how', async () => {
    const { stackId, operationId, action } = await start(600);
    await client.completeOperation({ stackId, operationId, status: 'COMPLETE' });
    const again = await client.startOperation({ stackId, operationId, action, timeoutSeconds: 600 });
    expect(again).toMatchObject({ ok: true, stack: { status: 'COMPLETE', cause: 'REPORTED', version: 2 } });
  });

  test('repeated after it was superseded, or after another one followed: StaleOperation', async () => {
    const { stackId, operationId, action } = await start(600);
    const second = { stackId, operationId: unique('op'), action, timeoutSeconds: 600 };
    expect(await client.startOperation({ ...second, supersede: true })).toMatchObject({ ok: true });
    await client.completeOperation({ stackId, operationId: second.operationId, status: 'COMPLETE' });
    for (const supersede of [true, false]) {
      const again = await client.startOperation({
        stackId,
        operationId,
        action,
        timeoutSeconds: 600,
        supersede,
      });
      expect(errorOf(again)).toBe('StaleOperation');
    }
    const third = { ...second, operationId: unique('op') };
    expect(await client.startOperation(third)).toMatchObject({ ok: true, stack: { status: 'IN_PROGRESS' } });
    expect(errorOf(await client.startOperation(second))).toBe('StaleOperation');
  });

  test('while another operation runs: OperationInProgress, with the current one', async () => {
    const { stackId, operationId, action } = await start(600);
    const refused = await client.startOperation({
      stackId,
      operationId: unique('op'),
      action,
      timeoutSeconds: 60,
    });
    expect(refused).toMatchObject({
      ok: false,
      error: { code: 'OperationInProgress', current: { operationId, status: 'IN_PROGRESS' } },
    });
    expect(await row(stackId)).toMatchObject({ version: 1, operationId });
  });
});

describe('CompleteOperation', () => {
  test.each(['COMPLETE', 'FAILED'] as const)(
    'with %s; repeated it is ok, with the other status refused',
    async (status) => {
      const { stackId, operationId } = await start(600);
      const request = { stackId, operationId, status, reason: 'as it turned out' };
      for (let n = 0; n < 2; n++) {
        expect(await client.completeOperation(request)).toMatchObject({
          ok: true,
          stack: {
            status,
            cause: 'REPORTED',
            statusReason: 'as it turned out',
            version: 2,
            endedAt: expect.any(String),
          },
        });
      }
      const other = status === 'COMPLETE' ? 'FAILED' : 'COMPLETE';
      expect(await client.completeOperation({ ...request, status: other })).toMatchObject({
        ok: false,
        error: { code: 'OperationEnded', current: { status, version: 2 } },
      });
    },
  );
});

describe('CancelOperation', () => {
  test('fails the operation with cause CANCELLED; repeated it is ok', async () => {
    const { stackId, operationId } = await start(600);
    for (let n = 0; n < 2; n++) {
      expect(await client.cancelOperation({ stackId, operationId })).toMatchObject({
        ok: true,
        stack: { status: 'FAILED', cause: 'CANCELLED', statusReason: 'Stack CREATE cancelled', version: 2 },
      });
    }
    expect(errorOf(await client.completeOperation({ stackId, operationId, status: 'FAILED' }))).toBe(
      'OperationEnded',
    );
  });
});

describe('ExtendOperation', () => {
  test('moves the deadline to so many seconds from now, either way', async () => {
    const { stackId, operationId } = await start(600);
    for (const timeoutSeconds of [1200, 300]) {
      const before = Date.now();
      const answer = await client.extendOperation({ stackId, operationId, timeoutSeconds });
      if (!answer.ok) throw new Error(answer.error.message);
      const remaining = Date.parse(answer.stack.deadline) - before;
      expect(remaining).toBeGreaterThanOrEqual(timeoutSeconds * 1000);
      expect(Date.parse(answer.stack.deadline) - Date.now()).toBeLessThanOrEqual(timeoutSeconds * 1000);
    }
  });

  test('of an ended operation: OperationEnded', async () => {
    const { stackId, operationId } = await start(600);
    await client.cancelOperation({ stackId, operationId });
    expect(errorOf(await client.extendOperation({ stackId, operationId, timeoutSeconds: 60 }))).toBe(
      'OperationEnded',
    );
  });
});

describe('what is common to all', () => {
  test.each(['CompleteOperation', 'CancelOperation', 'ExtendOperation'])(
    '%s of another operation: StaleOperation',
    async (command) => {
      const { stackId } = await start(600);
      const fields = { CompleteOperation: { status: 'COMPLETE' }, ExtendOperation: { timeoutSeconds: 5 } }[
        command
      ];
      expect(await invoke({ command, stackId, operationId: 'another', ...fields })).toMatchObject({
        ok: false,
        error: { code: 'StaleOperation', current: { stackId } },
      });
      expect((await row(stackId)).version).toBe(1);
    },
  );

  test.each(['CompleteOperation', 'CancelOperation', 'ExtendOperation', 'GetStack'])(
    '%s of no stack: StackNotFound',
    async (command) => {
      const stackId = unique('nobody');
      const fields = { CompleteOperation: { status: 'COMPLETE' }, ExtendOperation: { timeoutSeconds: 5 } }[
        command
      ];
      const operation = command === 'GetStack' ? {} : { operationId: 'op' };
      expect(errorOf(await invoke({ command, stackId, ...operation, ...fields }))).toBe('StackNotFound');
    },
  );

  test.each([
    ['no object', 'hello', 'JSON object'],
    ['an unknown command', { command: 'Explode' }, 'command must be one of'],
    ['a bad field', { command: 'GetStack', stackId: '#' }, 'stackId must be'],
    [
      'an unknown field',
      { command: 'GetStack', stackId: 'a', verbose: true },
      'verbose is not a known field',
    ],
    ['a token of nobody', { command: 'ListStacks', nextToken: 'x' }, 'nextToken must be'],
  ])('%s: ValidationError, and the message says what is allowed', async (_, request, message) => {
    const answer = await invoke(request);
    expect(answer).toMatchObject({ ok: false, error: { code: 'ValidationError' } });
    expect(!answer.ok && answer.error.message).toContain(message);
  });
});

test('ListStacks names every stack with an operation in progress, and no other', async () => {
  const running = await Promise.all(Array.from({ length: 12 }, () => start(600)));
  const ended = await start(600);
  await client.cancelOperation({ stackId: ended.stackId, operationId: ended.operationId });
  const listed = new Map<string, number>();
  for await (const { stackId, status } of client.stacks({ pageSize: 5 })) {
    expect(status).toBe('IN_PROGRESS');
    listed.set(stackId, (listed.get(stackId) ?? 0) + 1);
  }
  for (const { stackId } of running) expect(listed.get(stackId)).toBe(1);
  expect(listed.has(ended.stackId)).toBe(false);
});

test('ListStacks names ended stacks by status, newest first, until they start again', async () => {
  const begun = new Date(Date.now() - 5_000).toISOString();
  const stacks = await Promise.all(Array.from({ length: 6 }, () => start(600)));
  for (const [n, { stackId, operationId }] of stacks.entries()) {
    const status = n % 2 === 0 ? 'COMPLETE' : 'FAILED';
    expect(errorOf(await client.completeOperation({ stackId, operationId, status }))).toBe('ok');
  }
  const timesOut = await start(1);
  await timedOut(timesOut);
  const own = new Set([...stacks, timesOut].map(({ stackId }) => stackId));
  const listed = async (query: { status: 'COMPLETE' | 'FAILED'; since?: string }) => {
    const found: Stack[] = [];
    for await (const stack of client.stacks({ ...query, pageSize: 2 })) found.push(stack);
    expect(found.every(({ status }) => status === query.status)).toBe(true);
    const ends = found.map(({ endedAt = '' }) => endedAt);
    expect(ends).toEqual(ends.toSorted().reverse());
    return found.filter(({ stackId }) => own.has(stackId));
  };
  const failed = [...stacks.filter((_, n) => n % 2 === 1), timesOut].map(({ stackId }) => stackId);
  await eventually(async () => {
    const ids = (await listed({ status: 'FAILED', since: begun })).map(({ stackId }) => stackId);
    expect(ids.toSorted()).toEqual(failed.toSorted());
    expect(await listed({ status: 'COMPLETE', since: begun })).toHaveLength(3);
  });
  const [newest] = await listed({ status: 'FAILED', since: begun });
  expect(newest).toMatchObject({ stackId: timesOut.stackId, cause: 'TIMEOUT' });
  const since = newest?.endedAt ?? '';
  expect((await listed({ status: 'FAILED', since })).map(({ stackId }) => stackId)).toEqual([
    timesOut.stackId,
  ]);
  await start(600, { stackId: timesOut.stackId });
  const after = await listed({ status: 'FAILED', since: begun });
  expect(after.map(({ stackId }) => stackId)).not.toContain(timesOut.stackId);
});

test('an expired row that TTL has not removed yet counts as absent', async () => {
  const { stackId, operationId, action } = await start(600);
  await client.cancelOperation({ stackId, operationId });
  expect(await row(stackId)).toMatchObject({ expiresAt: expect.any(Number) });
  expect(await get(stackId)).toMatchObject({ status: 'FAILED' });
  await expire(stackId);
  expect(errorOf(await client.getStack({ stackId }))).toBe('StackNotFound');
  expect(await client.startOperation({ stackId, operationId, action, timeoutSeconds: 60 })).toMatchObject({
    ok: true,
    stack: { status: 'IN_PROGRESS', version: 3 },
  });
});

describe('an alias tells who calls', () => {
  test('a worker is refused what is for operators, and changes nothing', async () => {
    const stack = await start(600);
    const cancel = { command: 'CancelOperation', stackId: stack.stackId, operationId: stack.operationId };
    expect(errorOf(await invoke(cancel, 'WorkerFunctionName'))).toBe('NotPermitted');
    expect(await get(stack.stackId)).toMatchObject({ status: 'IN_PROGRESS', version: 1 });
    expect(errorOf(await invoke(cancel, 'OperatorFunctionName'))).toBe('ok');
  });

  test('a worker sees its stack', async () => {
    const { stackId } = await start(600);
    expect(errorOf(await invoke({ command: 'GetStack', stackId }, 'WorkerFunctionName'))).toBe('ok');
  });
});
