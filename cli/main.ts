#!/usr/bin/env node
import module from 'node:module';
import { EXIT } from './exit-codes.ts';

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

// Node.js keeps what it has compiled, in its folder for temporary files: the next start is faster.
// Only for modules that are loaded from here on. Node.js 20 has no such thing.
module.enableCompileCache?.();
const { nodeEnvironment } = await import('./node-environment.ts');
const { run } = await import('./program.ts');
process.exitCode = await run(process.argv.slice(2), nodeEnvironment());
