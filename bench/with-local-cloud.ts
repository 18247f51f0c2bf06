import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { interrupted } from '../local/interruption.ts';
import { type LocalCloud, startLocalCloud } from '../local/local-cloud.ts';

/** Runs a benchmark on a fresh local cloud. */
export async function withLocalCloud(run: (cloud: LocalCloud) => Promise<void>): Promise<void> {
  const dir = await mkdtemp(join(tmpdir(), 'stack-timeouts-bench-'));
  const log = (line: string) => console.error(`bench: ${line}`);
  try {
    const cloud = await startLocalCloud({ dir, log, signal: interrupted() });
    try {
      await run(cloud);
    } finally {
      await cloud.stop();
    }
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
}
