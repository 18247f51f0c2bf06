import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { createFleet } from '../../../../demo/engines/fleet.ts';
import { createJournal } from '../../../../demo/engines/journal.ts';
import { isAlive } from '../../../../local/processes.ts';
import { eventually } from '../../../support/eventually.ts';

const PROGRAM = fileURLToPath(new URL('fake-engine.ts', import.meta.url));

function fleetOf(behaviour: 'works' | 'ends') {
  const journal = createJournal();
  const fleet = createFleet(behaviour, journal, PROGRAM);
  const did = () =>
    journal.entries.map((entry) => `${'engine' in entry && entry.engine} ${'did' in entry && entry.did}`);
  return { fleet, did, until: (what: string) => eventually(async () => expect(did()).toContain(what)) };
}

test('what engines tell, and what is done to them, is written down', async () => {
  const { fleet, did, until } = fleetOf('works');
  fleet.start('A');
  await until('A claimed');
  fleet.stop('A');
  fleet.continue('A');
  await fleet.kill('A');
  expect(did()).toEqual(['A started', 'A claimed', 'A stopped', 'A continued', 'A killed']);
  expect(fleet.alive).toEqual([]);
  expect(fleet.lost.aborted).toBe(false);
});

test('at the end all are killed, the stopped ones too', async () => {
  const { fleet, until } = fleetOf('works');
  fleet.start('A');
  fleet.start('B');
  await Promise.all([until('A claimed'), until('B claimed')]);
  fleet.stop('B');
  await fleet.end();
  expect([...fleet.pids.values()].filter(isAlive)).toEqual([]);
});

test('an engine that ends by itself is told of', async () => {
  const { fleet } = fleetOf('ends');
  fleet.start('A');
  if (!fleet.lost.aborted) await once(fleet.lost, 'abort');
  expect(String(fleet.lost.reason)).toBe('Error: engine A ended by itself (exit code 3)');
  await fleet.end();
});
