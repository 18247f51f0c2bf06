import type { Reporter, TestCase, TestModule } from 'vitest/node';

/** Longer than any one test takes on a quiet machine. */
const QUIET_MINUTES = 4;

/**
 * Says what runs when nothing has ended for a while: of a run that hangs and is killed, the other
 * reporters do not say in which test that was.
 */
export default class StallReporter implements Reporter {
  /** By the id of their file. */
  readonly #running = new Map<string, { readonly file: string; readonly tests: Set<string> }>();
  #timer: NodeJS.Timeout | undefined;

  onTestRunStart(): void {
    clearInterval(this.#timer);
    this.#timer = setInterval(() => this.#say(), QUIET_MINUTES * 60_000).unref();
  }

  onTestModuleQueued({ id, relativeModuleId }: TestModule): void {
    this.#running.set(id, { file: relativeModuleId, tests: new Set() });
  }

  onTestModuleEnd({ id }: TestModule): void {
    this.#running.delete(id);
    this.#timer?.refresh();
  }

  onTestCaseReady({ module, fullName }: TestCase): void {
    this.#running.get(module.id)?.tests.add(fullName);
  }

  onTestCaseResult({ module, fullName }: TestCase): void {
    this.#running.get(module.id)?.tests.delete(fullName);
    this.#timer?.refresh();
  }

  #say(): void {
    const running = [...this.#running.values()].map(({ file, tests }) => [file, ...tests].join(': '));
    console.log(
      `nothing has ended for ${QUIET_MINUTES} minutes or more; running: ${running.join(', ') || 'no test file'}`,
    );
  }
}
