import { defineConfig } from 'vitest/config';
import LongestFirst from './test/support/longest-first.ts';

/**
 * One project after the other, in the order of `groupOrder`. `npm test` runs the first three: unit
 * tests need nothing but this folder; end-to-end tests run against one deployment on the local
 * cloud; what they recorded is looked at when all of them have run. `npm run test:heat` runs the
 * last one, `npm run test:outside` the others.
 */
export default defineConfig({
  // Tests of the examples import the package by its name, as the examples do: from its source, not
  // from `dist/`.
  ssr: { resolve: { conditions: ['@stack-timeouts/source', 'node'] } },
  test: {
    reporters: ['default', './test/support/count-reporter.ts', './test/support/stall-reporter.ts'],
    sequence: { sequencer: LongestFirst },
    globalSetup: ['./test/support/temporary-folder.ts'],
    projects: [
      {
        extends: true,
        test: {
          name: 'unit',
          include: ['test/**/*.test.ts'],
          exclude: [
            'test/system/e2e/**',
            'test/system/heat/**',
            'test/system/restore/**',
            'test/system/verify/**',
            'test/system/fidelity/**',
            'test/system/board/**',
            'test/system/chaos/chaos.test.ts',
            'test/system/iam/**',
          ],
          maxWorkers: '100%',
          // They wait for nothing, but some explore thousands of orders: on a busy machine that
          // takes longer than 5 s.
          testTimeout: 60_000,
        },
      },
      {
        extends: true,
        test: {
          name: 'e2e',
          include: ['test/system/e2e/**/*.test.ts'],
          exclude: ['test/system/e2e/permissions/**'],
          globalSetup: ['test/system/e2e/global-setup.ts'],
          // They mostly wait for deadlines: many at once cost little.
          maxWorkers: 6,
          testTimeout: 300_000,
          hookTimeout: 180_000,
          sequence: { groupOrder: 1 },
        },
      },
      // Where AWS_ENDPOINT_URL says which cloud to test on, the functions are out of the recorder's
      // reach.
      ...(process.env.AWS_ENDPOINT_URL
        ? []
        : [
            {
              extends: true,
              test: {
                name: 'permissions',
                include: ['test/system/e2e/permissions/**/*.test.ts'],
                testTimeout: 60_000,
                sequence: { groupOrder: 2 },
              },
            },
          ]),
      {
        extends: true,
        test: {
          name: 'fidelity',
          include: ['test/system/fidelity/**/*.test.ts'],
          // Each of them has both cores to do.
          maxWorkers: 1,
          testTimeout: 60_000,
          hookTimeout: 600_000,
          sequence: { groupOrder: 3 },
        },
      },
      {
        extends: true,
        test: {
          name: 'localstack',
          include: ['test/system/e2e/**/*.test.ts'],
          exclude: [
            'test/system/e2e/permissions/**',
            // They would show the same there: one needs no cloud, the other starts a local one.
            'test/system/e2e/{service-models,resources-outage}.test.ts',
          ],
          globalSetup: ['test/system/engines/localstack/global-setup.ts'],
          // Its API and its pollers share one interpreter.
          maxWorkers: 4,
          testTimeout: 300_000,
          hookTimeout: 180_000,
          sequence: { groupOrder: 6 },
        },
      },
      {
        extends: true,
        test: {
          name: 'iam',
          include: [
            'test/system/iam/**/*.test.ts',
            'test/system/e2e/{timers,nested-stacks,resources-sweep}.test.ts',
          ],
          globalSetup: ['test/system/engines/iam/global-setup.ts'],
          maxWorkers: 4,
          testTimeout: 300_000,
          hookTimeout: 180_000,
          sequence: { groupOrder: 7 },
        },
      },
      {
        extends: true,
        test: {
          name: 'restore',
          include: ['test/system/restore/**/*.test.ts'],
          // Starting the cloud, and deadlines that are far enough to have schedules.
          testTimeout: 600_000,
          hookTimeout: 180_000,
          sequence: { groupOrder: 4 },
        },
      },
      {
        extends: true,
        test: {
          name: 'verify',
          include: ['test/system/verify/**/*.test.ts'],
          // Each run waits for a schedule and for a sweep.
          testTimeout: 600_000,
          hookTimeout: 180_000,
          sequence: { groupOrder: 8 },
        },
      },
      {
        extends: true,
        test: {
          name: 'chaos',
          include: ['test/system/chaos/chaos.test.ts'],
          // Starting the cloud, the disturbances, and then however long it takes until all has come
          // to rest.
          testTimeout: 600_000,
          hookTimeout: 180_000,
          sequence: { groupOrder: 5 },
        },
      },
      {
        extends: true,
        test: {
          name: 'board',
          include: ['test/system/board/**/*.test.ts'],
          // It builds what the browser loads, too.
          globalSetup: ['test/system/e2e/global-setup.ts'],
          // Each page is drawn by a process of its own.
          maxWorkers: 2,
          testTimeout: 120_000,
          hookTimeout: 180_000,
          sequence: { groupOrder: 9 },
        },
      },
      {
        extends: true,
        test: {
          name: 'heat',
          include: ['test/system/heat/**/*.test.ts'],
          // Each starts a Heat of its own.
          maxWorkers: 1,
          // Timeouts of a minute, Heat's least, are waited for.
          testTimeout: 300_000,
          sequence: { groupOrder: 10 },
        },
      },
    ],
  },
});
