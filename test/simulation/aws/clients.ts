/**
 * SQS, EventBridge Scheduler, EventBridge and Lambda as one process has them, for the deployed
 * adapters.
 */
import { type EventBridgeClient, PutEventsCommand } from '@aws-sdk/client-eventbridge';
import { InvokeCommand, type LambdaClient } from '@aws-sdk/client-lambda';
import {
  ConflictException,
  CreateScheduleCommand,
  DeleteScheduleCommand,
  ResourceNotFoundException,
  type SchedulerClient,
} from '@aws-sdk/client-scheduler';
import { SendMessageBatchCommand, type SQSClient } from '@aws-sdk/client-sqs';
import type { Probe } from '../ports.ts';
import type { Process } from '../process.ts';
import type { Services } from '../services.ts';

const $metadata = {};

const unknown = (command: object): never => {
  throw new Error(`nobody simulates ${command.constructor.name}`);
};

export function sqsOf({ timerQueue, faults }: Services, process: Process): SQSClient {
  const send = async (command: object) => {
    if (!(command instanceof SendMessageBatchCommand)) return unknown(command);
    const { Entries = [] } = command.input;
    return process.call('timerQueue', `send ${Entries.length} wake-ups`, () => {
      const refused = faults.takeEach(Entries, process.random, ({ MessageBody = '', DelaySeconds = 0 }) =>
        timerQueue.send(MessageBody, DelaySeconds * 1000),
      );
      return { Failed: refused.map(({ Id }) => ({ Id })) };
    });
  };
  return { send } as unknown as SQSClient;
}

export function schedulerOf({ scheduler }: Services, process: Process): SchedulerClient {
  const send = async (command: object) => {
    if (command instanceof CreateScheduleCommand) {
      const { Name: name = '', ScheduleExpression = '', Target } = command.input;
      const at = Date.parse(`${/^at\((.*)\)$/.exec(ScheduleExpression)?.[1]}Z`);
      const taken = await process.call('scheduler', 'create a schedule', () => {
        const exists = scheduler.schedules.has(name);
        scheduler.create({ name, at, wakeUp: JSON.parse(Target?.Input ?? '') });
        return exists;
      });
      if (taken) throw new ConflictException({ message: 'taken', Message: 'taken', $metadata });
      return {};
    }
    if (!(command instanceof DeleteScheduleCommand)) return unknown(command);
    const { Name: name = '' } = command.input;
    const existed = await process.call('scheduler', 'delete a schedule', () => {
      const exists = scheduler.schedules.has(name);
      scheduler.delete(name);
      return exists;
    });
    if (!existed) throw new ResourceNotFoundException({ message: 'none', Message: 'none', $metadata });
    return {};
  };
  return { send } as unknown as SchedulerClient;
}

export function eventBridgeOf(services: Services, process: Process): EventBridgeClient {
  const send = async (command: object) => {
    if (!(command instanceof PutEventsCommand)) return unknown(command);
    const { Entries = [] } = command.input;
    return process.call('bus', `publish ${Entries.length} events`, () => {
      const results = Entries.map(({ Detail = '' }) => {
        if (services.faults.ofCarrier('not taken', process.random)) return { ErrorCode: 'InternalFailure' };
        services.publish(JSON.parse(Detail));
        return { EventId: 'event' };
      });
      return { Entries: results, FailedEntryCount: results.filter((one) => 'ErrorCode' in one).length };
    });
  };
  return { send } as unknown as EventBridgeClient;
}

/** Only the canary goes this way. */
export function lambdaOf(process: Process, probe: Probe): LambdaClient {
  const send = async (command: object) => {
    if (!(command instanceof InvokeCommand)) return unknown(command);
    return (await probe(process)) ? {} : { FunctionError: 'Unhandled' };
  };
  return { send } as unknown as LambdaClient;
}
