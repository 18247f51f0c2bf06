/** Every screen and action of the board in a real browser. */
import axe from 'axe-core';
import type { Page } from 'playwright-core';
import { describe, expect, test } from 'vitest';
import { eventually } from '../../../local/eventually.ts';
import { setUp } from './board.ts';
import { HOSTILE_REASON, LONGEST_ID, putStates } from './states.ts';

/** The violations that axe-core finds. */
async function violations(page: Page): Promise<string[]> {
  // Through the debugger: the page's own security policy would refuse a script of ours.
  await page.evaluate(axe.source);
  const found = await page.evaluate<{ id: string; nodes: { html: string; failureSummary: string }[] }[]>(
    'axe.run().then(({ violations }) => violations)',
  );
  return found.flatMap(({ id, nodes }) =>
    nodes.map(({ html, failureSummary }) => `${id}: ${html.slice(0, 200)} ${failureSummary}`),
  );
}

/** The first screen, with everything that it shows read. */
async function ready(page: Page): Promise<void> {
  await page.getByRole('heading', { name: 'Health' }).waitFor();
  await eventually(async () => expect(await page.getByText('reading …').count()).toBe(0), {
    within: 15_000,
  });
}

const row = (page: Page, name: string) =>
  page.getByRole('row').filter({ has: page.getByRole('rowheader', { name, exact: true }) });
const figure = (page: Page, name: string) => page.locator('.figure', { hasText: name });
const stacksIn = (page: Page, name: string) =>
  page.getByRole('region', { name }).getByRole('rowheader').allTextContents();
const focused = (page: Page) => page.evaluate('document.activeElement?.id');
const focusIs = (page: Page, id: string) => eventually(async () => expect(await focused(page)).toBe(id));

/** The dead letters of the timer queue. */
const TIMERS = 'timers wake-ups of the timer queue';

/** Waits until the text of what is found is as expected. */
const shows = (found: { textContent(): Promise<string | null> }, expected: string | RegExp) =>
  eventually(async () => expect(await found.textContent()).toMatch(expected), { within: 15_000 });

describe('the first screen', () => {
  test('numbers, what is in progress by deadline, what failed and why, health', async () => {
    const { open } = await setUp(putStates);
    const page = await open();
    await ready(page);
    await shows(figure(page, 'In progress'), '5');
    await shows(figure(page, 'Overdue'), '1');
    await shows(figure(page, 'Failed in 24 hours'), '2');
    await shows(figure(page, 'Work waiting'), '1');
    await shows(figure(page, 'Engines seen'), '3');
    await shows(figure(page, 'Dead letters'), '! 11 in timers');
    expect(await stacksIn(page, 'In progress, by deadline')).toEqual([
      'overdue',
      'retried',
      'nested',
      'running',
      LONGEST_ID,
    ]);
    await shows(row(page, 'running'), /CREATE_IN_PROGRESS.*in 19m.*33 %.*1 running.*1 waiting/s);
    await shows(row(page, 'overdue'), /overdue by/);
    await shows(
      row(page, 'timed-out'),
      /CREATE_FAILED1h.* ago.*TIMEOUT: the operation's deadline, \d{3}ms lateTimed out/s,
    );
    await shows(row(page, 'failed'), /RESOURCE_FAILED/);
    await shows(row(page, TIMERS), '! 1');
    await shows(page.getByText('recorded a heartbeat'), /ago/);
  });

  test('work that waits while no engine is at work stands out, as soon as it is known', async () => {
    const { service, open } = await setUp((service) => {
      for (let n = 0; n < 60; n++) service.put(`web-${n}`);
      service.work('web-0', 'server', { phase: 'QUEUED' });
    });
    const page = await open();
    await shows(figure(page, 'Work waiting'), /waiting1\d+ of 60 stacks read so far/);
    await shows(figure(page, 'Engines seen'), '! 0none is at work, and work waits');
    service.work('web-0', 'volume');
    await shows(figure(page, 'Engines seen'), /seen1/);
  });

  test('failures come first: the newest five, all on demand', async () => {
    const { service, open } = await setUp((service) => {
      service.put('web');
      for (let n = 0; n < 7; n++) service.put(`bad-${n}`);
      for (let n = 0; n < 7; n++) service.end(`bad-${n}`, { endedAt: service.in(-n * 60) });
    });
    const page = await open();
    await ready(page);
    const order = async () =>
      (await page.getByRole('heading', { level: 2 }).allTextContents()).map((text) => text.slice(0, 9));
    expect(await order()).toEqual(['Failed in', 'Deadlines', 'In progre', 'Health']);
    expect(await stacksIn(page, 'Failed in')).toEqual(['bad-0', 'bad-1', 'bad-2', 'bad-3', 'bad-4']);
    await page.getByRole('link', { name: 'Show all 7' }).click();
    await eventually(async () => expect(await stacksIn(page, 'Failed in')).toHaveLength(7));
    expect(page.url()).toMatch(/\?failed=1$/);
    await page.getByRole('link', { name: 'Show the newest 5' }).click();
    await eventually(async () => expect(await stacksIn(page, 'Failed in')).toHaveLength(5));
    for (let n = 0; n < 7; n++) service.stacks.delete(`bad-${n}`);
    const other = await (await setUp((service) => service.put('web'))).open();
    await ready(other);
    expect(await other.getByRole('heading', { level: 2 }).first().textContent()).toMatch(/^Deadlines/);
  });

  test('a list under a new filter is dimmed until the answer is there', async () => {
    const { open } = await setUp((service) => {
      service.put('web');
      service.put('database');
    });
    const page = await open();
    await ready(page);
    const answer = Promise.withResolvers<void>();
    await page.route('**/api/overview?search=*', async (route) => {
      await answer.promise;
      await route.continue();
    });
    const list = page.locator('section[aria-labelledby="in-progress"]');
    await page.getByLabel('Stack id').fill('base');
    await eventually(async () => expect(await list.getAttribute('aria-busy')).toBe('true'));
    await row(page, 'web').waitFor();
    answer.resolve();
    await row(page, 'web').waitFor({ state: 'detached' });
    expect(await list.getAttribute('aria-busy')).toBe('false');
  });

  test('the time zone is said once, and what is older than today has its date', async () => {
    const { open } = await setUp((service) => service.put('web', { startedAt: service.in(-200_000) }));
    const page = await open({ path: '/?stack=web', timezoneId: 'Asia/Tokyo' });
    await page.getByText('Times in Asia/Tokyo, UTC+9').waitFor();
    // Where the next day is near, the deadline has a date, too.
    await page
      .getByText(/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d$/)
      .first()
      .waitFor();
  });

  test('says what to do where there is nothing', async () => {
    const { open } = await setUp();
    const page = await open();
    await page.getByText('npx stack-timeouts start web').waitFor();
    await page.getByText('Nothing has failed.').waitFor();
    await page.getByText('No deadline in the next hour.').waitFor();
  });

  test('a change is soon on it, in two browsers', async () => {
    const { service, open } = await setUp((service) => service.put('web'));
    const pages = [await open(), await open()];
    for (const page of pages) await ready(page);
    service.work('web', 'server');
    service.put('second');
    service.end('web', { statusReason: 'quota exceeded' });
    for (const page of pages) {
      await page.getByText('quota exceeded').first().waitFor();
      await row(page, 'second').waitFor();
    }
    await shows((pages[0] as Page).getByRole('status').last(), 'web failed: quota exceeded');
  });

  test('search, filters and pages are in the address', async () => {
    const { open } = await setUp((service) => {
      for (let n = 0; n < 25; n++) service.put(`web-${n}`);
      service.put('database', { deadline: service.in(-1) });
    });
    const page = await open();
    await ready(page);
    await page.getByRole('link', { name: 'Next' }).click();
    await page.getByText('Page 2 of 2').waitFor();
    expect(page.url()).toMatch(/\?page=2$/);
    await page.goBack();
    await page.getByText('Page 1 of 2').waitFor();
    await page.keyboard.press('/');
    await page.keyboard.type('base');
    await page.getByText('1 stack, earliest').waitFor();
    expect(page.url()).toMatch(/\?q=base$/);
    await page.reload();
    await page.getByText('1 stack, earliest').waitFor();
    expect(await page.getByLabel('Stack id').inputValue()).toBe('base');
    await page.getByRole('link', { name: 'Overdue', exact: true }).click();
    expect(page.url()).toMatch(/\?q=base&show=overdue$/);
    await page.getByText('1 stack, earliest').waitFor();
  });

  test('keys', async () => {
    const { open } = await setUp(putStates);
    const page = await open();
    await ready(page);
    await page.keyboard.press('j');
    await page.keyboard.press('j');
    expect(await focused(page)).toBe('open timed-out');
    await page.keyboard.press('j');
    expect(await focused(page)).toBe('open overdue');
    await page.keyboard.press('k');
    expect(await focused(page)).toBe('open timed-out');
    await page.keyboard.press('h');
    await focusIs(page, 'health');
    await page.keyboard.press('f');
    await focusIs(page, 'failed');
    await page.keyboard.press('j');
    expect(await focused(page)).toBe('open failed');
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: 'failed', exact: true }).waitFor();
    await page.keyboard.press('Escape');
    await focusIs(page, 'open failed');
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: 'failed', exact: true }).waitFor();
    await page.keyboard.press('h');
    await focusIs(page, 'health');
    await page.keyboard.press('?');
    await shows(page.getByRole('dialog', { name: 'Keys' }), /fwhat failedhhealth/);
    await page.getByRole('dialog', { name: 'Keys' }).waitFor();
    await page.keyboard.press('Escape');
    await page.getByRole('dialog').waitFor({ state: 'detached' });
    await page.keyboard.press('/');
    expect(await focused(page)).toBe('search');
    await page.keyboard.type('done');
    await page.keyboard.press('Enter');
    await page.getByText('CREATE_COMPLETE').first().waitFor();
  });

  test('Enter in the search opens the only match', async () => {
    const { open } = await setUp((service) => {
      for (const id of ['web-1', 'web-2', 'database']) service.put(id);
    });
    const page = await open();
    await ready(page);
    await page.keyboard.press('/');
    await page.keyboard.type('base');
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: 'database' }).waitFor();
    expect(page.url()).toMatch(/\?stack=database$/);
  });

  test.each([
    ['Failed in 24 hours', 'failed', ''],
    ['Dead letters', 'health', ''],
    ['Overdue', 'in-progress', '?show=overdue'],
  ])('the whole figure "%s" leads to its list, where the keys go on', async (name, id, query) => {
    const { open } = await setUp(putStates);
    const page = await open();
    await ready(page);
    await figure(page, name).click({ position: { x: 4, y: 4 } });
    await focusIs(page, id);
    expect(new URL(page.url()).search).toBe(query);
    await page.getByRole('link', { name: 'stack-timeouts' }).focus();
    await figure(page, name).getByRole('link').focus();
    await page.keyboard.press('Enter');
    await focusIs(page, id);
    expect(await page.evaluate('document.activeElement.getBoundingClientRect().top')).toBeLessThan(900);
  });

  test('what the credentials do not allow is said, and the rest is shown', async () => {
    const { health, open } = await setUp(putStates);
    for (const part of ['deadLetters', 'alarms', 'canary'] as const) health.denied.add(part);
    const page = await open();
    await ready(page);
    expect(await page.getByText('not permitted').count()).toBe(7);
    await row(page, 'running').waitFor();
  });

  test('without the token of the address, nothing', async () => {
    const { board, open } = await setUp(putStates);
    const page = await open();
    await ready(page);
    await page.evaluate('localStorage.clear()');
    await page.goto(new URL('/', board.url).href);
    await shows(page.getByRole('alert'), /Open the address that/);
    expect(await page.getByRole('table').count()).toBe(0);
  });
});

describe('a stack', () => {
  test('its operation, timeline, attempts, history', async () => {
    const { open } = await setUp(putStates);
    const page = await open({ path: '/?stack=retried' });
    await page.getByText('UPDATE_IN_PROGRESS').first().waitFor();
    const lane = page.getByRole('img', { name: /attempt 1 by engine engine-a lost its engine/ });
    expect(await lane.getAttribute('aria-label')).toMatch(
      /attempt 2 by engine engine-b timed out.*attempt 3 by engine engine-c is running/s,
    );
    const attempts = page.getByRole('region', { name: 'Attempts' }).getByRole('row');
    await shows(attempts.nth(1), /server3engine-c.*in progresslast heard [-\d ]*:\d\d:\d\d/);
    await shows(
      attempts.nth(2),
      /server2engine-b.*after 5m 40s.*timed outSTART_TO_CLOSE of 5m 38s, 1.3s lateTimed out/,
    );
    await shows(
      attempts.nth(3),
      /server1engine-a.*engine lostno heartbeat by [-\d ]*:\d\d:\d\d, HEARTBEAT, 700ms late/,
    );
    await shows(
      page.getByRole('region', { name: 'Resource actions' }),
      /engine-clast heard [-\d ]*:\d\d:\d\d, \d+s agoheartbeat in 2\ds/,
    );
    await shows(page.getByRole('region', { name: 'History' }), /claimed.*3engine-c/);
  });

  test('earlier operations', async () => {
    const { open } = await setUp(putStates);
    const page = await open({ path: '/?stack=retried' });
    await page.getByRole('button', { name: 'Show all operations' }).click();
    await page.getByRole('link', { name: 'op-1' }).click();
    await page.getByText('An earlier operation.').waitFor();
    await page.getByText('CREATE_FAILED').first().waitFor();
    expect(page.url()).toMatch(/stack=retried&operation=op-1/);
    await page.getByRole('link', { name: 'Show the current one' }).click();
    await page.getByText('UPDATE_IN_PROGRESS').first().waitFor();
  });

  test('input and output on demand', async () => {
    const { service, open } = await setUp(putStates);
    service.payloads.set('retried server', { input: { size: 'large' } });
    const page = await open({ path: '/?stack=retried' });
    await page.getByRole('heading', { name: 'Resource actions' }).waitFor();
    expect(service.calls.GetResource).toBeUndefined();
    await page.getByRole('button', { name: 'Show input and output of server' }).click();
    await shows(
      page.getByRole('region', { name: 'Input and output of server' }),
      /"size": "large".*no output/s,
    );
  });

  test('of its many resource actions, the failures come first, and all on demand', async () => {
    const { open } = await setUp((service) => {
      service.put('large');
      for (let n = 0; n < 149; n++) service.work('large', `server-${n}`);
      service.work('large', 'zone', { status: 'FAILED', statusReason: 'no quota' });
      service.work('large', 'taken-back', { status: 'FAILED', cause: 'CANCELLED' });
    });
    const page = await open({ path: '/?stack=large' });
    const rows = page.getByRole('region', { name: 'Resource actions' }).getByRole('row');
    await shows(rows.nth(1), /zone.*CREATE_FAILED.*no quota/);
    expect(await rows.count()).toBe(101);
    await page.getByRole('button', { name: 'Show all 151' }).click();
    await shows(rows.last(), /taken-back.*CANCELLED/);
  });

  test('is live', async () => {
    const { service, open } = await setUp(putStates);
    const page = await open({ path: '/?stack=running' });
    await page.getByText('CREATE_IN_PROGRESS').first().waitFor();
    service.end('running');
    await page.getByText('CREATE_FAILED').first().waitFor();
    expect(await page.getByRole('button', { name: 'Cancel the operation' }).count()).toBe(0);
  });

  test('that is not there', async () => {
    const { open } = await setUp();
    const page = await open({ path: '/?stack=nowhere' });
    await shows(page.getByRole('alert'), 'There is no such stack');
  });
});

describe('actions', () => {
  test('cancel names what it does, and does it', async () => {
    const { service, open } = await setUp(putStates);
    const page = await open({ path: '/?stack=running' });
    const opener = page.getByRole('button', { name: 'Cancel the operation …' });
    await opener.click();
    const dialog = page.getByRole('dialog', { name: 'Cancel CREATE?' });
    await shows(dialog, /running.*CREATE op-1.*CREATE_FAILED.*resource actions in progress \(2\)/s);
    await page.keyboard.press('Escape');
    await dialog.waitFor({ state: 'detached' });
    expect(service.calls.CancelOperation).toBeUndefined();
    expect(await page.evaluate('document.activeElement?.textContent')).toBe('Cancel the operation …');
    await opener.click();
    await dialog.getByLabel('Reason').fill('wrong <b>template</b>');
    await dialog.getByRole('button', { name: 'Cancel the operation' }).click();
    await page.getByText('wrong <b>template</b>').first().waitFor();
    await page.getByText('CREATE_FAILED').first().waitFor();
  });

  test('extend names the new deadline', async () => {
    const { open } = await setUp(putStates);
    const page = await open({ path: '/?stack=running' });
    await page.getByRole('button', { name: 'Move the deadline …' }).click();
    const dialog = page.getByRole('dialog', { name: 'Move the deadline of CREATE?' });
    await dialog.getByLabel('Time from now').fill('90');
    await shows(dialog, /It must be a duration/);
    expect(await dialog.getByRole('button', { name: 'Move the deadline' }).isDisabled()).toBe(true);
    await dialog.getByLabel('Time from now').fill('10m');
    await shows(dialog, /New deadline: .*That is earlier/);
    await dialog.getByLabel('Time from now').fill('2h');
    await shows(dialog, /New deadline: .*instead of .*That is 1h 4\dm.* later/);
    await dialog.getByRole('button', { name: 'Move the deadline' }).click();
    await page.getByText('in 1h 59m').waitFor();
  });

  test('a refusal is shown in the dialog', async () => {
    const { service, open } = await setUp(putStates);
    const page = await open({ path: '/?stack=running' });
    await page.getByRole('button', { name: 'Cancel the operation …' }).click();
    service.refused = { ok: false, error: { code: 'OperationEnded', message: 'it <i>has</i> ended' } };
    const dialog = page.getByRole('dialog');
    await dialog.getByRole('button', { name: 'Cancel the operation' }).click();
    await shows(dialog.getByRole('alert'), 'it <i>has</i> ended');
    service.refused = undefined;
  });

  test('redrive: the dry run first', async () => {
    const { health, open } = await setUp();
    const page = await open();
    await ready(page);
    await page.getByRole('button', { name: 'Redrive timers …' }).click();
    const dialog = page.getByRole('dialog', { name: 'Redrive timers: a preview, nothing is sent yet' });
    await shows(dialog, /1 would be sent.*stack web/s);
    expect(health.sent).toEqual([]);
    await dialog.getByRole('button', { name: 'Send 1 again' }).click();
    await dialog.waitFor({ state: 'detached' });
    expect(health.sent).toHaveLength(1);
    await eventually(async () => expect(await row(page, TIMERS).textContent()).not.toContain('!'), {
      within: 15_000,
    });
  });

  test('redrive of what cannot be sent: says so, and what to do instead', async () => {
    const { health, open } = await setUp();
    health.timers.messages.splice(0);
    health.timers.put('{"hops":"<b>many</b>"}');
    const page = await open();
    await ready(page);
    await page.getByRole('button', { name: 'Redrive timers …' }).click();
    const dialog = page.getByRole('dialog');
    await shows(dialog, /1 cannot be redriven: malformed/);
    await shows(dialog, /npx stack-timeouts redrive --queue timers --delete-malformed/);
    await shows(dialog.getByRole('region', { name: /^Body of/ }), /^\{\n {2}"hops": "<b>many<\/b>"\n\}$/);
    expect(await dialog.getByRole('button').allTextContents()).toEqual(['Close']);
    expect(await dialog.textContent()).not.toContain('Send');
  });

  test('--read-only offers none of them', async () => {
    const { open } = await setUp(putStates, { readOnly: true });
    const page = await open();
    await ready(page);
    await page.getByText('The board was started with --read-only.').first().waitFor();
    expect(await page.getByRole('button', { name: 'Redrive' }).count()).toBe(0);
    await page.getByRole('link', { name: 'running' }).click();
    await page.getByText('The board was started with --read-only.').waitFor();
    expect(await page.getByRole('button', { name: 'Cancel the operation' }).count()).toBe(0);
  });

  test('AWS does not permit it: it is not offered any more', async () => {
    const { health, open } = await setUp(putStates);
    health.denied.add('send');
    const page = await open();
    await ready(page);
    await page.getByRole('button', { name: 'Redrive timers …' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByRole('button', { name: 'Send 1 again' }).click();
    await shows(dialog.getByRole('alert'), /not authorized/);
  });
});

describe('a connection that is lost', () => {
  test('to the service: said, and mended by itself', async () => {
    const { service, open } = await setUp(putStates);
    const page = await open();
    await ready(page);
    service.failure = new Error('no route to host');
    await shows(page.getByRole('alert'), /The service does not answer, trying again.*no route to host/);
    await row(page, 'running').waitFor();
    service.failure = undefined;
    await page.getByRole('alert').waitFor({ state: 'detached' });
    await shows(page.getByRole('status').last(), 'Connected again.');
  });

  test('to the board: said, and mended by itself', async () => {
    const { open } = await setUp(putStates);
    const page = await open();
    await ready(page);
    await page.context().setOffline(true);
    await shows(page.getByRole('alert'), /Connection lost, trying again/);
    await row(page, 'running').waitFor();
    await page.context().setOffline(false);
    await page.getByRole('alert').waitFor({ state: 'detached' });
  });
});

describe('text of others', () => {
  test.each([
    ['the first screen', ''],
    ['a stack', `/?stack=${encodeURIComponent(LONGEST_ID)}`],
    ['metadata', '/?stack=nested'],
  ])('%s shows it and never runs it', async (_, path) => {
    const { open } = await setUp(putStates);
    const page = await open({ path });
    await page.getByRole('table').first().waitFor();
    for (const summary of await page.locator('summary').all()) await summary.click();
    for (const button of await page.getByRole('button', { name: 'Show input' }).all()) await button.click();
    await page.getByText('<script>').first().waitFor();
    expect(await page.locator('#board script, #board img').count()).toBe(0);
    const text = await page.locator('main').textContent();
    expect(text).toContain('<img src=x onerror=alert(1)>');
    expect(text).toContain('\\u202etxt.exe');
    expect(text).not.toContain('\u202e');
  });

  test('a hostile search too', async () => {
    const { open } = await setUp();
    const page = await open({ path: `/?q=${encodeURIComponent(HOSTILE_REASON.slice(0, 200))}` });
    await page.getByText('No stack in progress has').waitFor();
    expect(await page.locator('main script, main img').count()).toBe(0);
  });
});

describe('for everybody', () => {
  const VIEWS = [
    ['light', { colorScheme: 'light' }],
    ['dark', { colorScheme: 'dark' }],
    ['360 px wide', { viewport: { width: 360, height: 740 } }],
    ['2 560 px wide', { viewport: { width: 2560, height: 1300 } }],
  ] as const;

  test.each(VIEWS)('%s: axe-core finds nothing, and nothing is wider than the screen', async (_, options) => {
    const { open } = await setUp(putStates);
    const page = await open(options);
    const overflow = () =>
      page.evaluate('document.documentElement.scrollWidth - document.documentElement.clientWidth');
    await ready(page);
    expect(await violations(page), 'first screen').toEqual([]);
    expect(await overflow(), 'first screen').toBe(0);
    for (const stack of ['retried', LONGEST_ID]) {
      await page.goto(new URL(`/?stack=${encodeURIComponent(stack)}`, page.url()).href);
      await page.getByRole('heading', { name: 'Resource actions' }).waitFor();
      await page.getByRole('button', { name: 'Show all operations' }).click();
      expect(await violations(page), stack.slice(0, 20)).toEqual([]);
      expect(await overflow(), stack.slice(0, 20)).toBe(0);
    }
    for (const name of ['Move the deadline …', 'Cancel the operation …', 'Keys ?']) {
      await page.getByRole('button', { name }).click();
      expect(await violations(page), name).toEqual([]);
      await page.keyboard.press('Escape');
      await page.getByRole('dialog').waitFor({ state: 'detached' });
    }
  });

  test('at 360 px nothing of a table is beside the screen, and of a timeline that is said', async () => {
    const { open } = await setUp(putStates);
    const page = await open({ viewport: { width: 360, height: 740 } });
    const wider = () =>
      page.evaluate<string[]>(
        `[...document.querySelectorAll('.scroll')].filter((one) => one.scrollWidth > one.clientWidth)
          .map((one) => one.getAttribute('aria-label'))`,
      );
    await ready(page);
    expect(await wider()).toEqual([]);
    await page.goto(new URL('/?stack=retried', page.url()).href);
    await page.getByRole('heading', { name: 'Attempts' }).waitFor();
    expect(await wider()).toEqual(['Timeline']);
    await page.getByText('Scroll sideways for more').waitFor();
  });

  test('without colour, every state has a word', async () => {
    const { open } = await setUp(putStates);
    const page = await open({ path: '/?stack=retried' });
    await page.getByRole('heading', { name: 'Attempts' }).waitFor();
    const states = await page.locator('.status').allTextContents();
    expect(states.every((text) => /IN_PROGRESS|COMPLETE|FAILED/.test(text))).toBe(true);
  });
});
