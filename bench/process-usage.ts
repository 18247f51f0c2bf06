/** What Linux says of a process. */
import { readFile } from 'node:fs/promises';

const TICKS_A_SECOND = 100;

/** Its memory now, and the most so far. */
export async function printMemory(pid: number): Promise<void> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8');
  const mib = (name: string) =>
    (Number(new RegExp(`${name}:\\s+(\\d+)`).exec(status)?.[1]) / 1024).toFixed(0);
  console.log(`memory: ${mib('VmRSS')} MiB, at most ${mib('VmHWM')} MiB`);
}

/** The seconds of CPU that it has used so far. */
export async function cpuOf(pid: number): Promise<number> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8');
  // The name of the program, in parentheses, may have spaces in it.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) / TICKS_A_SECOND;
}
