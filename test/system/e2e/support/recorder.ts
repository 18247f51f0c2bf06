/** Stands between each function and the cloud, and writes down which function makes which call. */
import { createWriteStream, type WriteStream } from 'node:fs';
import {
  Agent,
  createServer,
  type IncomingMessage,
  request,
  type Server,
  type ServerResponse,
} from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { finished } from 'node:stream/promises';
import {
  GetFunctionConfigurationCommand,
  LambdaClient,
  UpdateFunctionConfigurationCommand,
} from '@aws-sdk/client-lambda';
import { ACCOUNT, sdkConfig } from '../../../../local/environment.ts';
import type { Outputs } from '../../../../local/local-cloud.ts';
import { type Call, callsOf } from '../../../unit/infra/calls.ts';
import { type LogicalIds, logicalIds } from './names.ts';

/**
 * A line of the recording. It names resources by their ids in the template, so that it tells the
 * same of every deployment.
 */
export type Recorded = { readonly caller: string } & (Call | { readonly error: string });

export interface Recording {
  /** Ends it: the functions reach nothing any more. */
  stop(): Promise<void>;
}

/**
 * The functions of the deployment by their names in the template: `Command` for the output
 * CommandFunctionName.
 */
const functionsOf = (outputs: Outputs): [caller: string, functionName: string][] =>
  Object.entries(outputs).flatMap(([output, value]) => {
    const [, caller] = /^(\w+)FunctionName$/.exec(output) ?? [];
    // The name of an alias has a colon.
    return caller === undefined || value.includes(':') ? [] : [[caller, value]];
  });

/**
 * Leads the calls of every function of a deployment through a port of its own, and records them
 * into a file of the folder, a JSON line each, once, however often it was made.
 */
export async function recordCalls(outputs: Outputs, folder: string): Promise<Recording> {
  const ids = await logicalIds(outputs);
  const lines = createWriteStream(`${folder}/${new URL(outputs.endpoint).port}.jsonl`);
  const servers: Server[] = [];
  for (const [caller, functionName] of functionsOf(outputs)) {
    const { server, endpoint } = await listen(proxyTo(outputs.endpoint, recorder(caller, ids, lines)));
    servers.push(server);
    await leadThrough(endpoint, outputs, functionName);
  }
  return {
    async stop() {
      for (const server of servers) {
        server.close();
        server.closeAllConnections();
      }
      lines.end();
      await finished(lines);
    },
  };
}

function recorder(caller: string, ids: LogicalIds, lines: WriteStream): Listener {
  const seen = new Set<string>();
  const write = (recorded: Recorded): void => {
    const line = JSON.stringify(recorded);
    if (!seen.has(line)) lines.write(`${line}\n`);
    seen.add(line);
  };
  return ({ method = '', url = '', headers }, body) => {
    try {
      const calls = callsOf({ method, path: url, headers, body: body.toString() }, ACCOUNT);
      for (const call of calls) write({ caller, ...call, resource: withIds(call.resource, ids) });
    } catch (error) {
      write({ caller, error: (error as Error).message });
    }
  };
}

/**
 * An ARN with the id in the template in place of the name of a table, queue, function, bus or role.
 */
const withIds = (arn: string, ids: LogicalIds): string =>
  arn.replace(/^((?:[^:]*:){5}(?:(?:table|event-bus|role)\/|function:)?)([^/]+)/, (whole, before, name) =>
    name in ids ? before + ids[name] : whole,
  );

type Listener = (request: IncomingMessage, body: Buffer) => void;

/** Passes each request on as it is, and its answer back. */
function proxyTo(endpoint: string, heard: Listener) {
  const { hostname, port } = new URL(endpoint);
  const agent = new Agent({ keepAlive: true });
  return async (incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> => {
    try {
      const body = await buffer(incoming);
      heard(incoming, body);
      const { method, url: path, headers } = incoming;
      const onward = request({ hostname, port, method, path, headers, agent }, (answer) => {
        outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
        answer.on('error', () => outgoing.destroy()).pipe(outgoing);
      });
      // As if the cloud were away: the function's SDK tries again.
      onward.on('error', () => outgoing.destroy());
      onward.end(body);
    } catch {
      outgoing.destroy();
    }
  };
}

async function listen(handle: ReturnType<typeof proxyTo>): Promise<{ server: Server; endpoint: string }> {
  const server = createServer((incoming, outgoing) => void handle(incoming, outgoing));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { server, endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}` };
}

/** Makes a function use another endpoint, for queues too: their URLs name one of their own. */
async function leadThrough(endpoint: string, outputs: Outputs, FunctionName: string): Promise<void> {
  const lambda = new LambdaClient(sdkConfig(outputs));
  const { Environment } = await lambda.send(new GetFunctionConfigurationCommand({ FunctionName }));
  const Variables = Object.fromEntries(
    Object.entries(Environment?.Variables ?? {}).map(([name, value]) => [
      name,
      value.replace(outputs.endpoint, endpoint),
    ]),
  );
  await lambda.send(
    new UpdateFunctionConfigurationCommand({
      FunctionName,
      Environment: { Variables: { ...Variables, AWS_ENDPOINT_URL: endpoint } },
    }),
  );
}
