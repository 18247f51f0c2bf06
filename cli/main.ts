#!/usr/bin/env node
import { EXIT } from './exit-codes.ts';
import { nodeEnvironment } from './node-environment.ts';
import { run } from './program.ts';

// Every command may be stopped at any point: what was not answered can be repeated, and no message is deleted unsent.
process.once('SIGINT', () => process.exit(EXIT.interrupted));

// A reader that has seen enough, as in `stack-timeouts watch | head`: quietly, though 0 would say that all ended well.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(EXIT.unread);
  throw error;
});

process.exitCode = await run(process.argv.slice(2), nodeEnvironment());
