import { defineConfig } from 'vitest/config';

/** Unit tests need no cloud; end-to-end tests run against one deployment on the local cloud. */
export default defineConfig({
  test: {
    reporters: ['default', './test/support/count-reporter.ts'],
    projects: [
      {
        test: {
          name: 'unit',
          include: ['test/**/*.test.ts'],
          exclude: ['test/e2e/**'],
        },
      },
      {
        test: {
          name: 'e2e',
          include: ['test/e2e/**/*.test.ts'],
          globalSetup: ['test/e2e/global-setup.ts'],
          // They mostly wait for deadlines: many at once cost little.
          maxWorkers: 6,
          testTimeout: 180_000,
          hookTimeout: 180_000,
        },
      },
    ],
  },
});
