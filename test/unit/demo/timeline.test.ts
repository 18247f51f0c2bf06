import { expect, test } from 'vitest';
import { timelineOfOperation } from '../../../demo/timeline.ts';
import { ENTRIES } from '../cli/history/entries.ts';
import { clientOverMemory } from '../client/fake-transport.ts';

/** Of an operation with this history. */
function timelineOf(history: readonly unknown[]) {
  const { client, service } = clientOverMemory();
  service.answers.push({ ok: true, history });
  return timelineOfOperation(client, { stackId: 'web', operationId: 'op-1' });
}

test('draws the history of the service, as text and as SVG', async () => {
  const { text, svg, failures } = await timelineOf(ENTRIES);
  expect(text).toContain('C engine engine-3');
  expect(svg).toContain('engine engine-3');
  expect(failures).toEqual([]);
});

test('says what the history does not tell', async () => {
  expect((await timelineOf([])).failures).toEqual(['op-1: it has no history']);
  const incomplete = ['op-1: the history has no entry of its start, or of an end'];
  expect((await timelineOf(ENTRIES.slice(1))).failures).toEqual(incomplete);
  expect((await timelineOf(ENTRIES.slice(0, -1))).failures).toEqual(incomplete);
});
