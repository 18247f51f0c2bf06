import type { ChildProcess } from 'node:child_process';
import { type Run, start } from '../../../local/processes.ts';

/** Kills the whole process group when standard input closes. */
const WHILE_INPUT_IS_OPEN = '"$0" "$@" & read -r _; kill -KILL 0';

/**
 * Starts a program and all that it starts in a process group, which goes when this process ends,
 * for whatever reason.
 */
export const startGuarded = (command: string, run: Run): ChildProcess =>
  start('sh', { ...run, args: ['-c', WHILE_INPUT_IS_OPEN, command, ...run.args] });
