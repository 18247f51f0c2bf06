import type { Reporter, TestModule } from 'vitest/node';

/**
 * Ends the run with one line that counts the tests. A skipped test fails the run: what is not
 * tested must not look as if it were.
 */
export default class CountReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[]): void {
    const count = { passed: 0, failed: 0, skipped: 0, pending: 0 };
    for (const module of modules) {
      for (const test of module.children.allTests()) count[test.result().state]++;
      // What fails before or after its tests, such as a beforeAll, counts as well.
      count.failed += module.errors().length;
      for (const suite of module.children.allSuites()) count.failed += suite.errors().length;
    }
    const notRun = count.skipped + count.pending;
    console.log(
      `\ntests: ${count.passed} passed, ${count.failed} failed${notRun > 0 ? `, ${notRun} skipped` : ''}`,
    );
    if (notRun > 0) process.exitCode = 1;
  }
}
