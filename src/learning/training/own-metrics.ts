import type { Metric, MetricRequest } from '../../stage/metric.js';
import { loadOwnModule, namesModule } from '../../stage/own-module.js';
import type { Place } from '../../stage/place.js';
import { EtudeError, messageOf } from '../../util/errors.js';
import type { Report } from '../data/name-problems.js';

/** Metrics of the user's own, by the module that `metrics` names. */
export type OwnMetrics = ReadonlyMap<string, Metric>;

/** Modules among the names of metrics. */
export function metricModules(metrics: readonly string[] = []): { param: string; module: string }[] {
  return metrics.filter(namesModule).map((module) => ({ param: 'metrics', module }));
}

/**
 * Loads the modules among the names of metrics. Those with a problem are left out, and it is reported.
 *
 * @param taken Names of other metrics.
 */
export async function loadOwnMetrics(
  metrics: readonly string[] | undefined,
  taken: readonly string[],
  place: Place,
  report: Report,
): Promise<OwnMetrics> {
  const loaded = new Map<string, Metric>();
  for (const [index, name] of (metrics ?? []).entries()) {
    if (!namesModule(name)) continue;
    const param = ['metrics', index];
    const found = await loadOwnModule(name, place, 'metric module');
    if ('problem' in found) {
      report({ param, ...found.problem });
      continue;
    }
    const metric = found.exported as Partial<Metric> | undefined;
    if (typeof metric?.name !== 'string' || typeof metric.compute !== 'function')
      report({
        param,
        message: `the metric module '${name}' exports no metric`,
        expected: 'export default defineMetric({ name, compute })',
      });
    else if (!/^[a-z]\w*$/i.test(metric.name))
      report({
        param,
        message: `'${metric.name}' is no name for a metric`,
        expected: 'letters, digits and _, the first a letter',
      });
    else if ([...taken, ...[...loaded.values()].map((other) => other.name)].includes(metric.name))
      report({ param, message: `there is another metric '${metric.name}'`, expected: 'another name' });
    else loaded.set(name, metric as Metric);
  }
  return loaded;
}

/**
 * What a metric makes of a split. It gets copies, so that sorting a list in place changes nothing else.
 *
 * @throws EtudeError if it throws, or is not a finite number.
 */
export function measureOwn(metric: Metric, request: MetricRequest): number {
  let value: unknown;
  try {
    value = metric.compute(structuredClone(request));
  } catch (error) {
    if (error instanceof EtudeError) throw error;
    const at =
      error instanceof Error ? error.stack?.split('\n').find((line) => /^\s*at /.test(line)) : undefined;
    throw new EtudeError(`the metric '${metric.name}' failed: ${messageOf(error)}`, { got: at?.trim() });
  }
  if (typeof value === 'number' && Number.isFinite(value)) return value;
  const got = value instanceof Promise ? 'a promise' : value === null ? 'null' : typeof value;
  throw new EtudeError(`the metric '${metric.name}' is not a number`, {
    expected: 'compute to return a finite number',
    got: typeof value === 'number' ? String(value) : got,
  });
}
