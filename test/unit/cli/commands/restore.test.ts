import { beforeEach, describe, expect, test } from 'vitest';
import type { Item, Restoration, SourceTable } from '../../../../cli/restore/restore.ts';
import { TestHarness } from '../../../support/harness.ts';
import { restorationInto, scan } from '../../../support/restoration.ts';
import { FakeCli } from '../fake-cli.ts';

let cli: FakeCli;
let restoration: Restoration;
let copy: Item[];

beforeEach(async () => {
  const lost = new TestHarness();
  // A row and an entry of the history each.
  for (let n = 0; n < 25; n++) await lost.start(`stack-${n}`, 86_400);
  await lost.run(2);
  copy = [
    { pk: { S: 'CANARY' }, sk: { S: 'CANARY' } },
    ...scan(lost.table),
    { pk: { S: 'SWEEP' }, sk: { S: 'LEASE' } },
  ];
  cli = new FakeCli();
  restoration = restorationInto(cli.service, copy);
  cli.restorations = { restored: restoration };
});

const run = (...flags: string[]) => cli.run('restore', '--from-table', 'restored', ...flags);

describe('--dry-run', () => {
  test('says what would be copied, and changes nothing', async () => {
    cli.service.alive.wake = false;
    const { code, out, err } = await run('--dry-run');
    expect({ code, err }).toEqual({ code: 0, err: '' });
    expect(out).toMatch(/^52 +rows of restored$/m);
    expect(out).toMatch(/^50 +would be copied to deployed$/m);
    expect(out).toMatch(/^0 +kept as deployed has them$/m);
    expect(out).toMatch(/^2 +expired, or of the deployment itself$/m);
    expect(out).toContain('Off now: wake.');
    expect(out).toContain('Nothing was changed.');
    expect(cli.service.table.rows.size).toBe(0);
    expect(cli.service.alive).toMatchObject({ arm: true, effects: true, wake: false, sweep: true });
  });

  test('what has not expired is copied, also where the clock of the operator is ahead', async () => {
    const expiries = copy.flatMap(({ expiresAt }) => (expiresAt?.N ? [Number(expiresAt.N) * 1000] : []));
    cli.clockAhead = Math.max(...expiries) - cli.clock.now();
    expect((await run('--dry-run')).out).toMatch(/^50 +would be copied to deployed$/m);
  });

  test('as JSON', async () => {
    const { out } = await run('--dry-run', '--json');
    expect(JSON.parse(out)).toMatchObject({
      ok: true,
      dryRun: true,
      source: 'restored',
      read: 52,
      copied: 50,
      kept: 0,
    });
  });
});

describe('--yes', () => {
  test('copies, switches everything on, and says so', async () => {
    cli.service.alive.wake = false;
    const { code, out, err } = await run('--yes');
    expect(code).toBe(0);
    expect(out).toMatch(/^50 +copied to deployed$/m);
    expect(out).toMatch(/^25 +timers with a new wake-up$/m);
    expect(out).toContain('Off before: wake.');
    expect(err).toContain('If it stops, run it again.');
    expect(cli.service.table.rows.size).toBe(25);
    expect(cli.service.alive).toMatchObject({ arm: true, effects: true, wake: true, sweep: true });
  });

  test('waits for the invocations that are under way before it copies', async () => {
    const startedAt = cli.clock.now();
    const { target } = restoration;
    let firstWrite: number | undefined;
    const put: typeof target.put = (...args) => {
      firstWrite ??= cli.clock.now();
      return target.put(...args);
    };
    cli.restorations = { restored: { ...restoration, target: { ...target, put } } };
    await run('--yes');
    expect((firstWrite ?? 0) - startedAt).toBeGreaterThanOrEqual(120_000);
  });

  test('a second time it copies nothing, and says how to replace what there is', async () => {
    await run('--yes');
    const { code, out } = await run('--yes');
    expect(code).toBe(0);
    expect(out).toMatch(/^0 +copied to deployed$/m);
    expect(out).toMatch(/^50 +kept as deployed has them$/m);
    expect(out).toContain('--overwrite replaces them');
    expect((await run('--yes', '--overwrite')).out).toMatch(/^50 +copied to deployed$/m);
  });

  test('says how far it is', async () => {
    const { target, source } = restoration;
    const put: typeof target.put = async (...args) => {
      cli.clock.advance(1000);
      return target.put(...args);
    };
    const many: SourceTable = { ...source, approximateCount: 12_345 };
    cli.restorations = { restored: { ...restoration, source: many, target: { ...target, put } } };
    const { err } = await run('--yes');
    expect(err).toMatch(/^ {2}20 of about 12 345 rows read, 19 copied$/m);
  });

  test('that fails in the middle leaves everything off', async () => {
    const { target } = restoration;
    let puts = 0;
    const put: typeof target.put = async (...args) => {
      if (++puts > 12) throw new Error('AccessDenied: no PutItem');
      return target.put(...args);
    };
    cli.restorations = { restored: { ...restoration, target: { ...target, put } } };
    const { code, err } = await run('--yes');
    expect(code).toBe(1);
    expect(err).toContain('no PutItem');
    expect(cli.service.alive).toMatchObject({ arm: false, effects: false, wake: false, sweep: false });
  });

  test('rows that could not be rearmed are a failure of the infrastructure', async () => {
    const before = '2026-01-31T12:00:00.000Z';
    const rearmPage = async () => ({ ok: true, before, rearmed: 24, failed: 1 }) as const;
    cli.restorations = { restored: { ...restoration, rearmPage } };
    const { code, out } = await run('--yes');
    expect(code).toBe(1);
    expect(out).toContain('1 timers got no new wake-up: run stack-timeouts rearm.');
  });
});

describe('a mapping', () => {
  test('that is changing is waited for, and switched only then', async () => {
    const states = ['changing', 'changing', 'on', 'changing', 'off', 'off', 'changing', 'on'] as const;
    let asked = 0;
    const switched: string[] = [];
    const slow = {
      name: 'slow',
      state: async () => states[Math.min(asked++, states.length - 1)] as 'on' | 'off' | 'changing',
      switch: async (to: 'on' | 'off') => void switched.push(to),
    };
    cli.restorations = { restored: { ...restoration, triggers: [slow, ...restoration.triggers] } };
    expect((await run('--yes')).code).toBe(0);
    expect(switched).toEqual(['off', 'on']);
  });

  test('that never changes is given up, and nothing is copied', async () => {
    const stuck = { name: 'stuck', state: async () => 'changing' as const, switch: async () => undefined };
    cli.restorations = { restored: { ...restoration, triggers: [stuck] } };
    const { code, err } = await run('--yes');
    expect(code).toBe(1);
    expect(err).toContain('stuck: not off yet');
    expect(cli.service.table.rows.size).toBe(0);
  });
});

test.each<[string, Partial<SourceTable>, string]>([
  ['the deployed table itself', { arn: 'arn:deployed' }, 'is the deployed table itself'],
  ['a table of others', { keys: ['id'] }, 'has the keys id, not pk, sk'],
  ['one that is being restored', { status: 'CREATING' }, 'is CREATING: wait until it is ACTIVE'],
])('nothing is copied from %s', async (_, differs, message) => {
  cli.restorations = { restored: { ...restoration, source: { ...restoration.source, ...differs } } };
  const { code, err } = await run('--yes');
  expect(code).toBe(2);
  expect(err).toContain(message);
  expect(cli.service.alive.sweep).toBe(true);
});

test('nothing is copied from a table that does not exist', async () => {
  const { code, err } = await cli.run('restore', '--from-table', 'nowhere', '--yes');
  expect(code).toBe(1);
  expect(err).toContain('there is no table nowhere');
});
