/**
 * `npm run test:outside`: everything on engines of others, and what takes minutes on a local cloud
 * of its own. Installs first what the engines need, or says in one line what is missing.
 */
import { runInstalledTests } from './support/installed-tests.ts';
import { chromiumPath } from './system/board/browser.ts';
import { installDynoxide } from './system/engines/dynoxide.ts';
import { requireOpenssl } from './system/engines/iam/ministack.ts';
import { installLocalStack } from './system/engines/localstack/localstack.ts';
import { installMoto } from './system/engines/moto/moto.ts';

process.exitCode = await runInstalledTests({
  name: 'test:outside',
  async install(log) {
    await requireOpenssl();
    chromiumPath();
    await installDynoxide(log);
    await installMoto(log);
    await installLocalStack(log);
  },
  projects: ['fidelity', 'localstack', 'restore', 'verify', 'chaos', 'board', 'iam'],
});
