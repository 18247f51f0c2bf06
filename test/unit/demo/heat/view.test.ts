import { expect, test } from 'vitest';
import { UNLIMITED } from '../../../../cli/terminal/width.ts';
import { changeSentence, sideBySide, summary } from '../../../../demo/heat/view.ts';
import { ended, lost, observation, observed, rolledBack } from './observed.ts';

const plain = (_: string, text: string) => text;
const lostUpdate = () => observed('without', 'database', observation(90, 'UPDATE_IN_PROGRESS'));

test('both Heats side by side', () => {
  const observed = [lost(), ended(), lostUpdate(), rolledBack()];
  expect(sideBySide(observed, plain, UNLIMITED).split('\n')).toEqual([
    'STACK     OPERATION         WITHOUT HEAT-BRIDGE               WITH HEAT-BRIDGE',
    'web       CREATE            CREATE_IN_PROGRESS, 30 s overdue  CREATE_FAILED, Timed out, 6 s late',
    'database  UPDATE, rollback  UPDATE_IN_PROGRESS, 30 s overdue  ROLLBACK_COMPLETE, 10 s late',
  ]);
});

test('before the deadline the time that is left; nothing of what was not seen yet', () => {
  const [, row] = sideBySide(
    [observed('with', 'web', observation(17, 'CREATE_IN_PROGRESS'))],
    plain,
    UNLIMITED,
  ).split('\n');
  expect(row).toMatch(/^web {4}CREATE {5,}CREATE_IN_PROGRESS, 43 s left$/);
});

test('nothing was seen', () => {
  expect(sideBySide([], plain, UNLIMITED)).toBe('');
});

test('a terminal of 80 columns shows all states', () => {
  const table = sideBySide([lost(), ended(), lostUpdate(), rolledBack()], plain, {
    ...UNLIMITED,
    columns: 80,
  });
  for (const line of table.split('\n')) expect(line.length).toBeLessThanOrEqual(80);
  expect(table).not.toContain('…');
});

test.each([
  [lost(), 'red'],
  [observed('without', 'web', observation(30, 'CREATE_IN_PROGRESS')), 'yellow'],
  // Heat itself may still end it.
  [observed('with', 'web', observation(62, 'CREATE_IN_PROGRESS')), 'yellow'],
  [ended(), 'green'],
])('colours', (one, colour) => {
  expect(sideBySide([one], (paint, text) => `<${paint}>${text}`, UNLIMITED)).toContain(`<${colour}>CREATE`);
});

test('a change as a sentence', () => {
  expect([changeSentence(observed('without', 'web')), changeSentence(ended())]).toEqual([
    'web without heat-bridge: CREATE_IN_PROGRESS, Stack CREATE started, 59.0 s before its deadline',
    'web with heat-bridge: CREATE_FAILED, Timed out, 6.0 s after its deadline',
  ]);
});

test('the summary', () => {
  expect(summary([lost(), ended(), lostUpdate(), rolledBack()]).split('\n')).toEqual([
    'Without heat-bridge: still IN_PROGRESS 30 s after the deadlines, with living engines.',
    'With heat-bridge: ended by Heat 6 to 10 s after the deadlines.',
  ]);
});
