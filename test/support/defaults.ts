/** What the functions are given by a deployment with every setting at its default. */
import { DEFAULTS, SWEEP_BUDGET_SECONDS } from '../../infra/settings.ts';
import { SECOND } from '../../lambdas/domain/time.ts';

export const DEPLOYED_DEFAULTS = {
  settings: { nearHorizon: DEFAULTS.nearHorizonSeconds * SECOND, lead: DEFAULTS.leadSeconds * SECOND },
  retention: DEFAULTS.retentionDays * 86_400 * SECOND,
  historyRetention: DEFAULTS.retentionDays * 86_400 * SECOND,
  grace: DEFAULTS.graceSeconds * SECOND,
  budget: SWEEP_BUDGET_SECONDS * SECOND,
} as const;
