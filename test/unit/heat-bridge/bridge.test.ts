import { beforeEach, describe, expect, test } from 'vitest';
import type { Answer, Fields, Stack } from '../../../client/index.ts';
import { Bridge, type BridgeOptions } from '../../../heat-bridge/bridge.ts';
import type { HeatStack, HeatView } from '../../../heat-bridge/domain/heat.ts';
import type { HeatDatabase, HeatRpc, Service } from '../../../heat-bridge/ports.ts';
import { stack, view as viewOf } from './domain/rows.ts';

const { id: ID } = stack();
const OPTIONS: BridgeOptions = {
  graceSeconds: 3,
  defaultTimeoutSeconds: 3600,
  engineGraceSeconds: 20,
  dryRun: false,
};

let now: number;
let clock: number;
let view: HeatView;
let ours: Map<string, Stack>;
let calls: string[];
let failing: boolean;
let waiting: number;
let leadsSince: number | undefined;
let locks: number;
/** Whether the row has ended when SQL comes. */
let hasEnded: boolean;
let views: number;
let withoutEngine: string[];
/** What happens between a look and what it leads to. */
let beforeStart: () => void;

const heatStack = (): HeatStack => view.stack as HeatStack;
const change = (fields: Partial<HeatStack>) => {
  view = { ...view, stack: { ...heatStack(), ...fields } };
};

const database: HeatDatabase = {
  now: async () => now,
  checkTables: async () => {},
  stacks: async () => {
    if (failing) throw new Error('no connection');
    return view.stack ? [view.stack] : [];
  },
  stacksInProgress: async () => (view.stack?.status === 'IN_PROGRESS' ? [view.stack] : []),
  stacksWithoutEngine: async () => withoutEngine,
  view: async (id) => {
    views += 1;
    return id === ID ? view : { ...view, stack: undefined };
  },
  hasLivingEngine: async () => view.engines.some(({ engineId }) => engineId === 'alive'),
  resumesSince: async () => {
    locks += 1;
    return leadsSince;
  },
  forceEnd: async (_, traversal) => {
    calls.push(`force ${traversal}`);
    change({ status: 'FAILED', traversal: '' });
    return !hasEnded;
  },
};
const rpc: HeatRpc = {
  poke: async (_, { resourceId }) => void calls.push(`poke ${resourceId}`),
  cancel: async (_, withRollback) => void calls.push(`cancel ${withRollback}`),
  waitingSteps: async () => waiting,
};
const refusal = { ok: false, error: { code: 'StackNotFound', message: '' } } as const;
const service: Service = {
  async *stacks() {
    yield* [...ours.values()].filter(({ status }) => status === 'IN_PROGRESS');
  },
  getStack: async ({ stackId }) => {
    const stack = ours.get(stackId);
    return stack ? { ok: true, stack, resources: [] } : refusal;
  },
  startOperation: async (fields: Fields<'StartOperation'>) => {
    const before = beforeStart;
    beforeStart = () => {};
    before();
    const current = ours.get(fields.stackId);
    if (current?.status === 'IN_PROGRESS' && current.operationId !== fields.operationId && !fields.supersede)
      return { ok: false, error: { code: 'OperationInProgress', message: '' } };
    calls.push(`start ${fields.operationId} ${fields.timeoutSeconds}`);
    const { timeoutSeconds: _, supersede: __, ...rest } = fields;
    const stack = {
      ...rest,
      status: 'IN_PROGRESS',
      statusReason: '',
      startedAt: '',
      deadline: '',
      version: 1,
    } as Stack;
    ours.set(stack.stackId, stack);
    return { ok: true, stack };
  },
  completeOperation: async ({ stackId, status }: Fields<'CompleteOperation'>) => {
    calls.push(`complete ${status}`);
    const stack = { ...(ours.get(stackId) as Stack), status };
    ours.set(stackId, stack);
    return { ok: true, stack } as Answer as { ok: true; stack: Stack };
  },
};

const bridge = (options: Partial<BridgeOptions> = {}) =>
  new Bridge({ database, rpc, service, log: () => {}, clock: () => clock }, { ...OPTIONS, ...options });

const notification = JSON.stringify({
  'oslo.message': JSON.stringify({
    event_type: 'orchestration.stack.create.start',
    payload: { stack_identity: ID },
  }),
});
const timeout = JSON.stringify({
  source: 'stack-timeouts',
  'detail-type': 'Stack Operation Status Change',
  detail: { stackId: ID, operationId: 'tr-1', cause: 'TIMEOUT', metadata: { source: 'heat-bridge' } },
});

beforeEach(() => {
  now = 20_000;
  ours = new Map();
  calls = [];
  failing = false;
  waiting = 0;
  leadsSince = -60_000;
  locks = 0;
  hasEnded = false;
  views = 0;
  withoutEngine = [ID];
  beforeStart = () => {};
  clock = 0;
  view = viewOf(
    {},
    {
      engines: [
        { engineId: 'alive', updatedAt: 60_000, stopped: false },
        { engineId: 'dead', updatedAt: -60_000, stopped: false },
      ],
    },
  );
});

describe('watching', () => {
  test('a notification starts the operation with the time that is left; its end completes it, each once', async () => {
    const one = bridge();
    await one.handleNotification(notification);
    await one.handleNotification(notification);
    change({ status: 'COMPLETE' });
    await one.handleNotification(notification);
    await one.handleNotification(notification);
    expect(calls).toEqual(['start tr-1 43', 'complete COMPLETE']);
    expect(one.counters).toMatchObject({ notifications: 4, started: 1, completed: 1, garbage: 0 });
  });

  test('an operation takes the place of another one; a look of long ago takes that of none', async () => {
    const one = bridge();
    await one.handleNotification(notification);
    change({ traversal: 'tr-2' });
    await one.handleNotification(notification);
    expect(calls).toEqual(['start tr-1 43', 'complete FAILED', 'start tr-2 43']);
    ours.clear();
    beforeStart = () => {
      change({ traversal: 'tr-3' });
      void service.startOperation({ stackId: ID, operationId: 'tr-3', action: 'UPDATE', timeoutSeconds: 43 });
    };
    await one.handleNotification(notification);
    expect(ours.get(ID)).toMatchObject({ operationId: 'tr-3', status: 'IN_PROGRESS' });
  });

  test('garbage is counted; what could not be looked at comes again', async () => {
    const one = bridge();
    await one.handleNotification('{"half');
    expect(one.counters.garbage).toBe(1);
    failing = true;
    await expect(one.handleNotification(notification)).rejects.toThrow('no connection');
    expect(calls).toEqual([]);
  });

  test('a pass over all stacks finds what no notification told', async () => {
    const one = bridge();
    await one.reconcile();
    await one.reconcile();
    view = { ...view, stack: undefined };
    await one.reconcile();
    expect(calls).toEqual(['start tr-1 43', 'complete FAILED']);
  });
});

describe('ending', () => {
  test('a timeout makes Heat end the stack, not before its own deadline', async () => {
    const one = bridge();
    await one.handleTimeout(timeout);
    expect(calls).toEqual([]);
    now = 64_000;
    await bridge().handleTimeout(timeout);
    expect(calls).toEqual(['poke 7']);
    change({ traversal: 'tr-2' });
    await bridge().handleTimeout(timeout);
    expect(calls).toEqual(['poke 7']);
  });

  test('what is being ended is looked at again later, not for each event', async () => {
    const one = bridge();
    now = 64_000;
    await one.handleTimeout(timeout);
    await one.handleTimeout(timeout);
    await one.reconcile();
    clock = 4999;
    await one.continueEnding();
    expect(calls.filter((call) => call.startsWith('poke'))).toEqual(['poke 7']);
    clock = 5000;
    await one.continueEnding();
    expect(calls.filter((call) => call.startsWith('poke'))).toEqual(['poke 7', 'poke 7']);
  });

  test('engines that are busy are told once; one that died with the message is not waited for', async () => {
    const one = bridge();
    now = 64_000;
    waiting = 1;
    await one.handleTimeout(timeout);
    clock += 5000;
    await one.continueEnding();
    expect(calls).toEqual(['poke 7']);
    waiting = 0;
    clock += 5000;
    await one.continueEnding();
    expect(calls).toEqual(['poke 7', 'poke 7']);
  });

  test('without an engine no stack is looked at again, until there is one', async () => {
    const one = bridge();
    now = 64_000;
    const { engines } = view;
    view = { ...view, engines: [] };
    await one.handleTimeout(timeout);
    clock = 3_600_000;
    await one.continueEnding();
    expect(views).toBe(1);
    view = { ...view, engines };
    await one.continueEnding();
    expect(calls).toEqual(['poke 7']);
  });

  test('without an engine, SQL ends it in time, even without a broker', async () => {
    const one = bridge({ forceAfterSeconds: 10 });
    now = 64_000;
    view = { ...view, engines: [] };
    await one.handleTimeout(timeout);
    now = 73_000;
    clock = 9_000;
    await one.continueEnding();
    expect(calls).toEqual(['force tr-1']);
  });

  test('what our service has ended, and Heat has not, is found without the event', async () => {
    const one = bridge();
    await one.reconcile();
    now = 64_000;
    await one.reconcile();
    expect(calls).toEqual(['start tr-1 43']);
    ours.set(ID, { ...(ours.get(ID) as Stack), status: 'FAILED', cause: 'TIMEOUT' });
    await one.reconcile();
    expect(calls).toEqual(['start tr-1 43', 'poke 7']);
  });

  test.each([
    ['UPDATE', false, 'cancel true'],
    ['CREATE', false, 'cancel false'],
  ])('an %s that rolls back is cancelled', async (action, disableRollback, expected) => {
    change({ action, disableRollback });
    now = 64_000;
    await bridge().handleTimeout(timeout);
    expect(calls).toEqual([expected]);
  });

  test('SQL ends it if no engine does, and it is not looked at again', async () => {
    const one = bridge({ forceAfterSeconds: 10 });
    now = 74_000;
    await one.handleTimeout(timeout);
    now = 84_000;
    clock = 10_000;
    await one.continueEnding();
    await one.handleTimeout(timeout);
    expect(calls).toEqual(['poke 7', 'force tr-1']);
    expect(one.counters).toMatchObject({ poked: 1, forced: 1 });
  });

  test('an operation that ended meanwhile was not ended by SQL', async () => {
    const one = bridge({ forceAfterSeconds: 0 });
    now = 64_000;
    hasEnded = true;
    await one.handleTimeout(timeout);
    expect(calls).toEqual(['force tr-1']);
    expect(one.counters.forced).toBe(0);
  });

  test('a stack that cannot be compared keeps no other from its end', async () => {
    now = 64_000;
    failing = true;
    await expect(bridge().reconcile()).rejects.toThrow('no connection');
    expect(calls).toEqual(['poke 7']);
  });

  test('a dry run only reports, and takes no lock', async () => {
    const one = bridge({ dryRun: true });
    await one.resume();
    now = 64_000;
    await one.handleTimeout(timeout);
    expect(calls).toEqual([]);
    expect(locks).toBe(0);
  });
});

describe('resuming', () => {
  test('is for the bridge that holds the lock', async () => {
    leadsSince = undefined;
    await bridge().resume();
    expect(calls).toEqual([]);
  });

  test('a step of a dead engine, and not again at once', async () => {
    const one = bridge();
    await one.resume();
    await one.resume();
    now += 14_999;
    await one.resume();
    expect(calls).toEqual(['poke 7']);
    now += 1;
    await one.resume();
    expect(calls).toEqual(['poke 7', 'poke 7']);
  });

  // Heat would take the step for done.
  test('no step that is under way, whatever else happens to its stack', async () => {
    const one = bridge();
    await one.resume();
    now += 5000;
    const [resource] = view.resources as [HeatView['resources'][0]];
    view = { ...view, resources: [resource, { ...resource, id: 8, atomicKey: 9 }] };
    await one.resume();
    expect(calls).toEqual(['poke 7']);
  });

  test('no step that another bridge may just have resumed', async () => {
    leadsSince = now;
    const one = bridge();
    await one.resume();
    now += 14_999;
    await one.resume();
    expect(calls).toEqual([]);
    now += 1;
    await one.resume();
    expect(calls).toEqual(['poke 7']);
    leadsSince = now + 10_000;
    now += 20_000;
    await one.resume();
    expect(calls).toEqual(['poke 7']);
  });

  test.each(['this bridge', 'another bridge'])('no step that waits in the queue: told by %s', async (who) => {
    if (who === 'another bridge') leadsSince = now;
    const one = bridge();
    await one.resume();
    const before = [...calls];
    waiting = 1;
    now += 10_000;
    await one.resume();
    waiting = 0;
    now += 14_999;
    await one.resume();
    expect(calls).toEqual(before);
    now += 1;
    await one.resume();
    expect(calls).toEqual([...before, 'poke 7']);
  });

  test('a step that nobody holds, once nothing has changed for long', async () => {
    const held = (engineId: string | null, atomicKey: number) => {
      view = {
        ...view,
        resources: [{ ...(view.resources[0] as HeatView['resources'][0]), engineId, atomicKey }],
      };
    };
    const one = bridge();
    held(null, 2);
    await one.resume();
    now += 15_000;
    held(null, 4);
    await one.resume();
    now += 15_000;
    await one.resume();
    expect(calls).toEqual([]);
    now += 5001;
    await one.resume();
    expect(calls).toEqual(['poke 7']);
  });

  test('each stack in its turn, however many cannot be resumed', async () => {
    withoutEngine = [...Array.from({ length: 60 }, (_, n) => `0-${n}`), ID];
    const one = bridge();
    await one.resume();
    expect(calls).toEqual([]);
    await one.resume();
    expect(calls).toEqual(['poke 7']);
  });

  test('nothing while steps wait for an engine', async () => {
    waiting = 1;
    await bridge().resume();
    expect(calls).toEqual([]);
  });
});
