import { DEPLOYMENT_DIMENSION, METRIC_NAMESPACE, METRICS } from '../../contract/metrics.ts';
import { code, page, table } from './markdown.ts';

const INTRODUCTION = `\
The functions write these CloudWatch metrics, in the namespace \`${METRIC_NAMESPACE}\`. The dimension
\`${DEPLOYMENT_DIMENSION}\` is the name of the deployment. The [runbook](../runbook.md) says what each alarm on them means, and
the dashboard shows them.`;

export const metricsPage = (): string =>
  page(
    'contract/metrics.ts',
    '# Metrics',
    INTRODUCTION,
    table(
      ['metric', 'unit', 'meaning'],
      Object.entries(METRICS).map(([name, { unit, meaning }]) => [code(name), unit, meaning]),
    ),
  );
