/** The parts of a deployment over the services in memory of a CLI. */

import type { Alarm, Canary, Concurrency, Parts } from '../../../../cli/verify/parts.ts';
import type { Settings } from '../../../../cli/verify/plan.ts';
import type { WorkMessage } from '../../../../client/index.ts';
import type { ResourceActionStatusChange } from '../../../../contract/index.ts';
import { SECOND, toIso } from '../../../../lambdas/domain/time.ts';
import { DEPLOYED_DEFAULTS } from '../../../support/defaults.ts';
import type { FakeCli } from '../fake-cli.ts';

export const SETTINGS: Settings = {
  deploymentName: 'Deployed',
  nearHorizonSeconds: DEPLOYED_DEFAULTS.settings.nearHorizon / SECOND,
  leadSeconds: DEPLOYED_DEFAULTS.settings.lead / SECOND,
  graceSeconds: DEPLOYED_DEFAULTS.grace / SECOND,
  timerQueueArn: 'arn:timer-queue',
  keepsHistory: true,
};

export class FakeParts implements Parts {
  settings = SETTINGS;
  readonly deadLetterCounts: Record<string, number> = { timers: 0, stream: 0 };
  currentAlarms: Alarm[] = [{ name: 'Deployed-lateness', isOn: false }];
  currentConcurrency: Concurrency | undefined = { unreserved: 1000, wake: 45 };
  /** What engines put on the work queue, beside what is published. */
  readonly otherWork: WorkMessage[] = [];
  /** Whether others receive all work before it does. */
  isWorkHidden = false;
  /** Ids of messages that were given back. */
  readonly putBack: string[] = [];
  readonly #cli: FakeCli;
  readonly #taken = new Set<string>();

  constructor(cli: FakeCli) {
    this.#cli = cli;
  }

  get #service() {
    return this.#cli.service;
  }

  /** The messages that are on the work queue now. */
  get work(): WorkMessage[] {
    const published = this.#service.bus.published.flatMap((change) =>
      'phase' in change && change.phase === 'QUEUED' ? [messageOf(change)] : [],
    );
    return [...this.otherWork, ...published].filter(({ id }) => !this.#taken.has(id));
  }

  readonly workQueue = {
    receive: async () => (this.isWorkHidden ? [] : this.work),
    delete: async ({ id }: WorkMessage) => {
      this.#taken.add(id);
    },
    putBack: async ({ id }: WorkMessage) => {
      this.putBack.push(id);
    },
  };

  async schedule(name: string) {
    const found = this.#service.schedules.schedules.get(name);
    return (
      found && {
        expression: `at(${toIso(found.at).slice(0, 19)})`,
        targetArn: SETTINGS.timerQueueArn,
        input: JSON.stringify(found.wakeUp),
        deletesItself: true,
      }
    );
  }

  async deleteSchedule(name: string) {
    this.#service.schedules.schedules.delete(name);
  }

  get deadLetters() {
    return Object.entries(this.deadLetterCounts).map(([name, count]) => ({ name, count: async () => count }));
  }

  async triggers() {
    const { alive } = this.#service;
    return (['arm', 'effects', 'wake', 'sweep'] as const).map((name) => ({
      name,
      state: async () => (alive[name] ? 'on' : 'off') as 'on' | 'off',
    }));
  }

  async alarms() {
    return this.currentAlarms;
  }

  async canary(): Promise<Canary> {
    return this.#service.table.health.load();
  }

  async concurrency() {
    return this.currentConcurrency;
  }
}

const messageOf = (detail: ResourceActionStatusChange): WorkMessage => ({
  id: detail.id,
  body: JSON.stringify({ detail }),
  receipt: detail.id,
});
