import { setTimeout } from 'node:timers/promises';
import type { StackTimeoutsClient } from '../client/client.ts';
import { accepted } from '../client/errors.ts';
import type { Stack } from '../contract/index.ts';
import { describe, type Evidence } from './evidence.ts';
import type { Logs } from './logs.ts';
import { ended, lateness, type Operation } from './operation.ts';
import { liveTable, type View } from './view.ts';

const TICK_MS = 500;

/** Watches operations from outside: it asks for their stacks and reads the functions' logs, and changes nothing. */
export class Watcher {
  readonly operations: Operation[] = [];
  readonly #client: StackTimeoutsClient;
  readonly #logs: Logs<Evidence>;
  readonly #view: View;
  readonly #signal: AbortSignal;

  constructor(client: StackTimeoutsClient, logs: Logs<Evidence>, view: View, signal: AbortSignal) {
    this.#client = client;
    this.#logs = logs;
    this.#view = view;
    this.#signal = signal;
  }

  /** Watches until something holds. False if it did not until the time given. `meanwhile` is done at each look. */
  async until(holds: () => boolean, giveUpAt: number, meanwhile = async () => {}): Promise<boolean> {
    for (;;) {
      await meanwhile();
      await Promise.all(this.operations.filter(isDue).map((operation) => this.look(operation)));
      await this.#readLogs();
      this.#view.draw(({ rows }) => liveTable(this.operations, Date.now(), rows));
      if (holds()) return true;
      if (Date.now() > giveUpAt) return false;
      await setTimeout(TICK_MS, undefined, { signal: this.#signal });
    }
  }

  /** Asks how a stack stands. */
  async look(operation: Operation): Promise<void> {
    const before = ended(operation);
    const { stack } = accepted(await this.#client.getStack({ stackId: operation.stackId }));
    this.update(operation, stack);
    const late = lateness(operation);
    if (!before && late !== undefined) {
      this.#view.event(`${operation.stackId}: timed out, ${(late / 1000).toFixed(3)} s after its deadline`);
    }
  }

  update(operation: Operation, stack: Stack): void {
    const { stack: seen } = operation;
    // An answer that was overtaken by a later one.
    if (seen?.operationId === stack.operationId && stack.version < seen.version) return;
    operation.stack = stack;
    if (ended(operation)) operation.endSeenAt ??= Date.now();
  }

  async #readLogs(): Promise<void> {
    for (const evidence of await this.#logs.read()) {
      const operation = this.operations.find(
        ({ stackId, operationId }) => stackId === evidence.stackId && operationId === evidence.operationId,
      );
      if (operation === undefined) continue;
      operation.evidence.push(evidence);
      const text = describe(evidence);
      if (text !== undefined) this.#view.event(`${operation.stackId}: ${text}`);
    }
  }
}

/** Before its deadline nothing can have become of an operation that the demo does not know. */
const isDue = (operation: Operation): boolean =>
  operation.stack?.status === 'IN_PROGRESS' && Date.parse(operation.stack.deadline) <= Date.now();
