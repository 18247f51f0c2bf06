import { defineConfig } from 'vitest/config';

/** What mutants are put to by `npm run mutate`: the tests of decisions and use cases, which take seconds. */
export default defineConfig({
  test: {
    include: ['test/{domain,use-cases}/**/*.test.ts'],
    // A worker for each file would take longer than its tests.
    isolate: false,
  },
});
