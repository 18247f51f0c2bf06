import { expect, test } from 'vitest';
import type { Request } from '../../../../client/index.ts';
import { encodeWalk } from '../../../../examples/hot-engine/walk.ts';
import { createWalker } from '../../../../examples/hot-engine/walker.ts';
import { FakeService } from './fake-service.ts';
import { failing, runWalker, type StepOutcomes, walk } from './walks.ts';

test('dispatches each step when those that it requires are COMPLETE, and then ends the operation', async () => {
  const service = new FakeService();
  await runWalker(service, walk());
  expect(service.log).toEqual([
    'dispatch net',
    'dispatch dns',
    'dispatch web',
    'dispatch db',
    'dispatch lb',
    'end COMPLETE',
  ]);
  expect(service.stack.statusReason).toBe('All 5 resource actions are COMPLETE');
});

test('a slow step delays only the steps that require it', async () => {
  const service = new FakeService();
  let rounds = 0;
  await runWalker(
    service,
    walk(),
    (name) => (name === 'db' && rounds < 5 ? undefined : 'COMPLETE'),
    () => {
      if (++rounds === 4) expect(service.dispatches()).toEqual(['net', 'dns', 'web', 'db']);
    },
  );
  expect(service.log.at(-1)).toBe('end COMPLETE');
});

test('a plan without steps is COMPLETE at once', async () => {
  const service = new FakeService();
  await runWalker(service, walk({ plan: new Map() }));
  expect(service.log).toEqual(['end COMPLETE']);
});

test('without a rollback, nothing more is dispatched after a failure, and the service ends the operation', async () => {
  const service = new FakeService();
  let rounds = 0;
  await runWalker(service, walk(), failing('web'), () => {
    if (++rounds === 5) service.stack = { ...service.stack, status: 'FAILED', cause: 'RESOURCE_FAILED' };
  });
  expect(service.log).toEqual(['dispatch net', 'dispatch dns', 'dispatch web', 'dispatch db']);
});

test('without a rollback, a step that somebody cancelled ends the operation: the service does not', async () => {
  const service = new FakeService();
  await runWalker(service, walk(), (name) =>
    name === 'web' ? { failed: 'not needed', cause: 'CANCELLED' } : 'COMPLETE',
  );
  expect(service.log).toEqual(['dispatch net', 'dispatch dns', 'dispatch web', 'dispatch db', 'end FAILED']);
  expect(service.stack.statusReason).toBe('Resource CREATE failed: web: not needed');
});

test('with a rollback, what was started is reverted, last first, and the operation ends FAILED', async () => {
  const service = new FakeService();
  await runWalker(service, walk({ rollback: true }), failing('web'));
  expect(service.log.slice(4)).toEqual([
    'extend',
    'dispatch web/rollback',
    'dispatch db/rollback',
    'dispatch dns/rollback',
    'dispatch net/rollback',
    'end FAILED',
  ]);
  expect(service.stack.statusReason).toBe('Resource CREATE failed: web: quota exceeded; rolled back');
  expect(service.resources.get('net/rollback')?.action).toBe('DELETE');
});

test('a rollback waits for the steps in progress', async () => {
  const service = new FakeService();
  let rounds = 0;
  const slow: StepOutcomes = (name) => {
    if (name === 'dns' && rounds < 8) return undefined;
    return name === 'net' ? { failed: 'no' } : 'COMPLETE';
  };
  await runWalker(service, walk({ rollback: true }), slow, () => {
    if (++rounds < 8) expect(service.log).toEqual(['dispatch net', 'dispatch dns']);
  });
  expect(service.log.slice(2)).toEqual([
    'extend',
    'dispatch net/rollback',
    'dispatch dns/rollback',
    'end FAILED',
  ]);
});

test('a failed rollback is in the reason', async () => {
  const service = new FakeService();
  await runWalker(service, walk({ rollback: true }), failing('web', 'db/rollback'));
  expect(service.log.at(-1)).toBe('end FAILED');
  expect(service.dispatches()).not.toContain('net/rollback');
  expect(service.stack.statusReason).toBe(
    'Resource CREATE failed: web: quota exceeded; rollback failed: db/rollback: quota exceeded',
  );
});

test('a reason of any length and content is accepted', async () => {
  const service = new FakeService();
  await runWalker(service, walk({ rollback: true }), (name) =>
    name === 'web' ? { failed: '😀'.repeat(400) } : 'COMPLETE',
  );
  expect(service.stack.status).toBe('FAILED');
});

test('a step that a walker dispatched too late, having lost its attempt, is reverted as well', async () => {
  const service = new FakeService();
  const one = walk({ rollback: true });
  const late = () => {
    if (!service.dispatches().includes('web/rollback') || service.resources.has('lb')) return;
    const { client, stack } = service;
    void client.dispatchResource({
      stackId: stack.stackId,
      operationId: stack.operationId,
      resource: 'lb',
      action: 'CREATE',
      startToCloseSeconds: 1,
    });
  };
  await runWalker(service, one, failing('web'), late);
  expect(service.dispatches()).toContain('lb/rollback');
  expect(service.log.at(-1)).toBe('end FAILED');
});

test.each(['CANCELLED', 'TIMEOUT'] as const)(
  'an operation that ended otherwise (%s) ends the walk',
  async (cause) => {
    const service = new FakeService();
    await runWalker(service, walk(), undefined, () => {
      service.stack = { ...service.stack, status: 'FAILED', cause };
    });
    expect(service.log).toEqual(['dispatch net', 'dispatch dns']);
  },
);

test('an operation that ends, or is superseded, between two requests ends the walk', async () => {
  for (const changed of [{ status: 'FAILED' }, { operationId: 'op-2' }] as const) {
    for (const during of ['DispatchResource', 'CompleteOperation', 'GetStack']) {
      const service = new FakeService();
      service.onRequest = ({ command }: Request) => {
        if (command === during) service.stack = { ...service.stack, ...changed };
      };
      await runWalker(service, walk());
      expect(service.log).not.toContain('end COMPLETE');
    }
  }
});

test('a request that is refused for another reason fails the walk for good', async () => {
  const one = walk({
    plan: new Map([['not a name', { action: 'CREATE', type: 'T', requires: new Set<string>() }]]),
  });
  await expect(runWalker(new FakeService(), one)).rejects.toMatchObject({
    name: 'WorkFailed',
    retryable: false,
  });
});

test('an input that is not a walk fails for good', async () => {
  const walker = createWalker({ sleep: async () => {} });
  await expect(walker(new FakeService().walkWork({ seconds: 1 }))).rejects.toMatchObject({
    message: 'the input is not a walk',
    retryable: false,
  });
});

test('stops when it is told to', async () => {
  const service = new FakeService();
  const controller = new AbortController();
  const walker = createWalker({
    sleep: async () => {
      if (controller.signal.aborted) throw new Error('the walker goes on');
      controller.abort(new Error('lost'));
    },
  });
  await expect(walker(service.walkWork(encodeWalk(walk()), controller.signal))).rejects.toThrow('lost');
  expect(service.log).toEqual(['dispatch net', 'dispatch dns']);
});
