import { StackTimeoutsClient, type Transport } from '../../../client/index.ts';
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

/**
 * A client of the command function over services in memory, and the pauses that it made instead of
 * waiting.
 */
export function clientOverMemory(options: { attempts?: number; random?: () => number } = {}) {
  const service = new FakeTransport();
  const delays: number[] = [];
  const sleep = async (milliseconds: number) => delays.push(milliseconds);
  const client = new StackTimeoutsClient({ transport: service, sleep, random: () => 1, ...options });
  return { service, client, delays };
}
