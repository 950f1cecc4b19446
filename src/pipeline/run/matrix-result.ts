import { lookUp } from '../../util/look-up.js';
import type { Entry } from '../cache/types.js';
import type { MatrixCell, Pipeline } from '../recipe/pipeline.js';
import type { MatrixResult, StageOutcome } from './events/run-events.js';
import { repetitions } from './repetitions.js';
import { type MetricName, metricsOf, type NamedMetrics } from './run-metrics.js';

/**
 * The results of each combination of a matrix, and which is the best; `undefined` for a pipeline without a
 * matrix.
 */
export function matrixResult(
  pipeline: Pipeline,
  entries: ReadonlyMap<string, Entry>,
  outcomes: ReadonlyMap<string, StageOutcome>,
): MatrixResult | undefined {
  if (pipeline.cells === undefined) return undefined;
  const variants = new Set(pipeline.stages.filter(({ cell }) => cell !== undefined).map(({ id }) => id));
  const cells = pipeline.cells.map(({ params, stages }) => {
    const ids = Object.values(stages);
    const seconds = ids.reduce(
      (sum, id) => sum + (variants.has(id) ? (entries.get(id)?.seconds ?? 0) : 0),
      0,
    );
    const statuses = ids.map((id) => outcomes.get(id)?.status);
    const status = statuses.includes('failed')
      ? ('failed' as const)
      : ids.every((id) => entries.has(id))
        ? ('success' as const)
        : ('skipped' as const);
    return { params, status, metrics: cellMetrics(stages, entries).metrics, seconds, stages };
  });
  const repeated = repetitions(pipeline, cells);
  const names = matrixMetricNames(pipeline, entries);
  if (repeated === undefined) return { ...bestOf(cells, names, pipeline), cells };
  const means = repeated.groups.map(({ metrics }) => ({ metrics: meansOf(metrics) }));
  const { best, ...judged } = bestOf(means, names, pipeline);
  return { ...judged, cells, repetitions: { ...repeated, ...(best !== undefined && { best }) } };
}

/** The metrics of a matrix's best cell, or the means of its best group. */
export function bestMetrics({ best, cells, repetitions }: MatrixResult): Record<string, number> {
  const group = repetitions?.groups[repetitions.best ?? -1];
  return group === undefined ? (cells[best ?? -1]?.metrics ?? {}) : meansOf(group.metrics);
}

/** What the metrics of a matrix's cells are of. */
export function matrixMetricNames(
  { cells = [] }: Pipeline,
  entries: ReadonlyMap<string, Entry>,
): Record<string, MetricName> {
  return Object.assign({}, ...cells.map(({ stages }) => cellMetrics(stages, entries).metricNames));
}

function meansOf(metrics: Readonly<Record<string, { mean: number }>>): Record<string, number> {
  return Object.fromEntries(Object.entries(metrics).map(([name, { mean }]) => [name, mean]));
}

/**
 * The reports' metrics by the recipe's stage ids; if no stage reports, the last evaluation of the training.
 */
function cellMetrics(stages: MatrixCell['stages'], entries: ReadonlyMap<string, Entry>): NamedMetrics {
  const ordered = Object.entries(stages).map(([id, variant]) => ({ id, entry: entries.get(variant) }));
  const reported = metricsOf(ordered);
  if (Object.keys(reported.metrics).length > 0) return reported;
  const models = ordered.flatMap(({ entry }) => (entry?.artifact.kind === 'model' ? [entry.artifact] : []));
  for (const [name, value] of Object.entries(models.at(-1)?.metrics ?? {})) {
    const metric = name.replace(/^eval_/, '');
    reported.metrics[`eval_${metric}`] = value;
    reported.metricNames[`eval_${metric}`] = { split: 'eval', metric };
  }
  return reported;
}

/**
 * The first split's metric that a stage type says results are judged by. The first of equals is the best;
 * without such a stage none is.
 */
function bestOf(
  cells: readonly { metrics: Record<string, number> }[],
  names: Readonly<Record<string, MetricName>>,
  { stages }: Pipeline,
): Pick<MatrixResult, 'metric' | 'greaterIsBetter' | 'best'> {
  const judge = stages.find(({ type }) => type.judgedBy !== undefined);
  if (judge === undefined) return {};
  const { metric: wanted, greaterIsBetter } = judge.type.judgedBy!(judge.with);
  const metric = cells
    .flatMap(({ metrics }) => Object.keys(metrics))
    .find((name) => lookUp(names, name)?.metric === wanted);
  if (metric === undefined) return {};
  let best: number | undefined;
  for (const [index, { metrics }] of cells.entries()) {
    const value = lookUp(metrics, metric);
    if (value === undefined || Number.isNaN(value)) continue;
    const most = best === undefined ? undefined : cells[best]!.metrics[metric]!;
    if (most === undefined || (greaterIsBetter ? value > most : value < most)) best = index;
  }
  return { metric, greaterIsBetter, best };
}
