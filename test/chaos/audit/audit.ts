/** What a run has seen, held against the promises. */
import type { Seen } from '../seen.ts';
import { Auditor, type AuditResult } from './auditor.ts';
import { auditCauses } from './causes.ts';
import { auditDeadlines } from './deadlines.ts';
import { auditEnds } from './ends.ts';
import { auditDeadLetters, auditLeftovers } from './leftovers.ts';
import { operationsOf } from './operation.ts';
import { resourcesOf } from './resource-action.ts';
import { auditResources } from './resources.ts';

export function audit(seen: Seen): AuditResult & { readonly lateness: readonly number[] } {
  const auditor = new Auditor();
  const operations = operationsOf(seen);
  const resources = resourcesOf(seen);
  auditEnds(auditor, operations.values());
  auditCauses(auditor, { operations, resources });
  const lateness = auditDeadlines(auditor, operations);
  auditResources(auditor, resources, operations);
  auditLeftovers(auditor, seen);
  auditDeadLetters(auditor, seen);
  return { findings: auditor.findings, checks: auditor.checks, lateness };
}
