/** Act two: engines die, others go on. */
import { renderTable } from '../../cli/terminal/table.ts';
import type { LocalCloud } from '../../local/local-cloud.ts';
import { LATENESS_BOUNDS } from '../verdict.ts';
import { createView } from '../view.ts';
import type { Chronicle } from './chronicle.ts';
import { lossesOf } from './history.ts';
import { picture } from './picture.ts';
import { HEARTBEAT_SECONDS } from './plan.ts';
import { tellOfEngines } from './story.ts';
import { judgeEngines, NOTICE_BOUND_SECONDS } from './verdict.ts';

/** Shows it, and says whether everything held. */
export async function enginesDie(cloud: LocalCloud, signal: AbortSignal): Promise<boolean> {
  const view = createView(process.stdout);
  const chronicle = await tellOfEngines(cloud, view, signal).finally(() => view.close());
  console.log(`\n${picture(chronicle.entries, chronicle.startedAt, process.stdout.columns)}`);
  console.log(`\n${lossTable(chronicle)}\n`);
  console.log(
    `Heartbeat timeout: ${HEARTBEAT_SECONDS} s. A death must be noticed within ${NOTICE_BOUND_SECONDS} s.`,
  );
  console.log(`Allowed lateness of the DELETE's timeout: ${LATENESS_BOUNDS.near} s`);
  const failed = judgeEngines(chronicle);
  if (failed.length > 0) console.log(['\nThis did not hold:', ...failed].join('\n  '));
  else console.log('\nAll of it held: each death noticed, each resource completed once, nothing left.');
  return failed.length === 0;
}

const seconds = (milliseconds: number | undefined): string =>
  milliseconds === undefined ? '-' : `${(milliseconds / 1000).toFixed(1)} s`;

/** What each death did, and how long it lasted until it was known and made good. */
function lossTable({ entries }: Pick<Chronicle, 'entries'>): string {
  return renderTable(
    ['OPERATION', 'RESOURCE', 'ATTEMPT', 'ENGINE', 'NOTICED AFTER', 'NEXT ATTEMPT', 'AFTER'],
    lossesOf(entries).map(({ operationId, resource, attempt, engine, how, at, noticedAt, next }) => [
      operationId,
      resource,
      String(attempt),
      `${engine} ${how}`,
      seconds(noticedAt && noticedAt - at),
      next ? `${next.attempt} on ${next.engine}` : '-',
      seconds(next && next.at - at),
    ]),
  );
}
