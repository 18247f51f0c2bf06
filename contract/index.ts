/**
 * The wire contract: every request, answer, event and wake-up, as schemas from which the types are
 * derived. `docs/contract.schema.json` is generated from it for engines in other languages (`npm
 * run contract`).
 */
export * from './answers.ts';
export {
  ACTIONS,
  type Action,
  MAX_JSON_LEVELS,
  MAX_METADATA_BYTES,
  MAX_PAYLOAD_BYTES,
  MAX_REASON_BYTES,
  MAX_TIMEOUT_SECONDS,
  type Parent,
  type Phase,
  REPORTABLE_STATUSES,
  type ReportableStatus,
  type ResourceActionCause,
  resource as resourceName,
  type Status,
  type Timeout,
} from './fields.ts';
export * from './messages.ts';
export { parseRequest, parseWakeUp, parseWork } from './parse.ts';
export { COMMANDS, type CommandName, type Request, type RequestOf, requests } from './requests.ts';
