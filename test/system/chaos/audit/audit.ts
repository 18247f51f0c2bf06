/** What a run has seen, held against the promises. */
import type { Seen } from '../seen.ts';
import { type AuditResult, createAuditor } from './auditor.ts';
import { auditCauses } from './causes.ts';
import { auditDeadlines } from './deadlines.ts';
import { auditEnds } from './ends.ts';
import { auditDeadLetters, auditLeftovers } from './leftovers.ts';
import { operationsOf } from './operation.ts';
import { resourcesOf } from './resource-action.ts';
import { auditResources } from './resources.ts';

export function audit(seen: Seen): AuditResult {
  const auditor = createAuditor();
  const operations = operationsOf(seen);
  const resources = resourcesOf(seen);
  auditEnds(auditor, operations.values());
  auditCauses(auditor, { operations, resources });
  auditDeadlines(auditor, operations);
  auditResources(auditor, resources, operations);
  auditLeftovers(auditor, seen);
  auditDeadLetters(auditor, seen);
  return auditor;
}
