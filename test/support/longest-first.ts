import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** Each takes a minute or more, most of it waiting. */
const LONGEST = [
  'e2e/resources-outage',
  'e2e/timers',
  'e2e/resources-sweep',
  'simulation/simulation',
  'e2e/wake-ups',
  'e2e/engines-python',
  'e2e/no-engine-alive',
].map((name) => `/${name}.test.ts`);

/** Starts the test files that take longest before the others, which run beside them. */
export default class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const rank = ({ moduleId }: TestSpecification) => {
      const index = LONGEST.findIndex((name) => moduleId.endsWith(name));
      return index === -1 ? LONGEST.length : index;
    };
    return (await super.sort(files)).toSorted((a, b) => rank(a) - rank(b));
  }
}
