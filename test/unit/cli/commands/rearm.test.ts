import { beforeEach, expect, test } from 'vitest';
import { FakeCli } from '../fake-cli.ts';

let cli: FakeCli;
let time: string;
beforeEach(async () => {
  cli = new FakeCli();
  for (let n = 0; n < 450; n++) await cli.service.start(`stack-${n}`, 86_400);
  await cli.service.tick();
  cli.clock.advance(1000);
  time = new Date(cli.clock.now()).toISOString();
  cli.service.schedules.schedules.clear();
});

test('every timer gets a new wake-up, page by page', async () => {
  const { code, out, err } = await cli.run('rearm');
  expect({ code, out }).toEqual({ code: 0, out: '450 timers get a new wake-up.' });
  // How it goes on if it is interrupted.
  expect(err).toContain(`stack-timeouts rearm --before ${time}`);
  await cli.service.tick();
  expect(cli.service.schedules.schedules.size).toBe(450);
  expect(cli.transport.requests.length).toBeGreaterThan(4);
});

test('also where the clock of the operator is an hour behind: the time is that of the service', async () => {
  cli.clockAhead = -3_600_000;
  expect((await cli.run('rearm')).out).toBe('450 timers get a new wake-up.');
});

test('no faster than EventBridge Scheduler takes it', async () => {
  const before = cli.clock.now();
  await cli.run('rearm', '--rate', '10');
  expect(cli.clock.now() - before).toBeGreaterThan(30_000);
  expect(cli.clock.now() - before).toBeLessThan(46_000);
});

test('says how far it is, at most every five seconds', async () => {
  const { err } = await cli.run('rearm', '--rate', '40');
  expect(err).toMatch(/^\d+ timers so far$/m);
  expect(err.split('\n').length).toBeLessThan(5);
});

test('goes on where it stopped', async () => {
  let pages = 0;
  cli.onSleep = () => {
    if (++pages === 2) cli.transport.failures = [new Error('out of reach')];
  };
  const { code, err } = await cli.run('rearm');
  expect(code).toBe(1);
  expect(err).toContain('out of reach');
  cli.onSleep = () => undefined;
  const { out } = await cli.run('rearm', '--before', time, '--json');
  const { rearmed } = JSON.parse(out);
  expect(rearmed).toBeGreaterThan(0);
  expect(rearmed).toBeLessThan(450);
});

test('--dry-run counts, and changes nothing', async () => {
  const rows = [...cli.service.table.rows.values()];
  const { code, out } = await cli.run('rearm', '--dry-run', '--json');
  expect(code).toBe(0);
  expect(JSON.parse(out)).toEqual({ ok: true, dryRun: true, before: time, rearmed: 450, failed: 0 });
  expect([...cli.service.table.rows.values()]).toEqual(rows);
  expect((await cli.run('rearm', '--dry-run')).out).toMatch(
    /^450 timers would get .* Nothing was changed\.$/,
  );
});

test('rows that fail are said, with the exit code of a failure of the infrastructure', async () => {
  cli.transport.answers.push({ ok: true, before: time, rearmed: 1, failed: 2 });
  const { code, out } = await cli.run('rearm');
  expect(code).toBe(1);
  expect(out).toContain(
    `2 rows could not be read or written. Try them again: stack-timeouts rearm --before ${time}`,
  );
});

test('an older command function that does not know it refuses', async () => {
  const error = {
    code: 'ValidationError',
    message: 'the request must be a JSON object with a field "command"',
  };
  cli.transport.answers.push({ ok: false, error });
  const { code, err } = await cli.run('rearm');
  expect(code).toBe(2);
  expect(err).toContain('refused: ValidationError');
});
