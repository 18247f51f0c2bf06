import type { Transport } from '../../../client/index.ts';
import { TestHarness } from '../../support/harness.ts';

/** The command function over services in memory, behind a transport that can fail. */
export class FakeTransport implements Transport {
  readonly harness = new TestHarness();
  readonly requests: unknown[] = [];
  /** Thrown, one by one, instead of answering. */
  failures: unknown[] = [];
  /** Given, one by one, instead of what the service would answer. */
  readonly answers: unknown[] = [];

  async invoke(payload: string): Promise<string> {
    const request: unknown = JSON.parse(payload);
    this.requests.push(request);
    if (this.failures.length > 0) throw this.failures.shift();
    if (this.answers.length > 0) return JSON.stringify(this.answers.shift());
    return JSON.stringify(await this.harness.command(request));
  }
}
