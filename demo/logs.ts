import { CloudWatchLogsClient, paginateFilterLogEvents } from '@aws-sdk/client-cloudwatch-logs';
import { GetFunctionConfigurationCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { sdkConfig } from '../local/environment.ts';
import type { Outputs } from '../local/local-cloud.ts';

/** CloudWatch Logs orders by the time of arrival only roughly, so what was read last is read once more. */
const OVERLAP_MS = 10_000;

export interface Logs<E> {
  /** What has come since the last call, oldest first. */
  read(): Promise<E[]>;
}

/** Reads the logs of functions from now on: what `parse` makes of their lines. They are named as in the outputs. */
export async function openLogs<E extends { readonly timestamp: string }>(
  outputs: Outputs,
  functions: readonly string[],
  parse: (line: string) => E | undefined,
): Promise<Logs<E>> {
  const client = new CloudWatchLogsClient(sdkConfig(outputs));
  const groups = await logGroups(outputs, functions);
  const seen = new Set<string>();
  let newest = Date.now();

  async function linesOf(logGroupName: string, startTime: number): Promise<string[]> {
    const lines: string[] = [];
    for await (const { events = [] } of paginateFilterLogEvents({ client }, { logGroupName, startTime })) {
      for (const { message = '', timestamp = 0 } of events) {
        lines.push(message.trim());
        newest = Math.max(newest, timestamp);
      }
    }
    return lines;
  }

  return {
    async read() {
      const startTime = newest - OVERLAP_MS;
      const lines = (await Promise.all(groups.map((group) => linesOf(group, startTime)))).flat();
      const found: E[] = [];
      for (const line of lines) {
        const evidence = seen.has(line) ? undefined : parse(line);
        if (evidence === undefined) continue;
        seen.add(line);
        found.push(evidence);
      }
      return found.toSorted((a, b) => a.timestamp.localeCompare(b.timestamp));
    },
  };
}

async function logGroups(outputs: Outputs, functions: readonly string[]): Promise<string[]> {
  const lambda = new LambdaClient(sdkConfig(outputs));
  return Promise.all(
    functions.map(async (name) => {
      const FunctionName = outputs[`${name}FunctionName`];
      const { LoggingConfig } = await lambda.send(new GetFunctionConfigurationCommand({ FunctionName }));
      return LoggingConfig?.LogGroup ?? `/aws/lambda/${FunctionName}`;
    }),
  );
}
