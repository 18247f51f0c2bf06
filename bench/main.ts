/**
 * `npm run bench [-- NAME ...]`: measures the figures that the documentation states. Asserts
 * nothing.
 */
import { board } from './board.ts';
import { coldStart } from './cold-start.ts';
import { engineFailover } from './engine-failover.ts';
import { functionCpu } from './function-cpu.ts';
import { heat } from './heat.ts';
import { history } from './history.ts';
import { massTimeout } from './mass-timeout.ts';
import { operationEnd } from './operation-end.ts';
import { sweepThroughput } from './sweep-throughput.ts';
import { timeoutLateness } from './timeout-lateness.ts';
import { withLocalCloud } from './with-local-cloud.ts';

const BENCHMARKS: Record<string, () => Promise<void>> = {
  'cold-start': coldStart,
  'function-cpu': functionCpu,
  'mass-timeout': massTimeout,
  'timeout-lateness': () => withLocalCloud(({ outputs }) => timeoutLateness(outputs)),
  'sweep-throughput': () => withLocalCloud(({ outputs }) => sweepThroughput(outputs)),
  'engine-failover': () => withLocalCloud(engineFailover),
  'operation-end': () => withLocalCloud(operationEnd),
  history: () => withLocalCloud(({ outputs }) => history(outputs)),
  board: () => withLocalCloud(({ outputs }) => board(outputs)),
  heat: () => withLocalCloud(({ outputs }) => heat(outputs)),
};

const names = process.argv.slice(2);
const unknown = names.filter((name) => !Object.hasOwn(BENCHMARKS, name));
if (unknown.length > 0) {
  console.error(`unknown benchmark: ${unknown.join(', ')}; known: ${Object.keys(BENCHMARKS).join(', ')}`);
  process.exitCode = 2;
} else {
  for (const [name, run] of Object.entries(BENCHMARKS)) {
    if (names.length > 0 && !names.includes(name)) continue;
    console.log(`\n# ${name}`);
    await run();
  }
}
