import { expect, test } from 'vitest';
import { lateSummary, operationTable, sentence } from '../../../demo/view.ts';
import { ENTRIES, iso, stack } from './run.ts';

test('the second scenario in sentences', () => {
  expect(ENTRIES.flatMap((entry) => sentence(entry, ENTRIES) ?? [])).toEqual([
    'engine A is started',
    'web: CREATE started, deadline 12:05:02',
    'engine A works on /walk',
    '/walk ends with its operation',
    'engine B is started',
    'engine B works on server',
    'server: engine B is declared lost, 5.0 s after it was killed',
    'engine C works on server, attempt 2',
    'server: engine C is declared lost, 5.0 s after it was stopped',
    'engine A works on server, attempt 3',
    'server is COMPLETE, attempt 3',
    'engine B is killed in the middle of server',
    'engine C is started',
    'engine C is stopped in the middle of server',
    'engine C is continued',
    'engine C is told to stop server, attempt 2',
    'web: CREATE_COMPLETE, Done',
    'web: DELETE started, deadline 12:00:56',
    'engine A works on /walk',
    '/walk: engine A is declared lost, 5.0 s after it was killed',
    '/walk ends with its operation',
    'engine A is killed in the middle of /walk',
    'engine C is killed',
    'web: DELETE_FAILED, Timed out, 0.7 s after its deadline',
  ]);
});

test('how operations ended, and how late', () => {
  const request = {
    command: 'StartOperation',
    stackId: 'web',
    operationId: 'CREATE',
    action: 'CREATE',
    timeoutSeconds: 60,
  } as const;
  const timedOut = stack({ status: 'FAILED', cause: 'TIMEOUT', deadline: iso(62), endedAt: iso(63.2) });
  const ended = [[{ request, paths: ['schedule'], note: 'a note' }, timedOut]] as const;
  expect(operationTable(ended).split('\n')).toEqual([
    'STACK  STATUS         DEADLINE  ENDED     LATENESS  PATH',
    'web    CREATE_FAILED  12:01:02  12:01:03  1.2 s     schedule  a note',
  ]);
  expect(lateSummary(ended)).toBe(
    '1 timeouts, lateness: median 1.2 s, at most 1.2 s (allowed: near 3 s, schedule 3 s, sweep 80 s)',
  );
  const later = stack({ status: 'FAILED', cause: 'TIMEOUT', deadline: iso(62), endedAt: iso(64) });
  const both = [...ended, [ended[0][0], later]] as const;
  expect(lateSummary(both)).toContain('median 1.6 s, at most 2.0 s');
});
