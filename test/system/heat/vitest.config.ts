import { defineConfig } from 'vitest/config';

/** `npm run test:heat`. */
export default defineConfig({
  test: {
    include: ['test/system/heat/**/*.test.ts'],
    reporters: ['default', './test/support/count-reporter.ts'],
    testTimeout: 300_000,
  },
});
