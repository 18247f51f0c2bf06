/** `npm run bench [-- NAME ...]`: the figures that the README states. Nothing here asserts. */
import { bundles } from './bundles.ts';
import { cascade } from './cascade.ts';
import { kills } from './kills.ts';
import { lateness } from './lateness.ts';
import { mass } from './mass.ts';
import { sweep } from './sweep.ts';
import { withCloud } from './with-cloud.ts';

const BENCHMARKS: Record<string, () => Promise<void>> = {
  bundles,
  lateness: () => withCloud(({ outputs }) => lateness(outputs)),
  sweep: () => withCloud(({ outputs }) => sweep(outputs)),
  kills: () => withCloud(kills),
  mass,
  cascade: () => withCloud(cascade),
};

const names = process.argv.slice(2);
const unknown = names.filter((name) => !Object.hasOwn(BENCHMARKS, name));
if (unknown.length > 0) {
  console.error(
    `there is no benchmark ${unknown.join(', ')}; there are ${Object.keys(BENCHMARKS).join(', ')}`,
  );
  process.exitCode = 2;
} else {
  for (const [name, run] of Object.entries(BENCHMARKS)) {
    if (names.length > 0 && !names.includes(name)) continue;
    console.log(`\n# ${name}`);
    await run();
  }
}
