import { type Artifact, objectsOf } from '../../stage/artifact.js';
import { digestOfJson } from '../../util/canonical-json.js';
import { artifactDigest } from '../cache/artifact-digest.js';
import type { LockedOutput } from './types.js';

/** Files of a model or report that are listed individually. */
const MOST_FILES = 50;

/**
 * A lock's description of an artifact: short, however many objects there are.
 *
 * @param inputs the artifacts that it was made from
 * @param digest the artifact's, where it is known
 */
export function lockedOutput(
  artifact: Artifact,
  inputs: readonly Artifact[] = [],
  digest = artifactDigest(artifact),
): LockedOutput {
  const output: LockedOutput = { kind: artifact.kind, digest };
  if (artifact.kind === 'dataset') {
    output.rows = sorted(
      Object.fromEntries(Object.entries(artifact.splits).map(([split, { num_rows }]) => [split, num_rows])),
    );
    if (artifact.skipped !== undefined) output.skipped = artifact.skipped.rows;
  }
  const objects = objectsOf(artifact);
  if (artifact.kind === 'dataset' || objects.length > MOST_FILES) {
    const bytes = objects.reduce((sum, { size }) => sum + size, 0);
    output.objects = { count: objects.length, bytes, digest: digestOfJson(objects.map((ref) => ref.digest)) };
  } else {
    output.files = sorted(
      Object.fromEntries(Object.entries(artifact.files).map(([name, ref]) => [name, ref.digest])),
    );
  }
  const known = inputs.flatMap((input) => Object.values(labelsOf(input)).map((names) => names.join('\n')));
  const labels = Object.entries(labelsOf(artifact)).filter(
    ([, names]) => artifact.kind === 'model' || !known.includes(names.join('\n')),
  );
  if (labels.length > 0) output.labels = Object.fromEntries(labels);
  const metrics = metricsOf(artifact);
  if (Object.keys(metrics).length > 0) output.metrics = metrics;
  return output;
}

/** Class names by column; a model's under `label`. */
function labelsOf(artifact: Artifact): Record<string, string[]> {
  if (artifact.kind === 'report') return {};
  if (artifact.kind === 'model') return { label: artifact.labels };
  const classes = Object.entries(artifact.features).flatMap(([column, feature]): [string, string[]][] =>
    feature._type === 'ClassLabel' ? [[column, feature.names]] : [],
  );
  return Object.fromEntries(classes);
}

/** By split, then by metric; a model's last evaluation under `evaluation`. */
function metricsOf(artifact: Artifact): Record<string, Record<string, number>> {
  if (artifact.kind === 'dataset') return {};
  const groups = artifact.kind === 'model' ? { evaluation: artifact.metrics } : artifact.metrics;
  const filled = Object.entries(groups).filter(([, values]) => Object.keys(values).length > 0);
  return Object.fromEntries(filled.map(([split, values]) => [split, sorted(values)]));
}

/** The same map with its keys sorted: a lock must not depend on how it was made. */
export function sorted<T>(values: Readonly<Record<string, T>>): Record<string, T> {
  return Object.fromEntries(Object.entries(values).sort(([a], [b]) => (a < b ? -1 : 1)));
}
