import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { LocateError } from '../../../cli/locate.ts';
import { nodeEnvironment, nodeTerminal } from '../../../cli/node-environment.ts';
import { fakeEndpoint, skewedBy } from '../client/fake-endpoint.ts';
import { fakeProxy } from '../client/fake-proxy.ts';

const STACK = `<DescribeStacksResponse><DescribeStacksResult><Stacks><member><Outputs><member>
  <OutputKey>CommandFunctionName</OutputKey><OutputValue>command</OutputValue>
</member></Outputs></member></Stacks></DescribeStacksResult></DescribeStacksResponse>`;
const LIST = '{"ok":true,"stacks":[]}';

/** Answers as CloudFormation and as the command function of the stack that it describes. */
const deployed = (path: string) => ({ body: path.includes('/functions/command/') ? LIST : STACK });

/** As CloudFormation says that a call has failed. */
const failed = (status: number, code: string, message: string) => () => ({
  status,
  body: `<ErrorResponse><Error><Code>${code}</Code><Message>${message}</Message></Error></ErrorResponse>`,
});

/** As the local cloud writes them. */
function outputsOfLocalCloud(endpoint: string): void {
  const folder = mkdtempSync(join(tmpdir(), 'node-harness-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  vi.stubEnv('LOCAL_CLOUD_DIR', folder);
  writeFileSync(join(folder, 'outputs.json'), JSON.stringify({ endpoint, CommandFunctionName: 'command' }));
}

test('the region asked for is that of every call', async () => {
  const { calls } = await fakeEndpoint(deployed);
  const client = await nodeEnvironment().services({ stackName: 'Mine', region: 'eu-north-1' }).client();
  expect(await client.listStacks()).toEqual(JSON.parse(LIST));
  expect(calls).toMatchObject([
    { service: 'cloudformation', region: 'eu-north-1' },
    { service: 'lambda', region: 'eu-north-1' },
  ]);
});

test('--local calls the endpoint that the local cloud wrote, as nobody in particular', async () => {
  const { url, calls } = await fakeEndpoint(deployed);
  vi.stubEnv('AWS_ENDPOINT_URL', 'http://127.0.0.1:9');
  outputsOfLocalCloud(url);
  const client = await nodeEnvironment().services({ local: true }).client();
  expect(await client.listStacks()).toEqual(JSON.parse(LIST));
  expect(calls).toEqual([{ service: 'lambda', region: 'us-east-1', key: 'local' }]);
});

test('every call goes through the proxy of the environment, but those to the local cloud', async () => {
  const proxy = await fakeProxy();
  vi.stubEnv('HTTPS_PROXY', `http://${proxy.address}`);
  vi.stubEnv('HTTP_PROXY', `http://${proxy.address}`);
  const { services } = nodeEnvironment();
  const tunnel = once(proxy.server, 'connect');
  const client = await services({ function: 'command' }).client();
  // It fails at the proxy; the client's retries may go on.
  void client.listStacks().catch(() => undefined);
  const [{ url: lambda }] = await tunnel;
  expect(lambda).toBe('lambda.eu-west-1.amazonaws.com:443');
  await expect(services({ stackName: 'Mine' }).client()).rejects.toThrow();
  expect(proxy.tunnels.map(({ to }) => to)).toContain('cloudformation.eu-west-1.amazonaws.com:443');

  const { url, calls } = await fakeEndpoint(deployed);
  vi.stubEnv('HTTP_PROXY', `http://${proxy.address}`);
  outputsOfLocalCloud(url);
  await (await services({ local: true }).client()).listStacks();
  expect(calls).toHaveLength(1);
  expect(proxy.requests).toEqual([]);
});

test('a stack that does not exist is told from one that may not be seen', async () => {
  await fakeEndpoint(failed(400, 'ValidationError', 'Stack with id Mine does not exist'));
  await expect(nodeEnvironment().services({ stackName: 'Mine' }).client()).rejects.toThrow(LocateError);
  await fakeEndpoint(failed(403, 'AccessDenied', 'User x is not authorized'));
  await expect(nodeEnvironment().services({ stackName: 'Mine' }).client()).rejects.toMatchObject({
    name: 'AccessDenied',
  });
});

test('a machine whose clock is an hour wrong can use the CLI', async () => {
  const { calls } = await fakeEndpoint(skewedBy(-3_600_000, LIST));
  const client = await nodeEnvironment().services({ function: 'command' }).client();
  expect(await client.listStacks()).toEqual(JSON.parse(LIST));
  expect(calls).toHaveLength(2);
});

describe('the terminal', () => {
  /** A stream, and what was written to it. */
  function stream(tty: object) {
    const written: string[] = [];
    const write = (text: string) => written.push(text);
    return { written, stream: Object.assign(new PassThrough(), tty, { write }) as never };
  }
  const XTERM = { isTTY: true, rows: 24, columns: 80, getColorDepth: () => 8 };
  const terminal = (tty: object, env = {}) => {
    const { written, stream: stdout } = stream(tty);
    return { ...nodeTerminal(stdout, stream({}).stream, env), written };
  };

  test.each<[Record<string, string>, boolean]>([
    [{ TERM: 'xterm', LANG: 'de_DE.UTF-8' }, true],
    [{ LANG: 'C.utf8' }, true],
    [{ LC_ALL: 'C', LANG: 'de_DE.UTF-8' }, false],
    [{ LC_CTYPE: 'en_US.UTF-8', LANG: 'C' }, true],
    [{ TERM: 'dumb', LANG: 'de_DE.UTF-8' }, false],
    [{ TERM: 'xterm' }, false],
  ])('with %o it can show more than ASCII: %s', (env, expected) => {
    expect(terminal(XTERM, env).unicode).toBe(expected);
  });

  test('results and errors are lines', () => {
    const [out, err] = [stream({}), stream({})];
    const { out: print, err: complain } = nodeTerminal(out.stream, err.stream, {});
    print('a');
    complain('b');
    expect([out.written, err.written]).toEqual([['a\n'], ['b\n']]);
  });

  test.each<[string, object, Record<string, string>, boolean]>([
    ['a terminal', XTERM, { TERM: 'xterm' }, true],
    ['a pipe', {}, { TERM: 'xterm' }, false],
    ['a pipe with colours', {}, { TERM: 'xterm', FORCE_COLOR: '1' }, false],
    ['a terminal that cannot move its cursor', XTERM, { TERM: 'dumb' }, false],
    ['a terminal of an unknown kind', XTERM, { TERM: 'unknown' }, false],
    ['a terminal without colours', XTERM, { TERM: 'xterm', NO_COLOR: '1' }, true],
  ])('%s has a screen or not', (_, tty, env, hasScreen) => {
    expect(terminal(tty, env).screen !== undefined).toBe(hasScreen);
  });

  // Whatever a command forgets to make printable.
  test('gets no control characters but those of lines and colours', () => {
    const [out, err] = [stream(XTERM), stream({})];
    const { out: print, err: complain, screen } = nodeTerminal(out.stream, err.stream, {});
    print('a\n\x1b[31mb\x1b[39m\x1b[2J\u202e');
    complain('\u200b\x07');
    screen?.draw(['c\x9b']);
    const drawn = '\r\x1b[J\x1b[?7lc \x1b[?7h\n';
    expect(out.written).toEqual(['a\n\x1b[31mb\x1b[39m [2J\\u202e\n', drawn]);
    expect(err.written).toEqual(['\\u200b \n']);
  });

  test('of unknown size has no rows and no columns', () => {
    const { screen } = terminal({ isTTY: true });
    expect(screen).toMatchObject({ rows: 0, columns: 0 });
  });

  test('draws over what it has drawn before', () => {
    const { screen, written } = terminal(XTERM);
    screen?.draw(['a', 'b']);
    screen?.draw(['c']);
    expect(written).toEqual(['\r\x1b[J\x1b[?7la\nb\x1b[?7h\n', '\x1b[2A\r\x1b[J\x1b[?7lc\x1b[?7h\n']);
  });

  test.each([
    [XTERM, '\x1b[31mx\x1b[39m'],
    // What Node.js finds with NO_COLOR, or TERM=dumb.
    [{ ...XTERM, getColorDepth: () => 1 }, 'x'],
    [{}, 'x'],
  ])('paints where there are colours', (tty, painted) => {
    vi.stubEnv('FORCE_COLOR', undefined);
    onTestFinished(() => void vi.unstubAllEnvs());
    expect(terminal(tty).paint('red', 'x')).toBe(painted);
  });
});
