/** moto, an open-source reading of many AWS services, as a process. It comes from PyPI. */
import { fileURLToPath } from 'node:url';
import { installPackages } from '../../../../local/virtual-environment.ts';
import { type Server, startServer } from '../server.ts';

/** Installs moto into the project. Resolves with the Python of a virtual environment that holds it. */
export const installMoto = (log: (line: string) => void = () => {}): Promise<string> =>
  installPackages(
    {
      name: 'moto',
      module: 'moto.server',
      requirements: fileURLToPath(new URL('requirements.txt', import.meta.url)),
    },
    { logFile: '/dev/null', signal: new AbortController().signal, log },
  );

/** @throws Error with the end of its output if it could not be installed or started. */
export const startMoto = async (): Promise<Server> =>
  startServer('moto', await installMoto(), ['-m', 'moto.server']);
