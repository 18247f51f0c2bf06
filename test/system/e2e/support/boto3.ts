import { fileURLToPath } from 'node:url';
import { installPackages } from '../../../../local/virtual-environment.ts';

/** Installs boto3 into the project. Gives the Python of a virtual environment that holds it. */
export const installBoto3 = (): Promise<string> =>
  installPackages(
    { name: 'boto3', requirements: fileURLToPath(new URL('requirements.txt', import.meta.url)) },
    { logFile: '/dev/null', signal: new AbortController().signal, log: () => {} },
  );
