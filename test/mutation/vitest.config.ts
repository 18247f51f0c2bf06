import { defineConfig } from 'vitest/config';

/**
 * The tests of decisions and use cases, which take seconds: mutants are put to them (`npm run
 * mutate`), and what they cover is counted (`npm run coverage`).
 */
export default defineConfig({
  test: {
    include: ['test/unit/lambdas/{domain,command,arm,effects,wake,sweep,shared,scenarios}/**/*.test.ts'],
    // Handlers are put together over adapters, which are not mutated.
    exclude: ['test/unit/lambdas/*/handler.test.ts', 'test/unit/lambdas/shared/config.test.ts'],
    // A worker for each file would take longer than its tests.
    isolate: false,
    coverage: {
      include: [
        'lambdas/domain/**/*.ts',
        'lambdas/{command,arm,effects,wake,sweep}/*.ts',
        'lambdas/shared/{canary,update-row,optimistic,handle-wake-up}.ts',
      ],
      exclude: ['lambdas/*/handler.ts'],
      reporter: ['text'],
    },
  },
});
