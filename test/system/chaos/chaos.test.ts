/**
 * A short chaos run, on a local cloud of its own and alone on the machine: its load would make
 * other tests late.
 */
import { rm } from 'node:fs/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type LocalCloud, startLocalCloud } from '../../../local/local-cloud.ts';
import { localFolder } from '../../support/local-folder.ts';
import { chaos } from './chaos.ts';
import { reportOf } from './report.ts';

/** And until each kind of disturbance has come once. */
const DISTURBED_MS = 60_000;
const seed = Date.now() % 1_000_000_000;
const log = (line: string): void => console.log(`chaos: ${line}`);

let dir: string;
let cloud: LocalCloud;
beforeAll(async () => {
  dir = await localFolder('chaos-');
  cloud = await startLocalCloud({ dir, log });
});
afterAll(async () => {
  await cloud?.stop();
  await rm(dir, { recursive: true, force: true });
});

test(`a minute of disturbances, seed ${seed}: every promise holds`, async ({ signal }) => {
  const result = await chaos({ cloud, dir, seed, disturbedMs: DISTURBED_MS, log, signal });
  console.log(reportOf(result, seed));
  expect(result.findings).toEqual([]);
  // That there were disturbances.
  const of = (what: RegExp) =>
    [...result.disturbed].reduce((sum, [name, times]) => sum + (what.test(name) ? times : 0), 0);
  expect(of(/^engines killed/), 'engines killed').toBeGreaterThan(0);
  expect(of(/^instances of/), 'functions killed').toBeGreaterThan(0);
  expect(of(/^event source mapping/), 'mappings switched off').toBeGreaterThan(0);
  expect(of(/^garbage/), 'garbage').toBeGreaterThan(0);
  expect(result.delays.timeout.length, 'timeouts').toBeGreaterThan(0);
});
