#!/usr/bin/env node
import { EXIT } from './exit-codes.ts';
import { nodeEnvironment } from './node-environment.ts';
import { run } from './program.ts';

// A command may stop at any point: requests can be repeated, and redrive deletes no message before
// it is sent. One that must clean up replaces this by `stopOnSignals`.
process.once('SIGINT', () => process.exit(EXIT.interrupted));

// The reader of a pipe is gone, as in `stack-timeouts watch | head`. Not exit code 0: the operation
// may have failed.
for (const stream of [process.stdout, process.stderr]) {
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') process.exit(EXIT.brokenPipe);
    throw error;
  });
}

process.exitCode = await run(process.argv.slice(2), nodeEnvironment());
