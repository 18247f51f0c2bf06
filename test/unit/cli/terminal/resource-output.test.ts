/** What `get` and `resource` show of resource actions. */
import { describe, expect, test } from 'vitest';
import { widthOf } from '../../../../cli/terminal/width.ts';
import type { ResourceAction, Stack } from '../../../../contract/index.ts';
import { FakeCli } from '../fake-cli.ts';

const at = (time: string) => `2026-01-31T${time}.000Z`;
const STACK: Stack = {
  stackId: 'web',
  operationId: 'op-1',
  action: 'CREATE',
  status: 'IN_PROGRESS',
  statusReason: 'Stack CREATE started',
  startedAt: at('12:00:00'),
  deadline: at('13:00:00'),
  version: 1,
};
const QUEUED: ResourceAction = {
  stackId: 'web',
  operationId: 'op-1',
  resource: 'server',
  action: 'CREATE',
  status: 'IN_PROGRESS',
  phase: 'QUEUED',
  attempt: 1,
  maxAttempts: 3,
  statusReason: 'CREATE queued',
  startDeadline: at('12:02:00'),
  finalDeadline: at('12:30:00'),
  version: 1,
};
const { startDeadline: _, ...without } = QUEUED;
const RUNNING: ResourceAction = {
  ...without,
  phase: 'RUNNING',
  attempt: 2,
  engineId: 'engine-1',
  statusReason: 'CREATE claimed',
  attemptDeadline: at('12:10:00'),
  heartbeatDeadline: at('12:00:30'),
};

/** A CLI whose service gives these answers; the clock says 12:00:00. */
function answering(...answers: object[]): FakeCli {
  const cli = new FakeCli();
  cli.transport.answers.push(...answers.map((answer) => ({ ok: true, ...answer })));
  return cli;
}

describe('get', () => {
  test('shows the resource actions below the stack: attempt, engine, and what comes next', async () => {
    const { phase: __, ...ended } = without;
    const resources: ResourceAction[] = [
      QUEUED,
      { ...RUNNING, resource: 'volume', action: 'UPDATE' },
      { ...without, resource: 'later', phase: 'DELAYED', queueAt: at('12:00:20'), statusReason: 'delayed' },
      {
        ...without,
        resource: 'net',
        phase: 'BACKOFF',
        cause: 'TIMEOUT',
        retryAt: at('12:00:07'),
        statusReason: 'Timed out',
      },
      {
        ...ended,
        resource: 'key',
        status: 'FAILED',
        cause: 'REPORTED',
        statusReason: 'no\x1b[2J quota',
        endedAt: at('11:59:00'),
      },
    ];
    const { code, out } = await answering({ stack: STACK, resources }).run('get', 'web');
    expect(code).toBe(0);
    const [stack, table] = out.split('\n\n');
    expect(stack).toMatch(/^Stack {6}web\n/);
    expect(table?.split('\n')).toEqual([
      'RESOURCE  STATUS              PHASE    ATTEMPT  ENGINE    NEXT OR CAUSE  REASON',
      'key       CREATE_FAILED                1/3                REPORTED       no [2J quota',
      'server    CREATE_IN_PROGRESS  QUEUED   1/3                start 2m 00s   CREATE queued',
      'volume    UPDATE_IN_PROGRESS  RUNNING  2/3      engine-1  heartbeat 30s  CREATE claimed',
      'later     CREATE_IN_PROGRESS  DELAYED  1/3                queue 20s      delayed',
      'net       CREATE_IN_PROGRESS  BACKOFF  1/3                retry 7s       Timed out',
    ]);
  });

  test('marks what is overdue, and is blank where only the operation has a deadline', async () => {
    const { finalDeadline: __, ...endless } = without;
    const cli = answering({ stack: STACK, resources: [RUNNING, { ...endless, resource: 'net' }] });
    cli.clock.advance(35_000);
    const { out } = await cli.run('get', 'web');
    expect(out).toContain('heartbeat overdue 5s');
    expect(out).toMatch(/^net +CREATE_IN_PROGRESS +QUEUED +1\/3 +CREATE queued$/m);
  });

  test('says since when work waits, and when an engine was last heard, if the service tells', async () => {
    const resources = [
      { ...QUEUED, phaseStartedAt: at('11:55:00') },
      { ...RUNNING, resource: 'volume', phaseStartedAt: at('11:59:00'), lastHeartbeatAt: at('11:59:55') },
    ];
    const { out } = await answering({ stack: STACK, resources }).run('get', 'web');
    expect(out.split('\n\n')[1]?.split('\n')).toEqual([
      'RESOURCE  STATUS              PHASE    FOR     ATTEMPT  ENGINE    HEARD   NEXT OR CAUSE  REASON',
      'server    CREATE_IN_PROGRESS  QUEUED   5m 00s  1/3                        start 2m 00s   CREATE queued',
      'volume    CREATE_IN_PROGRESS  RUNNING  1m 00s  2/3      engine-1  5s ago  heartbeat 30s  CREATE claimed',
    ]);
  });

  test('work that was cancelled is no failure: it comes last, without the word', async () => {
    const { phase: __, ...ended } = without;
    const cancelled = { ...ended, status: 'FAILED', cause: 'CANCELLED', statusReason: 'ended' } as const;
    const stack: Stack = { ...STACK, status: 'COMPLETE', cause: 'REPORTED', endedAt: at('11:00:00') };
    const done = { ...ended, resource: 'z', status: 'COMPLETE', statusReason: 'CREATE complete' } as const;
    const { out } = await answering({ stack, resources: [cancelled, done] }).run('get', 'web');
    expect(out.split('\n\n')[1]?.split('\n').slice(1)).toEqual([
      expect.stringMatching(/^z +CREATE_COMPLETE/),
      expect.stringMatching(/^server +CANCELLED +1\/3 +CANCELLED +ended$/),
    ]);
    expect(out).not.toContain('FAILED');
    expect(out).not.toContain('Next');
  });

  test('of a failed stack it says what failed, where, how late, and what to type next', async () => {
    const { phase: __, ...ended } = without;
    const stack: Stack = {
      ...STACK,
      status: 'FAILED',
      cause: 'RESOURCE_FAILED',
      statusReason: 'Resource server failed',
      endedAt: at('09:55:00'),
    };
    const server: ResourceAction = {
      ...ended,
      status: 'FAILED',
      cause: 'TIMEOUT',
      timeout: 'START_TO_CLOSE',
      latenessMs: 412,
      attempt: 3,
      engineId: 'engine-7',
      statusReason: 'Timed out',
      endedAt: at('09:54:59'),
      lastFailure: {
        attempt: 2,
        engineId: 'engine-6',
        cause: 'ENGINE_LOST',
        reason: 'Engine lost',
        at: at('09:50:00'),
      },
    };
    const net = { ...server, resource: 'net', status: 'FAILED', cause: 'CANCELLED' } as const;
    const cli = answering({ stack, resources: [net, server] });
    const { out } = await cli.run('get', 'web', '--local');
    const [details, table, told, next] = out.split('\n\n');
    expect(details).toContain('Ended      2026-01-31T09:55:00.000Z  (2h 05m ago)');
    expect(table).toMatch(/^server +CREATE_FAILED +3\/3 +engine-7 +TIMEOUT START_TO_CLOSE +Timed out$/m);
    expect(told?.split('\n')).toEqual([
      'What failed first',
      '  server: attempt 3 of 3 on engine-7 timed out (START_TO_CLOSE, 412ms late) 2h 05m ago: Timed out',
      `    before: attempt 2 on engine-6: ENGINE_LOST, Engine lost, at ${at('09:50:00')}`,
    ]);
    expect(next?.split('\n')).toEqual([
      'Next',
      '  stack-timeouts history web --local',
      '  stack-timeouts resource web server --local',
    ]);
  });

  test('of a stack that timed out it says how late that was', async () => {
    const stack: Stack = {
      ...STACK,
      status: 'FAILED',
      cause: 'TIMEOUT',
      statusReason: 'Timed out',
      deadline: at('11:00:00'),
      endedAt: '2026-01-31T11:00:00.250Z',
    };
    const { out } = await answering({ stack, resources: [] }).run('get', 'web');
    expect(out).toMatch(/^Cause {6}TIMEOUT: the operation's deadline, 250ms late$/m);
    expect(out).toMatch(/Next\n {2}stack-timeouts history web$/);
  });

  test.each([60, 80, 200])('on %i columns the table fits, whatever the names', async (columns) => {
    const name = 'x'.repeat(255);
    const resources = [RUNNING, QUEUED].map((row) => ({
      ...row,
      resource: name,
      engineId: name,
      statusReason: '漢字'.repeat(80),
      phaseStartedAt: at('11:00:00'),
      lastHeartbeatAt: at('11:59:00'),
    }));
    for (const [unicode, pattern] of [
      [true, /^x+… {2}CREATE_\S+ +RUNNING .*heartbeat 30s/],
      [false, /^x+\.\.\. {2}CREATE_\S+ +RUNNING .*heartbeat 30s/],
    ] as const) {
      const cli = answering({ stack: STACK, resources }).withScreen(24, columns);
      cli.unicode = unicode;
      const { out } = await cli.run('get', 'web');
      const table = out.split('\n\n')[1]?.split('\n') ?? [];
      expect(table).toHaveLength(3);
      for (const line of table) expect(widthOf(line)).toBeLessThanOrEqual(columns);
      expect(table[1]).toMatch(pattern);
    }
  });

  test('on 80 columns the next deadline is whole', async () => {
    const resource: ResourceAction = {
      ...RUNNING,
      engineId: 'engine-in-a-pod-7f8c9d5b4-x1',
      heartbeatDeadline: at('12:49:56'),
      attemptDeadline: at('12:59:00'),
      finalDeadline: at('12:59:00'),
      phaseStartedAt: at('11:59:00'),
      lastHeartbeatAt: at('11:59:55'),
    };
    const cli = answering({ stack: STACK, resources: [resource] }).withScreen(24, 80);
    const { out } = await cli.run('get', 'web');
    expect(out).toMatch(/^server +CREATE\S+ +RUNNING +2\/3 .* 5s ago +heartbeat 49m 56s$/m);
  });

  test('has no table without resource actions', async () => {
    const { out } = await answering({ stack: STACK, resources: [] }).run('get', 'web');
    expect(out).not.toContain('RESOURCE');
    expect(out).toMatch(/Version {4}1$/);
  });

  test('--json has those of all pages', async () => {
    const first = { stack: STACK, resources: [QUEUED], nextToken: 'more' };
    const second = { stack: STACK, resources: [{ ...RUNNING, resource: 'volume' }] };
    const cli = answering(first, second);
    const answer = JSON.parse((await cli.run('get', 'web', '--json')).out);
    expect(answer).toEqual({ ok: true, stack: STACK, resources: [...first.resources, ...second.resources] });
    expect(cli.transport.requests.at(-1)).toEqual({ command: 'GetStack', stackId: 'web', nextToken: 'more' });
  });
});

describe('resource', () => {
  test('shows every field, with input and output as JSON', async () => {
    const resource: ResourceAction = { ...RUNNING, resourceType: 'OS::Nova::Server', cause: 'ENGINE_LOST' };
    const cli = answering({ resource, input: { flavor: 'm1', tags: ['a\x9b'] }, output: null });
    const { code, out } = await cli.run('resource', 'web', 'server');
    expect(code).toBe(0);
    expect(cli.transport.requests).toEqual([{ command: 'GetResource', stackId: 'web', resource: 'server' }]);
    expect(out.split('\n')).toEqual([
      'Resource            server',
      'Type                OS::Nova::Server',
      'Stack               web',
      'Operation           op-1',
      'Status              CREATE_IN_PROGRESS',
      'Phase               RUNNING',
      'Attempt             2 of 3',
      'Engine              engine-1',
      'Reason              CREATE claimed',
      'Cause               ENGINE_LOST',
      'Heartbeat deadline  2026-01-31T12:00:30.000Z  (30s)',
      'Attempt deadline    2026-01-31T12:10:00.000Z  (10m 00s)',
      'Final deadline      2026-01-31T12:30:00.000Z  (30m 00s)',
      'Version             1',
      '',
      'Input',
      '{',
      '  "flavor": "m1",',
      '  "tags": [',
      '    "a\\u009b"',
      '  ]',
      '}',
      '',
      'Output',
      'null',
    ]);
  });

  test('shows what the service tells of its phase, its engine and its failures', async () => {
    const resource: ResourceAction = {
      ...RUNNING,
      phaseStartedAt: at('11:59:00'),
      lastHeartbeatAt: at('11:59:55'),
      cause: 'TIMEOUT',
      timeout: 'HEARTBEAT',
      latenessMs: 1250,
      lastFailure: { attempt: 1, engineId: 'a', cause: 'REPORTED', reason: 'no quota', at: at('11:58:00') },
    };
    const { out } = await answering({ resource }).run('resource', 'web', 'server');
    expect(out).toContain(`In phase since      ${at('11:59:00')}  (1m 00s ago)`);
    expect(out).toContain(`Last heard          ${at('11:59:55')}  (5s ago)`);
    expect(out).toContain('Cause               TIMEOUT: HEARTBEAT, 1.3s late');
    expect(out).toContain(`Last failure        attempt 1 on a: REPORTED, no quota, at ${at('11:58:00')}`);
  });

  test('shows when delayed work is queued', async () => {
    const resource: ResourceAction = { ...without, phase: 'DELAYED', queueAt: at('12:00:20') };
    const { out } = await answering({ resource }).run('resource', 'web', 'server');
    expect(out).toContain('Phase           DELAYED\n');
    expect(out).toContain('Queue at        2026-01-31T12:00:20.000Z  (20s)\n');
  });

  test('shows only what there is', async () => {
    const { out } = await answering({ resource: QUEUED }).run('resource', 'web', 'server');
    for (const absent of ['Type', 'Engine', 'Cause', 'Retry at', 'Ended', 'Input', 'Output'])
      expect(out).not.toMatch(new RegExp(`^${absent}`, 'm'));
    expect(out).toContain('Start deadline  2026-01-31T12:02:00.000Z  (2m 00s)');
  });

  test('--json is the answer', async () => {
    const answer = { ok: true, resource: QUEUED, input: [1] };
    const { out } = await answering(answer).run('resource', 'web', 'server', '--json');
    expect(JSON.parse(out)).toEqual(answer);
  });
});
