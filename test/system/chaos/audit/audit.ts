/** Checks the observations of a run against the promises. */
import type { Observations } from '../observations.ts';
import { type AuditResult, createAuditor } from './auditor.ts';
import { auditCauses } from './causes.ts';
import { auditDeadlines } from './deadlines.ts';
import { auditEnds } from './ends.ts';
import { auditDeadLetters, auditLeftovers } from './leftovers.ts';
import { operationsOf } from './operation.ts';
import { resourcesOf } from './resource-action.ts';
import { auditResources } from './resources.ts';

export function audit(observations: Observations): AuditResult {
  const auditor = createAuditor();
  const operations = operationsOf(observations);
  const resources = resourcesOf(observations);
  auditEnds(auditor, operations.values());
  auditCauses(auditor, { operations, resources });
  auditDeadlines(auditor, operations);
  auditResources(auditor, resources, operations);
  auditLeftovers(auditor, observations);
  auditDeadLetters(auditor, observations);
  return auditor;
}
