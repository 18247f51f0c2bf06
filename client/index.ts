/** The client and the engine for TypeScript. Other languages follow `docs/contract.schema.json`. */
export {
  type Action,
  type Answer,
  type AnswerOf,
  type CommandName,
  type ErrorCode,
  EVENT_SOURCE,
  OPERATION_STATUS_CHANGE,
  type OperationStatusChange,
  type Parent,
  type Phase,
  parseWork,
  RESOURCE_STATUS_CHANGE,
  type Refusal,
  type ReportableStatus,
  type Request,
  type RequestOf,
  type ResourceAction,
  type ResourceActionCause,
  type ResourceActionStatusChange,
  type Stack,
  type Status,
} from '../contract/index.ts';
export {
  type CallOptions,
  type Fields,
  type StacksQuery,
  StackTimeoutsClient,
  type StackTimeoutsClientOptions,
} from './client.ts';
export { Engine } from './engine/engine.ts';
export type { AttemptKey, EngineEvent } from './engine/events.ts';
export type { EngineOptions } from './engine/settings.ts';
export { stopOnSignals } from './engine/stop-on-signals.ts';
export type { Sleep } from './engine/waiting.ts';
export { AttemptLost, type Handler, ShuttingDown, TimeUp, type Work, WorkFailed } from './engine/work.ts';
export { sqsWorkQueue, type WorkMessage, type WorkQueue } from './engine/work-queue.ts';
export { accepted, InvocationError, RefusedError } from './errors.ts';
export { proxyFromEnvironment } from './proxy.ts';
export type { RetryOptions } from './retry.ts';
export { LambdaTransport, type Transport } from './transport.ts';
