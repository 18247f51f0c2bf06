import { expect, test } from 'vitest';
import { ERROR_CODES } from '../../../contract/index.ts';
import { METRICS, type MetricName, REFUSALS } from '../../../contract/metrics.ts';
import { metricsOf } from '../../../infra/metrics.ts';
import type { measurements } from '../../../lambdas/adapters/telemetry/powertools.ts';

test('each metric has a unit, its dimensions, and a meaning of one sentence', () => {
  for (const [name, { unit, dimensions, meaning }] of Object.entries(METRICS)) {
    expect(name).toMatch(/^[A-Z][A-Za-z]+$/);
    expect(unit).toMatch(/^(Count|Milliseconds)$/);
    expect(dimensions).toEqual(['service']);
    expect(meaning).toMatch(/^[A-Z][^.]+\.$/);
  }
});

test('only the lateness is a time', () => {
  const times = Object.entries(METRICS).filter(([, { unit }]) => unit === 'Milliseconds');
  expect(times.map(([name]) => name)).toEqual(['Lateness']);
});

test('there is a metric for each error code', () => {
  expect(REFUSALS).toEqual(ERROR_CODES.map((code) => `Refused${code}`));
});

test('a name that is not in the catalogue does not compile', () => {
  const metric = metricsOf('Deployment');
  expect(metric('Lateness', 'p99').metricName).toBe('Lateness');
  // @ts-expect-error In an alarm or a graph.
  metric('Latness', 'p99');
  // @ts-expect-error In what the functions write.
  const written: ReturnType<typeof measurements> = [['Latness', 1]];
  // @ts-expect-error In a refusal.
  const refused: MetricName = 'RefusedNonsense';
  expect([METRICS[written[0]?.[0] as MetricName], METRICS[refused]]).toEqual([undefined, undefined]);
});
