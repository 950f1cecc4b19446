import type { Entry } from '../cache/types.js';

/** What a metric called `<split>_<metric>` is of: either part may contain underscores. */
export interface MetricName {
  split: string;
  metric: string;
}

/** Metrics by `<split>_<metric>`, and what each is of. */
export interface NamedMetrics {
  metrics: Record<string, number>;
  metricNames: Record<string, MetricName>;
}

/**
 * The reports' metrics as `<split>_<metric>`; if two reports have the same split, the later stage's are
 * prefixed with its id.
 */
export function metricsOf(stages: readonly { id: string; entry: Entry | undefined }[]): NamedMetrics {
  const metrics: Record<string, number> = {};
  const metricNames: Record<string, MetricName> = {};
  const taken = new Set<string>();
  for (const { id, entry } of stages) {
    const artifact = entry?.artifact;
    if (artifact?.kind !== 'report') continue;
    for (const [split, values] of Object.entries(artifact.metrics)) {
      const owner = taken.has(split) ? `${id}_${split}` : split;
      taken.add(split);
      for (const [metric, value] of Object.entries(values)) {
        metrics[`${owner}_${metric}`] = value;
        metricNames[`${owner}_${metric}`] = { split: owner, metric };
      }
    }
  }
  return { metrics, metricNames };
}
