import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';
import { expect, onTestFinished, test } from 'vitest';

const MAIN = fileURLToPath(new URL('../../../cli/main.ts', import.meta.url));

test('Ctrl-C ends the CLI, whatever it waits for, with the exit code of shells', async () => {
  // Takes a call, and never answers it.
  const silent = createServer().listen(0, '127.0.0.1');
  await once(silent, 'listening');
  onTestFinished(() => {
    silent.closeAllConnections();
    silent.close();
  });
  const child = spawn(process.execPath, [MAIN, '--function', 'command', 'get', 'web'], {
    env: {
      AWS_ENDPOINT_URL: `http://127.0.0.1:${(silent.address() as AddressInfo).port}`,
      AWS_REGION: 'eu-west-1',
      AWS_ACCESS_KEY_ID: 'test',
      AWS_SECRET_ACCESS_KEY: 'test',
    },
    stdio: 'ignore',
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  await once(silent, 'request');
  child.kill('SIGINT');
  expect(await once(child, 'exit')).toEqual([130, null]);
}, 60_000);

/** Runs the CLI; the reader of an output of it goes away at once, if asked. */
async function runUnread(
  args: string[],
  unread?: 'stdout' | 'stderr',
): Promise<{ code: unknown; err: string }> {
  const child = spawn(process.execPath, [MAIN, ...args], { env: {}, stdio: ['ignore', 'pipe', 'pipe'] });
  onTestFinished(() => void child.kill('SIGKILL'));
  if (unread) child[unread].destroy();
  let err = '';
  child.stderr.on('data', (chunk) => {
    err += chunk;
  });
  const [code] = await once(child, 'close');
  return { code, err };
}

test('output that nobody reads ends it quietly, but not as if all were well', async () => {
  expect(await runUnread(['--help'], 'stdout')).toEqual({ code: 141, err: '' });
  expect(await runUnread(['start'], 'stderr')).toEqual({ code: 141, err: '' });
}, 60_000);

test.each([
  [['--help'], 0],
  [['start'], 2],
])(
  '%j exits with %i',
  async (args, code) => {
    expect((await runUnread(args)).code).toBe(code);
  },
  60_000,
);

test('watch ends when the reader of its output has gone, with nothing to write', async () => {
  const quiet = createServer((_, answer) => answer.end(JSON.stringify({ ok: true, stacks: [] })));
  quiet.listen(0, '127.0.0.1');
  await once(quiet, 'listening');
  onTestFinished(() => {
    quiet.closeAllConnections();
    quiet.close();
  });
  const watch = `"${process.execPath}" "${MAIN}" --function command watch --interval 1d; echo $? >&2`;
  const child = spawn('sh', ['-c', `{ ${watch}; } | true`], {
    env: {
      ...process.env,
      AWS_ENDPOINT_URL: `http://127.0.0.1:${(quiet.address() as AddressInfo).port}`,
      AWS_REGION: 'eu-west-1',
      AWS_ACCESS_KEY_ID: 'test',
      AWS_SECRET_ACCESS_KEY: 'test',
    },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  let err = '';
  child.stderr.on('data', (chunk) => {
    err += chunk;
  });
  await once(child, 'close');
  expect(err).toBe('141\n');
}, 60_000);
