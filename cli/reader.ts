import { spawn } from 'node:child_process';
import { fstatSync } from 'node:fs';
import { EXIT } from './exit-codes.ts';

/**
 * Ends the process when the reader of stdout is gone, as in `stack-timeouts watch | head`, even
 * while there is nothing to write. Node.js notices a closed pipe only when it writes; GNU's tail
 * polls its output, which it shares with this process. Without it, the next write ends the process.
 */
export function endWithReader(): void {
  if (!fstatSync(process.stdout.fd).isFIFO()) return;
  const tail = spawn('tail', ['-f', `--pid=${process.pid}`, '/dev/null'], {
    stdio: ['ignore', process.stdout.fd, 'ignore'],
  });
  tail.on('error', () => undefined);
  tail.on('exit', (_, signal) => {
    if (signal === 'SIGPIPE') process.exit(EXIT.brokenPipe);
  });
  tail.unref();
  process.on('exit', () => tail.kill());
}
