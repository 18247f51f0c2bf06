/** A board over a service in memory, and pages of a real browser that show it. */
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, expect } from 'vitest';
import { loadAssets } from '../../../cli/board/assets.ts';
import { type RunningBoard, startBoard } from '../../../cli/board/server.ts';
import { FakeHealth } from '../../unit/cli/board/fake-health.ts';
import { FakeService } from '../../unit/cli/board/fake-service.ts';
import { launchChromium } from './browser.ts';

/** As slow as a busy machine may be. */
const PATIENCE_MS = 15_000;

let browser: Browser;
beforeAll(async () => {
  browser = await launchChromium();
});
afterAll(() => browser?.close());

const boards: RunningBoard[] = [];
/** What the browser complains of: errors of our code, and what its security policy refused. */
const complaints: string[] = [];
afterEach(async () => {
  for (const context of browser.contexts()) await context.close();
  for (const board of boards.splice(0)) board.stop();
  expect(complaints.splice(0)).toEqual([]);
});

/** A service whose clock is that of the browser. */
class LiveService extends FakeService {
  constructor() {
    super();
    Object.defineProperty(this, 'now', { get: Date.now });
  }

  in(seconds: number): string {
    return new Date(Date.now() + seconds * 1000).toISOString();
  }
}

export interface Setup {
  readonly service: LiveService;
  readonly health: FakeHealth;
  readonly board: RunningBoard;
  /** Opens the page that the command printed, or a path of it. */
  open(options?: BrowserContextOptions & { readonly path?: string }): Promise<Page>;
}

/** @param fill what the service knows when the board starts. */
export async function setUp(
  fill: (service: LiveService) => void = () => {},
  { readOnly = false } = {},
): Promise<Setup> {
  const service = new LiveService();
  fill(service);
  const health = new FakeHealth();
  const board = await startBoard({
    client: service,
    health,
    explain: (error) => (error instanceof Error ? error.message : String(error)),
    readOnly,
    port: 0,
    now: Date.now,
    assets: await loadAssets(),
  });
  boards.push(board);
  return {
    service,
    health,
    board,
    open: ({ path = '', ...options } = {}) => openPage(board.url, path, options),
  };
}

export async function openPage(url: string, path = '', options: BrowserContextOptions = {}): Promise<Page> {
  const context = await browser.newContext({ viewport: { width: 1280, height: 900 }, ...options });
  const page = await context.newPage();
  page.setDefaultTimeout(PATIENCE_MS);
  page.on('pageerror', ({ message }) => complaints.push(message));
  page.on('console', (message) => {
    // A lost connection is an error to the browser, and what some tests are about.
    const isOurs = message.type() === 'error' && !/Failed to load resource/.test(message.text());
    if (isOurs) complaints.push(message.text());
  });
  page.on('dialog', (dialog) => complaints.push(`a script of others ran: ${dialog.message()}`));
  await page.goto(url);
  await page.getByText('stack-timeouts').first().waitFor();
  if (path !== '') await page.goto(new URL(path, url).href);
  return page;
}
