/**
 * The pictures of the documentation. `SCREENSHOTS=1 npx vitest run --project board screenshots`
 * takes them anew.
 */
import { access } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { PROJECT } from '../../../local/environment.ts';
import { eventually } from '../../../local/eventually.ts';
import type { FakeService } from '../../unit/cli/board/fake-service.ts';
import { setUp } from './board.ts';
import { putRetried } from './states.ts';

const at = (seconds: number): string => new Date(Date.now() + seconds * 1000).toISOString();

/** A busy evening. */
function fill(service: FakeService): void {
  const stacks = [
    ['web-frontend', 'UPDATE', -1500, 300],
    ['billing-database', 'CREATE', -700, 620],
    ['kubernetes-cluster', 'CREATE', -2400, 1200],
    ['object-store', 'DELETE', -120, 1700],
    ['message-broker', 'SUSPEND', -60, 1740],
    ['search-index', 'UPDATE', -300, 2700],
    ['tenant-42/network', 'CREATE', -30, 3300],
    ['tenant-42/compute', 'CREATE', -20, 5300],
  ] as const;
  for (const [stackId, action, startedAt, deadline] of stacks)
    service.put(stackId, { action, startedAt: at(startedAt), deadline: at(deadline) });
  const work = { phaseStartedAt: at(-60), heartbeatDeadline: at(25), attemptDeadline: at(240) };
  service.work('web-frontend', 'server-1', { ...work, engineId: 'engine-eu-1' });
  service.work('web-frontend', 'server-2', { ...work, engineId: 'engine-eu-2' });
  service.work('web-frontend', 'load-balancer', { phase: 'QUEUED' });
  service.work('kubernetes-cluster', 'control-plane', { status: 'COMPLETE', phase: undefined as never });
  service.work('kubernetes-cluster', 'nodes', { ...work, engineId: 'engine-eu-3' });
  service.work('billing-database', 'volume', { phase: 'BACKOFF', attempt: 2 });
  for (let n = 0; n < 40; n++)
    service.put(`tenant-${100 + n}/web`, { startedAt: at(-600), deadline: at(600 + ((n * 337) % 7000)) });
  service.put('mail-relay', { action: 'UPDATE', startedAt: at(-9000) });
  service.end('mail-relay', { deadline: at(-5400.7), endedAt: at(-5400) });
  service.put('dns-zone', { startedAt: at(-20_000) });
  service.end('dns-zone', {
    cause: 'RESOURCE_FAILED',
    statusReason: 'resource zone failed: quota exceeded',
    endedAt: at(-18_000),
  });
  putRetried(service);
}

const PICTURES = [
  ['board.png', '', 'light'],
  ['board-stack.png', '/?stack=retried', 'light'],
  ['board-stack-dark.png', '/?stack=retried', 'dark'],
] as const;

test.each(PICTURES)('%s', async (name, path, colorScheme) => {
  const file = `${PROJECT}docs/images/${name}`;
  if (!process.env.SCREENSHOTS) return access(file);
  const { open } = await setUp(fill);
  const page = await open({ path, colorScheme, viewport: { width: 1200, height: 1040 } });
  await page.getByRole('table').first().waitFor();
  await eventually(async () => expect(await page.getByText('reading …').count()).toBe(0));
  await page.screenshot({ path: file });
});
