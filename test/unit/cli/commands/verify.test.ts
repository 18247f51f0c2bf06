import { beforeEach, describe, expect, test } from 'vitest';
import type { Finding } from '../../../../cli/verify/judge.ts';
import { FakeCli } from '../fake-cli.ts';
import { FakeParts } from '../verify/fake-parts.ts';

let cli: FakeCli;
let parts: FakeParts;

beforeEach(() => {
  cli = new FakeCli();
  parts = new FakeParts(cli);
  cli.parts = parts;
});

const CASES = [
  'near',
  'far',
  'extended',
  'shortened',
  'completed',
  'cancelled',
  'nested',
  'engine-lost',
  'schedule-lost',
];

async function verified(...flags: string[]) {
  const { code, out, err } = await cli.run('verify', '--json', ...flags);
  const report = JSON.parse(out);
  const findings = new Map<string, Finding>(report.findings.map((one: Finding) => [one.name, one]));
  const failed = [...findings.values()].filter(({ result }) => result === 'failed').map(({ name }) => name);
  return { code, err, report, findings, failed, notesOf: (name: string) => findings.get(name)?.notes };
}

const stacks = () => [...cli.service.table.rows.values()];
const running = () => stacks().filter(({ status }) => status === 'IN_PROGRESS');

describe('a deployment that works', () => {
  test('holds in every case, in under six minutes, and nothing is left', async () => {
    const startedAt = cli.clock.now();
    const { code, report, findings, failed } = await verified();
    expect({ code, failed }).toEqual({ code: 0, failed: [] });
    expect([...findings.keys()]).toEqual([
      ...CASES,
      'history',
      'dead-letters',
      'triggers',
      'alarms',
      'canary',
      'concurrency',
    ]);
    expect(cli.clock.now() - startedAt).toBeLessThan(360_000);
    expect(report).toMatchObject({ ok: true, settings: { nearHorizonSeconds: 120 } });
    expect(running()).toEqual([]);
    expect(stacks().every(({ stackId }) => stackId.startsWith(`${report.prefix}/`))).toBe(true);
    expect(cli.service.schedules.schedules.size).toBe(0);
    expect(parts.work).toEqual([]);
    const cancelled = cli.transport.requests.filter((request) =>
      /CancelOperation/.test(JSON.stringify(request)),
    );
    expect(cancelled, 'what has ended is not cancelled').toHaveLength(1);
  });

  test.each([-300_000, 300_000])('by a clock that is wrong by %i ms', async (ahead) => {
    cli.clockAhead = ahead;
    expect(await verified()).toMatchObject({ code: 0, failed: [] });
  });

  test('each case goes the way that it is to prove', async () => {
    const { report, findings } = await verified();
    const armed = cli.service.telemetry.of('armed');
    const pathsOf = (name: string) =>
      armed.flatMap(({ timer, plan }) => (timer.stackId === `${report.prefix}/${name}` ? [plan.path] : []));
    expect(pathsOf('near')).toEqual(['near']);
    expect(pathsOf('far')).toEqual(['schedule']);
    expect(pathsOf('shortened')).toEqual(['schedule', 'near']);
    // When its wake-up comes, it gets another one.
    expect(pathsOf('extended')).toEqual(['near', 'near']);
    const lateness = (name: string) => findings.get(name)?.latenessMs;
    expect(lateness('far')).toBeLessThanOrEqual(1000);
    expect(lateness('schedule-lost')).toBeGreaterThan(30_000);
    const child = cli.service.table.rows.get(`${report.prefix}/nested/child`);
    expect(child).toMatchObject({ cause: 'CANCELLED', change: 'PARENT_ENDED' });
    expect(cli.service.telemetry.of('failed')).toEqual([]);
  });

  test('as a table', async () => {
    const { code, out, err } = await cli.run('verify');
    expect(code).toBe(0);
    expect(out).toMatch(/^near +yes +\d+ ms +times out by a delayed message$/m);
    expect(out).toMatch(/^cancelled +yes +ends at once, and its schedule is deleted$/m);
    expect(out).toMatch(/^Everything held, in 4m \d\ds\./m);
    expect(err).toContain('It takes up to 4m 15s');
  });

  test('without a history there is none to read', async () => {
    parts.settings = { ...parts.settings, keepsHistory: false };
    cli.service.deps.historyRetention = undefined;
    const { code, findings } = await verified();
    expect(code).toBe(0);
    expect(findings.get('history')).toMatchObject({ result: 'skipped' });
  });

  test('work of others goes back to the queue at once', async () => {
    parts.otherWork.push({ id: 'of-others', body: '{}', receipt: 'of-others' });
    expect((await verified()).code).toBe(0);
    expect(parts.putBack).toContain('of-others');
    expect(parts.work.map(({ id }) => id)).toEqual(['of-others']);
  });
});

describe('what is broken', () => {
  test('without arm, only the sweep ends anything', async () => {
    cli.service.alive.arm = false;
    const { code, failed, notesOf } = await verified();
    expect(code).toBe(1);
    expect(failed).toContain('near');
    expect(failed).toContain('triggers');
    expect(notesOf('far')).toEqual(['it got no schedule within 30 s']);
    expect(notesOf('triggers')).toEqual(['arm: off']);
  });

  test('without the sweep, a timeout whose schedule was lost never comes', async () => {
    cli.service.alive.sweep = false;
    const { code, failed, notesOf } = await verified();
    expect({ code, failed }).toEqual({ code: 1, failed: ['schedule-lost', 'triggers', 'canary'] });
    expect(notesOf('schedule-lost')).toEqual([
      'schedule-lost is IN_PROGRESS, not FAILED (TIMEOUT): Stack CHECK started',
    ]);
    expect(running()).toEqual([]);
  });

  test('without effects, neither work nor children learn of anything', async () => {
    cli.service.alive.effects = false;
    const { failed, notesOf } = await verified();
    expect(failed).toEqual(['nested', 'engine-lost', 'history', 'triggers']);
    expect(notesOf('nested')?.[0]).toContain('the child is IN_PROGRESS');
    expect(notesOf('engine-lost')).toHaveLength(2);
  });

  test('a scheduler that fires nothing', async () => {
    cli.service.alive.scheduler = false;
    const { failed, notesOf } = await verified();
    expect(failed).toEqual(['far']);
    expect(notesOf('far')).toEqual(['it came later than 5000 ms', 'its schedule is still there']);
    expect((await verified('--max-lateness', '2m')).notesOf('far')).toEqual(['its schedule is still there']);
  });

  test('dead letters, alarms and quotas', async () => {
    parts.deadLetterCounts.timers = 3;
    parts.currentAlarms = [{ name: 'Deployed-hops', isOn: true }];
    parts.currentConcurrency = { unreserved: 10, wake: 45 };
    const { code, failed, notesOf } = await verified();
    expect({ code, failed }).toEqual({ code: 1, failed: ['dead-letters', 'alarms', 'concurrency'] });
    expect(notesOf('dead-letters')?.[0]).toContain('timers: 3');
  });

  test('a schedule of a child that is left', async () => {
    const { schedules } = cli.service;
    const deleteOne = schedules.delete.bind(schedules);
    schedules.delete = async (name) =>
      schedules.schedules.get(name)?.wakeUp.stackId.endsWith('/child') ? 'deleted' : deleteOne(name);
    const { failed, notesOf } = await verified();
    expect(failed).toEqual(['nested']);
    expect(notesOf('nested')).toEqual(['its schedule is still there']);
  });

  test('something that writes the row of an operation which was completed', async () => {
    const wakeUpAt = cli.clock.now() + 12_000;
    cli.onSleep = async () => {
      const row = stacks().find(({ stackId }) => stackId.endsWith('/completed'));
      if (row?.version === 2 && cli.clock.now() > wakeUpAt)
        await cli.service.table.save({ ...row, version: 3 }, row);
    };
    const { failed, notesOf } = await verified();
    expect(failed).toEqual(['completed']);
    expect(notesOf('completed')).toEqual(['its row was written after its end']);
  });

  test('what may not be read counts as not held, and the rest is run', async () => {
    const denied = async () => {
      throw new Error('not authorized to perform: scheduler:GetSchedule');
    };
    parts.schedule = denied;
    parts.canary = denied;
    const { code, findings, notesOf } = await verified();
    expect(code).toBe(1);
    expect(notesOf('far')).toEqual(['not authorized to perform: scheduler:GetSchedule']);
    expect(notesOf('canary')).toEqual(['not read: not authorized to perform: scheduler:GetSchedule']);
    expect(findings.get('near')?.result).toBe('held');
    expect(running()).toEqual([]);
  });

  test('a command function that does not answer', async () => {
    cli.service.alive.command = false;
    const { code, failed } = await verified();
    expect(code).toBe(1);
    expect(failed).toEqual(expect.arrayContaining(CASES));
  });
});

describe('Ctrl-C', () => {
  test('cancels what still runs, takes its work off the queue, and says so', async () => {
    let sleeps = 0;
    cli.onSleep = () => {
      if (++sleeps === 12) cli.interruption.abort();
    };
    const { code, out, err } = await cli.run('verify');
    expect({ code, out }).toEqual({ code: 130, out: '' });
    expect(err).toContain('cancelling what still runs');
    expect(stacks().length).toBeGreaterThan(5);
    expect(running()).toEqual([]);
    expect(parts.work).toEqual([]);
  });

  test('takes work off the queue that it has not received', async () => {
    parts.isWorkHidden = true;
    cli.onSleep = () => {
      if (parts.work.length === 0) return;
      parts.isWorkHidden = false;
      cli.interruption.abort();
    };
    expect((await cli.run('verify')).code).toBe(130);
    expect(parts.work).toEqual([]);
    expect(running()).toEqual([]);
  });

  test('what cannot be cancelled is named', async () => {
    cli.onSleep = () => {
      cli.service.alive.command = false;
      cli.interruption.abort();
    };
    const { code, err } = await cli.run('verify');
    expect(code).toBe(130);
    expect(err).toMatch(/could not be cancelled.*\/near/);
  });
});

test('the parts of a deployment are found by its stack, not by its function', async () => {
  const { code, err } = await cli.run('--function', 'command', 'verify');
  expect(code).toBe(2);
  expect(err).toContain('use --stack-name');
});
