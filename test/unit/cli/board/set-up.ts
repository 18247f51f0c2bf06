/** The board's application over services in memory, without a port. */
import { createBoard } from '../../../../cli/board/app.ts';
import type { Overview } from '../../../../cli/board/view.ts';
import { TOKEN_HEADER } from '../../../../cli/board/view.ts';
import { FakeHealth } from './fake-health.ts';
import { FakeService } from './fake-service.ts';

const TOKEN = 'the-token';
export const HOST = '127.0.0.1:7788';

export function setUp({ readOnly = false } = {}) {
  const service = new FakeService();
  const health = new FakeHealth();
  const { app, reader } = createBoard({
    client: service,
    health,
    explain: (error) => (error instanceof Error ? error.message : String(error)),
    readOnly,
    token: TOKEN,
    port: () => 7788,
    now: () => service.now,
    assets: new Map([['/', { type: 'text/html; charset=utf-8', body: Buffer.from('<p>page</p>') }]]),
  });
  const request = (path: string, headers: Record<string, string> = {}, init: RequestInit = {}) =>
    app.request(path, { ...init, headers: { Host: HOST, [TOKEN_HEADER]: TOKEN, ...headers } });
  const post = (path: string, body: unknown, headers: Record<string, string> = {}) =>
    request(
      path,
      { Origin: `http://${HOST}`, 'Content-Type': 'application/json', ...headers },
      { method: 'POST', body: typeof body === 'string' ? body : JSON.stringify(body) },
    );
  const overview = async (query = ''): Promise<Overview> =>
    (await (await request(`/api/overview${query}`)).json()) as Overview;
  /** After what was read is old. */
  const later = (query = ''): Promise<Overview> => {
    service.now += 2000;
    return overview(query);
  };
  return { service, health, app, reader, request, post, overview, later };
}
