import { describe, expect, test } from 'vitest';
import { TOKEN_HEADER } from '../../../../cli/board/view.ts';
import { wakeUp } from '../redrive/fake-dead-letters.ts';
import { HOST, setUp } from './set-up.ts';

describe('who is answered', () => {
  test('the page needs no token, and has nothing of the deployment', async () => {
    const { request, service } = setUp();
    const answer = await request('/', { [TOKEN_HEADER]: '' });
    expect(answer.status).toBe(200);
    expect(await answer.text()).toBe('<p>page</p>');
    expect(service.totalCalls).toBe(0);
  });

  test.each([
    ['no token', { [TOKEN_HEADER]: '' }, 401],
    ['another token', { [TOKEN_HEADER]: 'the-tokem' }, 401],
    ['another host', { Host: 'evil.example:7788' }, 403],
    ['another port', { Host: '127.0.0.1:80' }, 403],
    ['no host', { Host: '' }, 403],
    ['another origin', { Origin: 'http://evil.example' }, 403],
    ['another origin on this machine', { Origin: 'http://127.0.0.1:9999' }, 403],
    ['an opaque origin', { Origin: 'null' }, 403],
    ['another site', { 'Sec-Fetch-Site': 'cross-site' }, 403],
    ['another port of this machine', { 'Sec-Fetch-Site': 'same-site' }, 403],
  ])('%s: nothing is read', async (_, headers, status) => {
    const { request, post, service } = setUp();
    expect((await request('/api/overview', headers)).status).toBe(status);
    const target = { stackId: 'web', operationId: 'op-1' };
    expect((await post('/api/cancel', target, headers)).status).toBe(status);
    expect(service.totalCalls).toBe(0);
  });

  test.each([{}, { Host: 'localhost:7788' }, { Origin: `http://${HOST}`, 'Sec-Fetch-Site': 'same-origin' }])(
    'answered: %j',
    async (headers) => {
      const { request } = setUp();
      expect((await request('/api/overview', headers)).status).toBe(200);
    },
  );

  test.each(['/', '/api/overview', '/nothing', '/api/stack?stack=%20'])(
    '%s: every answer has the headers',
    async (path) => {
      const { headers } = await setUp().request(path);
      expect(Object.fromEntries(headers)).toMatchObject({
        'cache-control': 'no-store',
        'x-content-type-options': 'nosniff',
        'x-frame-options': 'DENY',
        'referrer-policy': 'no-referrer',
        'cross-origin-opener-policy': 'same-origin',
        'cross-origin-resource-policy': 'same-origin',
      });
      const policy = headers.get('content-security-policy')?.split(/; ?/);
      expect(policy).toEqual(
        expect.arrayContaining([
          "default-src 'none'",
          "script-src 'self'",
          "style-src 'self'",
          "connect-src 'self'",
          "frame-ancestors 'none'",
          "form-action 'none'",
          "base-uri 'none'",
          "require-trusted-types-for 'script'",
        ]),
      );
    },
  );
});

describe('what is asked for', () => {
  test.each([
    '/api/overview?show=everything',
    '/api/overview?page=0',
    '/api/overview?unknown=1',
    '/api/stack',
    '/api/stack?stack=%3Cscript%3E',
    '/api/payload?stack=web',
  ])('%s is refused', async (path) => {
    const { request, service } = setUp();
    const answer = await request(path);
    expect(answer.status).toBe(400);
    expect(await answer.json()).toMatchObject({ code: 'ValidationError' });
    expect(service.totalCalls).toBe(0);
  });

  test.each([
    ['no JSON', 'nonsense', {}, 400],
    ['a form', 'a=b', { 'Content-Type': 'application/x-www-form-urlencoded' }, 415],
    ['a large body', 'x'.repeat(20_000), {}, 413],
    ['a field too many', { stackId: 'web', operationId: 'op-1', also: 1 }, {}, 400],
  ])('%s is refused', async (_, body, headers, status) => {
    const { post, service } = setUp();
    expect((await post('/api/cancel', body, headers)).status).toBe(status);
    expect(service.totalCalls).toBe(0);
  });

  test('the same again is no answer with a body', async () => {
    const { request, overview } = setUp();
    await overview();
    const first = await request('/api/overview');
    const tag = first.headers.get('etag') ?? '';
    expect(tag).not.toBe('');
    const second = await request('/api/overview', { 'If-None-Match': tag });
    expect(second.status).toBe(304);
    expect(await second.text()).toBe('');
  });

  test('a stack, its history, its payload, its operations', async () => {
    const { service, request } = setUp();
    service.put('web');
    service.work('web', 'server');
    service.payloads.set('web server', { input: { size: 1 } });
    const at = '2026-11-29T11:59:00.000Z';
    const start = {
      stackId: 'web',
      action: 'CREATE',
      transition: 'START',
      status: 'IN_PROGRESS',
      statusReason: '',
    } as const;
    service.history = [
      { ...start, at, operationId: 'op-1', version: 1 },
      { ...start, at: '2026-11-28T11:59:00.000Z', operationId: 'op-0', version: 1 },
    ];
    expect(await (await request('/api/stack?stack=web')).json()).toMatchObject({
      stack: { stackId: 'web' },
      resources: [{ resource: 'server' }],
      operationId: 'op-1',
      history: [{ at }],
    });
    const operations = await (await request('/api/operations?stack=web')).json();
    expect(operations).toMatchObject({ operations: [{ operationId: 'op-1' }, { operationId: 'op-0' }] });
    const payload = await request('/api/payload?stack=web&resource=server');
    expect(await payload.json()).toEqual({ input: { size: 1 } });
    expect((await request('/api/stack?stack=nowhere')).status).toBe(404);
  });
});

describe('actions', () => {
  const target = { stackId: 'web', operationId: 'op-1' };

  test('cancel: the answer and the next page show it', async () => {
    const { service, post, overview } = setUp();
    service.put('web');
    expect((await overview()).numbers).toMatchObject({ inProgress: 1, failed: 0 });
    const answer = await post('/api/cancel', { ...target, reason: 'wrong template' });
    expect(await answer.json()).toMatchObject({
      stack: { cause: 'CANCELLED', statusReason: 'wrong template' },
    });
    const after = await overview();
    expect(after.numbers).toMatchObject({ inProgress: 0, failed: 1 });
    expect(after.failed.items).toMatchObject([{ stackId: 'web', statusReason: 'wrong template' }]);
  });

  test('extend', async () => {
    const { service, post, overview } = setUp();
    service.put('web');
    await overview();
    await post('/api/extend', { ...target, timeoutSeconds: 7200 });
    expect((await overview()).inProgress.items).toMatchObject([{ deadline: '2026-11-29T14:00:00.000Z' }]);
  });

  test('a refusal is told', async () => {
    const { post } = setUp();
    const answer = await post('/api/cancel', target);
    expect(answer.status).toBe(409);
    expect(await answer.json()).toMatchObject({ code: 'StackNotFound' });
  });

  test('redrive: first what it would do, then it', async () => {
    const { health, post, overview } = setUp();
    await overview();
    expect((await overview()).health.deadLetters.timers).toEqual({ state: 'read', value: 1 });
    const dry = await post('/api/redrive', { source: 'timers', dryRun: true });
    expect(await dry.json()).toMatchObject({
      source: 'timers',
      sent: [{ about: expect.stringContaining('stack web') }],
    });
    expect(health.sent).toEqual([]);
    await post('/api/redrive', { source: 'timers', dryRun: false });
    expect(health.sent).toEqual([wakeUp('web', { hops: 0 })]);
    await overview();
    expect((await overview()).health.deadLetters.timers).toEqual({ state: 'read', value: 0 });
  });

  test('--read-only refuses all of them', async () => {
    const { service, health, post, overview } = setUp({ readOnly: true });
    service.put('web');
    for (const [path, body] of [
      ['/api/cancel', target],
      ['/api/extend', { ...target, timeoutSeconds: 1 }],
      ['/api/redrive', { source: 'timers', dryRun: false }],
      ['/api/redrive', { source: 'timers', dryRun: true }],
    ] as const) {
      const answer = await post(path, body);
      expect(answer.status, path).toBe(403);
      expect(await answer.json()).toMatchObject({ code: 'ReadOnly' });
    }
    expect(service.totalCalls).toBe(0);
    expect(health.sent).toEqual([]);
    expect((await overview()).denied).toMatchObject({
      operations: expect.any(String),
      redrive: expect.any(String),
    });
  });

  test('what the service does not permit is not offered any more', async () => {
    const { service, post, overview } = setUp();
    service.put('web');
    service.refused = { ok: false, error: { code: 'NotPermitted', message: 'a worker may not' } };
    const answer = await post('/api/cancel', target);
    expect(answer.status).toBe(403);
    service.refused = undefined;
    expect((await overview()).denied).toEqual({ operations: expect.stringContaining('a worker may not') });
  });

  test.each([
    ['deadLetters', 403],
    ['send', 200],
  ] as const)('what AWS does not permit (%s) is not offered any more', async (part, status) => {
    const { health, post, overview } = setUp();
    health.denied.add(part);
    const answer = await post('/api/redrive', { source: 'timers', dryRun: false });
    expect(answer.status).toBe(status);
    expect(await answer.text()).toContain('not authorized');
    expect((await overview()).denied).toEqual({ redrive: expect.stringContaining('not authorized') });
  });
});

describe('health', () => {
  test.each(['deadLetters', 'alarms', 'lastSweep', 'canary', 'workQueue', 'dashboard'] as const)(
    'without permission for %s, the rest is shown',
    async (part) => {
      const { health, overview } = setUp();
      health.denied.add(part);
      await overview();
      const { health: shown } = await overview();
      const denied = { state: 'notPermitted', message: expect.stringContaining(part) };
      expect(shown[part]).toEqual(
        part === 'deadLetters' ? expect.objectContaining({ timers: denied }) : denied,
      );
      const { [part]: _, ...others } = shown;
      expect(JSON.stringify(others)).not.toContain('notPermitted');
    },
  );
});
