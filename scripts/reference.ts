/**
 * Generates the pages of docs/reference that say what the code says: from the schemas, the settings
 * and the CLI. `npm run docs` writes them; with `--check`, it fails when one is stale.
 */
import { writeOrCheck } from './generated.ts';
import { cliPage } from './reference/cli.ts';
import { commandsPage } from './reference/commands.ts';
import { eventsPage } from './reference/events.ts';
import { metricsPage } from './reference/metrics.ts';
import { settingsPage } from './reference/settings.ts';

export const referencePages = async (): Promise<ReadonlyMap<string, string>> =>
  new Map([
    ['docs/reference/commands.md', commandsPage()],
    ['docs/reference/events.md', eventsPage()],
    ['docs/reference/metrics.md', metricsPage()],
    ['docs/reference/settings.md', settingsPage()],
    ['docs/reference/cli.md', await cliPage()],
  ]);

if (import.meta.main) writeOrCheck(await referencePages(), process.argv.slice(2));
