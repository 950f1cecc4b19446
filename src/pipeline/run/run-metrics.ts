import type { Entry } from '../cache/types.js';

/**
 * The reports' metrics as `<split>_<metric>`; if two reports have the same split, the later stage's are
 * prefixed with its id.
 */
export function metricsOf(
  stages: readonly { id: string; entry: Entry | undefined }[],
): Record<string, number> {
  const metrics: Record<string, number> = {};
  for (const { id, entry } of stages) {
    const artifact = entry?.artifact;
    if (artifact?.kind !== 'report') continue;
    for (const [split, values] of Object.entries(artifact.metrics)) {
      for (const [metric, value] of Object.entries(values)) {
        const name = `${split}_${metric}`;
        metrics[Object.hasOwn(metrics, name) ? `${id}_${name}` : name] = value;
      }
    }
  }
  return metrics;
}
