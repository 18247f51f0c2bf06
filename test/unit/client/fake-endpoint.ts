/**
 * An endpoint of AWS on this machine, to which the environment sends every call of the SDK until
 * the test ends.
 */
import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { onTestFinished, vi } from 'vitest';

interface Answer {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body: string;
}

/** Lets `answer` take the place of AWS. */
export async function fakeEndpoint(answer: (path: string, headers: IncomingHttpHeaders) => Answer) {
  /** Of each call: the access key, the region and the service that it was signed for. */
  const calls: { readonly key: string; readonly region: string; readonly service: string }[] = [];
  const listener: RequestListener = ({ url = '', headers }, response) => {
    const [key = '', , region = '', service = ''] =
      /Credential=([^,]*)/.exec(headers.authorization ?? '')?.[1]?.split('/') ?? [];
    calls.push({ key, region, service });
    const { status = 200, headers: answered, body } = answer(url, headers);
    response.writeHead(status, answered).end(body);
  };
  const server = createServer(listener).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const env = {
    AWS_ENDPOINT_URL: url,
    AWS_REGION: 'eu-west-1',
    AWS_ACCESS_KEY_ID: 'test',
    AWS_SECRET_ACCESS_KEY: 'test',
    // A proxy of the machine that runs the test must not get its calls.
    HTTP_PROXY: '',
    http_proxy: '',
  };
  for (const [name, value] of Object.entries(env)) vi.stubEnv(name, value);
  onTestFinished(() => {
    vi.unstubAllEnvs();
    server.closeAllConnections();
    server.close();
  });
  return { url, calls };
}

/** A clock of AWS that differs from this machine's, and refuses what is signed by another. */
export const skewedBy =
  (milliseconds: number, body: string, refusal = 'InvalidSignatureException') =>
  (_: string, headers: IncomingHttpHeaders): Answer => {
    const now = Date.now() + milliseconds;
    const date = { date: new Date(now).toUTCString() };
    const [day = '', time = ''] = String(headers['x-amz-date']).match(/\d{8}|\d{6}/g) ?? [];
    const signedAt = Date.parse(
      `${day.replace(/(....)(..)(..)/, '$1-$2-$3')}T${time.replace(/(..)(..)(..)/, '$1:$2:$3')}Z`,
    );
    if (Math.abs(now - signedAt) <= 300_000) return { headers: date, body };
    return {
      status: 403,
      headers: { ...date, 'x-amzn-errortype': refusal },
      body: '{"message":"Signature expired or not yet current"}',
    };
  };
