/** `npm run demo:heat`: a real OpenStack Heat with and without heat-bridge, side by side. */
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { parseArgs, styleText } from 'node:util';
import { PROJECT } from '../../local/environment.ts';
import { type Demo, fileOf, runDemo } from '../session.ts';
import { verdict } from '../view.ts';
import { picture } from './picture.ts';
import { runScenario } from './scenario.ts';
import { createScreen } from './screen.ts';
import { setUp } from './setup.ts';
import { type Paint, sideBySide, summary } from './view.ts';

const WATCH_SECONDS = 30;

const HELP = `Usage: npm run demo:heat [-- --watch SECONDS] [--svg FILE]

Runs OpenStack Heat twice on this machine, side by side, each with a database, a message broker and
two engine workers of its own. Beside one of them runs heat-bridge. Both get the same operations with
a timeout of a minute. Then all engines are killed with SIGKILL, and started again:
  without heat-bridge   the operations stay IN_PROGRESS after their timeout
  with heat-bridge      Heat ends each of them, seconds after its deadline

It takes about two minutes and a half. The first time it also installs Heat, RabbitMQ and MariaDB,
from PyPI and Debian, into .local-cloud and .heat: 160 MB to download. You need Debian 12 or a system
derived from it, Python 3.10 or later with venv, and 2 GB of free memory; not root, not Docker.
Ctrl-C stops everything.

  --watch SECONDS   how long to watch on after the last deadline (default: ${WATCH_SECONDS})
  --svg FILE        writes what was seen as a picture to FILE (default: .local/heat.svg)

Exit code: 0 all of it was seen, 1 not all of it or an error, 2 wrong arguments, 130 interrupted`;

interface Options {
  readonly watchSeconds: number;
  readonly svgFile: string;
}

const demoWith =
  ({ watchSeconds, svgFile }: Options): Demo =>
  async (dir, interruption) => {
    const screen = createScreen(process.stdout);
    const setup = await setUp(dir, interruption, screen.say);
    try {
      const signal = AbortSignal.any([interruption, setup.lost]);
      const paint: Paint = (colour, text) => styleText(colour, text, { stream: process.stdout });
      const { observed, down, failures } = await runScenario(
        { ...setup, screen, paint, signal },
        watchSeconds,
      );
      await mkdir(dirname(svgFile), { recursive: true });
      await writeFile(svgFile, picture(observed, down));
      screen.print(`${sideBySide(observed, paint, screen.room)}\n`);
      if (failures.length === 0) screen.print(`${summary(observed)}\n`);
      const held = verdict(failures, 'each timeout was lost without heat-bridge, and kept with it.');
      screen.print(`\nA picture of it: ${svgFile}`);
      return held;
    } catch (error) {
      // What an abort interrupted throws its own error. The reason explains it.
      throw setup.lost.reason ?? error;
    } finally {
      await setup.stop();
    }
  };

/** @throws Error if the arguments are wrong. */
function parseOptions(): Options | undefined {
  const options = { watch: { type: 'string' }, svg: { type: 'string' }, help: { type: 'boolean' } } as const;
  const { watch = String(WATCH_SECONDS), svg, help } = parseArgs({ options }).values;
  if (help) return undefined;
  if (!/^\d{1,5}$/.test(watch)) throw new Error(`--watch must be a whole number of seconds, not ${watch}`);
  return {
    watchSeconds: Number(watch),
    svgFile: svg === undefined ? `${PROJECT}.local/heat.svg` : fileOf(svg),
  };
}

try {
  const options = parseOptions();
  if (options === undefined) console.log(HELP);
  // What was interrupted may still wait.
  else process.exit(await runDemo(demoWith(options)));
} catch (error) {
  console.error(`demo: ${(error as Error).message}`);
  process.exitCode = 2;
}
