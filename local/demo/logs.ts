import { CloudWatchLogsClient, paginateFilterLogEvents } from '@aws-sdk/client-cloudwatch-logs';
import { GetFunctionConfigurationCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { sdkConfig } from '../environment.ts';
import type { Outputs } from '../local-cloud.ts';
import { type Evidence, parseEvidence } from './evidence.ts';

/** CloudWatch Logs orders by the time of arrival only roughly, so what was read last is read once more. */
const OVERLAP_MS = 10_000;

export interface Logs {
  /** What has come since the last call, oldest first. */
  read(): Promise<Evidence[]>;
}

/** Reads the logs of the functions that arm timers and that end operations, from now on. */
export async function openLogs(outputs: Outputs): Promise<Logs> {
  const client = new CloudWatchLogsClient(sdkConfig(outputs));
  const groups = await logGroups(outputs);
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
      const found: Evidence[] = [];
      for (const line of lines) {
        const evidence = seen.has(line) ? undefined : parseEvidence(line);
        if (evidence === undefined) continue;
        seen.add(line);
        found.push(evidence);
      }
      return found.toSorted((a, b) => a.timestamp.localeCompare(b.timestamp));
    },
  };
}

async function logGroups(outputs: Outputs): Promise<string[]> {
  const lambda = new LambdaClient(sdkConfig(outputs));
  const names = [outputs.ArmFunctionName, outputs.WakeFunctionName, outputs.SweepFunctionName];
  return Promise.all(
    names.map(async (FunctionName) => {
      const { LoggingConfig } = await lambda.send(new GetFunctionConfigurationCommand({ FunctionName }));
      return LoggingConfig?.LogGroup ?? `/aws/lambda/${FunctionName}`;
    }),
  );
}
