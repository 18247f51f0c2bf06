/** A deployment's health in memory, of which any part can be refused. */
import type { HealthSources } from '../../../../cli/board/health.ts';
import type { AlarmLine } from '../../../../cli/board/view.ts';
import type { DeadLetters } from '../../../../cli/redrive/redrive.ts';
import { MemoryDeadLetters, wakeUp } from '../redrive/fake-dead-letters.ts';

const accessDenied = (what: string): Error =>
  Object.assign(new Error(`User: x is not authorized to perform: ${what}`), {
    name: 'AccessDeniedException',
  });

export class FakeHealth implements HealthSources {
  readonly timers = new MemoryDeadLetters(wakeUp('web'));
  readonly sent: string[] = [];
  alarmsOn: readonly AlarmLine[] = [];
  sweptAt: string | null = '2026-11-29T11:59:00.000Z';
  /** What the credentials do not allow. */
  readonly denied = new Set<keyof HealthSources | 'send'>();

  #allow(what: keyof HealthSources | 'send'): void {
    if (this.denied.has(what)) throw accessDenied(what);
  }

  async deadLetters(): Promise<DeadLetters> {
    this.#allow('deadLetters');
    const send = async (messages: readonly { body: string }[]) => {
      this.#allow('send');
      this.sent.push(...messages.map(({ body }) => body));
      return new Set<string>();
    };
    return {
      timers: this.timers,
      schedules: new MemoryDeadLetters(),
      sendWakeUps: send,
      work: new MemoryDeadLetters(),
      workRule: new MemoryDeadLetters(),
      sendWork: send,
      stream: { list: async () => [], read: async () => '', delete: async () => {} },
      streamFunctions: { names: [], invoke: async () => {} },
    };
  }

  async alarms(): Promise<readonly AlarmLine[]> {
    this.#allow('alarms');
    return this.alarmsOn;
  }

  async lastSweep(): Promise<string | null> {
    this.#allow('lastSweep');
    return this.sweptAt;
  }

  async canary(): Promise<{ succeededAt?: string }> {
    this.#allow('canary');
    return { succeededAt: '2026-11-29T11:59:30.000Z' };
  }

  async workQueue(): Promise<number> {
    this.#allow('workQueue');
    return 3;
  }

  async dashboard(): Promise<string> {
    this.#allow('dashboard');
    return 'https://eu-north-1.console.aws.amazon.com/cloudwatch/home';
  }
}
