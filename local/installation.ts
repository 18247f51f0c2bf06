import { PROJECT } from './environment.ts';
import { type InstallOptions, installPackages } from './virtual-environment.ts';

/** Installs the emulator into the project. Gives the Python of a virtual environment that holds it. */
export const installEmulator = (options: InstallOptions): Promise<string> =>
  installPackages({ name: 'ministack', requirements: `${PROJECT}local/requirements.txt` }, options);
