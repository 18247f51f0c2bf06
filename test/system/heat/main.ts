/**
 * `npm run test:heat`: tests on a real Heat. Installs first what is missing, or says in one line why
 * that cannot be done.
 */
import { installHeat } from '../../../local/heat/heat.ts';
import { runInstalledTests } from '../../support/installed-tests.ts';

process.exitCode = await runInstalledTests({
  name: 'test:heat',
  install: (log) => installHeat(new AbortController().signal, log),
  projects: ['heat'],
});
