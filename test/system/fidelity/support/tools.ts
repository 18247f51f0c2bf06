import { fileURLToPath } from 'node:url';
import { installPackages } from '../../../../local/virtual-environment.ts';

/**
 * Installs what the fidelity tests need into the project. Gives the Python of a virtual environment
 * that holds it.
 */
export const installTools = (): Promise<string> =>
  installPackages(
    {
      name: 'cfn-lint',
      module: 'cfnlint',
      requirements: fileURLToPath(new URL('../requirements.txt', import.meta.url)),
    },
    { logFile: '/dev/null', signal: new AbortController().signal, log: () => {} },
  );
