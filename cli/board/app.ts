/** The board as a web application: who may ask, and what is answered. Listens to nothing. */
import { createHash, timingSafeEqual } from 'node:crypto';
import { type Context, Hono } from 'hono';
import { bodyLimit } from 'hono/body-limit';
import { etag } from 'hono/etag';
import { secureHeaders } from 'hono/secure-headers';
import * as z from 'zod/mini';
import { allSettledWithin, systemSleep } from '../../client/engine/waiting.ts';
import { accepted, RefusedError } from '../../client/errors.ts';
import * as field from '../../contract/fields.ts';
import { parse } from '../../contract/parse.ts';
import { SOURCE_NAMES } from '../redrive/report.ts';
import { SOURCES } from '../redrive/sources.ts';
import type { Asset } from './assets.ts';
import { Health, type HealthSources, isDenied } from './health.ts';
import { type BoardClient, type Explain, Reader, readOperations } from './reader.ts';
import {
  type Denied,
  type ErrorView,
  type OperationsView,
  type Overview,
  SHOWS,
  type StackView,
  TOKEN_HEADER,
} from './view.ts';

export interface BoardOptions {
  readonly client: BoardClient;
  readonly health: HealthSources;
  readonly explain: Explain;
  /** Whether nothing may be changed. */
  readonly readOnly: boolean;
  /** Whoever knows it may use the board. */
  readonly token: string;
  /** The port of the board: it answers to no other host. */
  readonly port: () => number;
  readonly now: () => number;
  /** By their path. */
  readonly assets: ReadonlyMap<string, Asset>;
}

/** An answer does not wait longer for the service: it tells what is known. */
const PATIENCE_MS = 1000;
const MAX_BODY_BYTES = 10_000;

const READ_ONLY = 'The board was started with --read-only.';

const page = z.optional(z.coerce.number().check(z.int(), z.gte(1), z.lte(100_000)));
const overviewQuery = z.strictObject({
  search: z.optional(z.string().check(z.maxLength(255))),
  show: z.optional(z.enum(SHOWS)),
  page,
  failed: page,
});
const stackQuery = z.strictObject({ stack: field.stackId, operation: z.optional(field.operationId) });
const operationsQuery = z.strictObject({ stack: field.stackId, from: z.optional(field.pageToken) });
const payloadQuery = z.strictObject({ stack: field.stackId, resource: field.resource });
const operation = { stackId: field.stackId, operationId: field.operationId };
const cancelBody = z.strictObject({ ...operation, reason: z.optional(field.reason) });
const extendBody = z.strictObject({ ...operation, timeoutSeconds: field.seconds });
const redriveBody = z.strictObject({ source: z.enum(SOURCE_NAMES), dryRun: z.boolean() });

export function createBoard(options: BoardOptions): { readonly app: Hono; readonly reader: Reader } {
  const { client, explain, token, port, now, assets } = options;
  const reader = new Reader(client, explain, now);
  const health = new Health(options.health, now);
  let denied: Denied = options.readOnly ? { operations: READ_ONLY, redrive: READ_ONLY } : {};
  const app = new Hono();

  app.use(
    secureHeaders({
      contentSecurityPolicy: {
        defaultSrc: ["'none'"],
        scriptSrc: ["'self'"],
        styleSrc: ["'self'"],
        connectSrc: ["'self'"],
        imgSrc: ["'self'"],
        baseUri: ["'none'"],
        formAction: ["'none'"],
        frameAncestors: ["'none'"],
        // No text becomes markup: not even by mistake.
        requireTrustedTypesFor: ["'script'"],
        trustedTypes: ["'none'"],
      },
      xFrameOptions: 'DENY',
      referrerPolicy: 'no-referrer',
      crossOriginEmbedderPolicy: 'require-corp',
    }),
  );
  app.use(async (c, next) => {
    c.header('Cache-Control', 'no-store');
    requireOwnHost(c, port());
    await next();
  });

  // A page without the token has nothing of the deployment in it.
  for (const [path, { type, body }] of assets)
    app.get(path, (c) => c.body(body as Uint8Array<ArrayBuffer>, 200, { 'Content-Type': type }));

  app.use('/api/*', async (c, next) => {
    requireToken(c, token);
    await next();
  });
  app.use('/api/*', etag());
  const onError = () => {
    throw new Problem(413, 'ValidationError', 'The body is too large.');
  };
  app.use('/api/*', bodyLimit({ maxSize: MAX_BODY_BYTES, onError }));

  app.get('/api/overview', async (c) => {
    const { search = '', show = 'all', page = 1, failed = 1 } = parsed(overviewQuery, c.req.query());
    const selection = { search, show, page, failedPage: failed };
    const inSight = () => reader.stacks.inSight(selection, now()).items.map(({ stackId }) => stackId);
    if (reader.complete) {
      await allSettledWithin(PATIENCE_MS, [reader.refresh(), reader.readInSight(inSight())], systemSleep);
    } else {
      // The first screen waits neither for all stacks nor for their resource actions.
      void reader.refresh();
      await allSettledWithin(PATIENCE_MS, [reader.begun], systemSleep);
    }
    // Of a service that does not answer, health says more than the stacks.
    if (reader.complete || reader.failure) health.refresh();
    const { numbers, ...shown } = reader.stacks.overview(selection, now());
    const items = shown.inProgress.items.map((line) => {
      const work = reader.workOf(line);
      return work ? { ...line, work } : line;
    });
    return c.json({
      complete: reader.complete,
      numbers: { ...numbers, moreFailed: reader.moreFailed },
      work: reader.work,
      hour: shown.hour,
      inProgress: { ...shown.inProgress, items },
      failed: shown.failed,
      health: health.view,
      denied,
      ...(reader.failure && { failure: reader.failure }),
    } satisfies Overview);
  });

  app.get('/api/stack', async (c) => {
    const { stack: stackId, operation } = parsed(stackQuery, c.req.query());
    const read = await reader.stack(stackId).catch(async (error) => {
      const known = reader.known(stackId);
      if (known === undefined || error instanceof RefusedError) throw error;
      return { ...known, failure: { message: explain(error), since: new Date(now()).toISOString() } };
    });
    if (read === undefined)
      throw new Problem(404, 'StackNotFound', 'There is no such stack, or its retention time is over.');
    const operationId = operation ?? read.stack.operationId;
    return c.json({
      ...read,
      operationId,
      ...(await reader.history(stackId, operationId)),
      denied,
    } satisfies StackView);
  });

  app.get('/api/operations', async (c) => {
    const { stack, from } = parsed(operationsQuery, c.req.query());
    return c.json((await readOperations(client, stack, from)) satisfies OperationsView);
  });

  app.get('/api/payload', async (c) => {
    const { stack: stackId, resource } = parsed(payloadQuery, c.req.query());
    const { input, output } = accepted(await client.getResource({ stackId, resource }));
    return c.json({ ...(input !== undefined && { input }), ...(output !== undefined && { output }) });
  });

  app.post('/api/cancel', async (c) => {
    const { reason, ...target } = parsed(cancelBody, await bodyOf(c));
    return change('operations', async () => {
      const { stack } = accepted(
        await client.cancelOperation({ ...target, ...(reason !== undefined && { reason }) }),
      );
      reader.changed(stack);
      return c.json({ stack });
    });
  });

  app.post('/api/extend', async (c) => {
    const target = parsed(extendBody, await bodyOf(c));
    return change('operations', async () => {
      const { stack } = accepted(await client.extendOperation(target));
      reader.changed(stack);
      return c.json({ stack });
    });
  });

  app.post('/api/redrive', async (c) => {
    const { source, dryRun } = parsed(redriveBody, await bodyOf(c));
    return change('redrive', async () => {
      const deadLetters = await options.health.deadLetters();
      const report = await SOURCES[source](deadLetters, { dryRun, deleteMalformed: false });
      health.changed();
      const { error } = report;
      if (error !== undefined && isDenied(new Error(error))) deny('redrive', error);
      return c.json(report);
    });
  });

  app.notFound((c) =>
    c.json({ code: 'NotFound', message: 'There is no such page.' } satisfies ErrorView, 404),
  );
  app.onError((error, c) => {
    if (error instanceof Problem) {
      const { code, message } = error;
      return c.json({ code, message } satisfies ErrorView, error.status);
    }
    if (error instanceof RefusedError) return c.json(error.refusal.error satisfies ErrorView, 409);
    return c.json({ code: 'Unavailable', message: explain(error) } satisfies ErrorView, 503);
  });

  /** What the credentials do not allow is not offered any more. */
  function deny(what: keyof Denied, error: string): string {
    const message = `Your credentials do not allow it: ${error}`;
    denied = { ...denied, [what]: message };
    return message;
  }

  async function change(what: keyof Denied, make: () => Promise<Response>): Promise<Response> {
    const reason = denied[what];
    if (reason !== undefined) throw new Problem(403, 'ReadOnly', reason);
    try {
      return await make();
    } catch (error) {
      const isRefused = error instanceof RefusedError && error.refusal.error.code === 'NotPermitted';
      if (!isRefused && !isDenied(error)) throw error;
      throw new Problem(403, 'NotPermitted', deny(what, explain(error)));
    }
  }

  return { app, reader };
}

/** A page of another site must not reach the board under a name that it made point here. */
function requireOwnHost(c: Context, port: number): void {
  const own = ['127.0.0.1', 'localhost'].map((name) => new URL(`http://${name}:${port}`));
  const [host, origin, site] = ['Host', 'Origin', 'Sec-Fetch-Site'].map((name) => c.req.header(name));
  if (!own.some((one) => one.host === host))
    throw new Problem(403, 'WrongHost', 'The board answers to 127.0.0.1 only.');
  const isOtherOrigin = origin !== undefined && !own.some((one) => one.origin === origin);
  const isOtherSite = c.req.path.startsWith('/api/') && site !== undefined && site !== 'same-origin';
  if (isOtherOrigin || isOtherSite)
    throw new Problem(403, 'WrongOrigin', 'The board answers to its own page only.');
}

/** A header that only the board's own page can send: so no other page can send a command. */
function requireToken(c: Context, token: string): void {
  const hash = (text: string) => createHash('sha256').update(text).digest();
  if (!timingSafeEqual(hash(c.req.header(TOKEN_HEADER) ?? ''), hash(token)))
    throw new Problem(401, 'WrongToken', 'Open the address that "stack-timeouts board" has printed.');
}

async function bodyOf(c: Context): Promise<unknown> {
  if (!/^application\/json\b/.test(c.req.header('Content-Type') ?? ''))
    throw new Problem(415, 'ValidationError', 'The body must be JSON.');
  return c.req.json().catch(() => {
    throw new Problem(400, 'ValidationError', 'The body must be JSON.');
  });
}

function parsed<T>(schema: z.ZodMiniType<T>, value: unknown): T {
  const result = parse(schema, value);
  if (!result.ok) throw new Problem(400, 'ValidationError', result.message);
  return result.value;
}

type ProblemStatus = 400 | 401 | 403 | 404 | 413 | 415;

/** What was asked for is not answered, and why. */
class Problem extends Error {
  readonly status: ProblemStatus;
  readonly code: string;

  constructor(status: ProblemStatus, code: string, message: string) {
    super(message);
    this.status = status;
    this.code = code;
  }
}
