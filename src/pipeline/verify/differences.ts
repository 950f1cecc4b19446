import type { Artifact, Chunk, DatasetArtifact, Features } from '../../stage/artifact.js';
import { canonicalJson } from '../../util/canonical-json.js';
import { lookUp } from '../../util/look-up.js';
import { count } from '../../util/words.js';

/**
 * Where two results of a stage differ, the first few positions: `metrics.test.accuracy 0.9 → 0.8`, `file
 * model.safetensors`.
 */
export function differences(before: Artifact, now: Artifact, most = 3): string[] {
  if (before.kind !== now.kind) return [`a ${now.kind} instead of a ${before.kind}`];
  if (before.kind === 'dataset') return datasetDifferences(before, now as DatasetArtifact).slice(0, most);
  const { files: filesBefore, ...restBefore } = before;
  const { files: filesNow, ...restNow } = now as typeof before;
  const files = keysOf(filesBefore, filesNow)
    .filter((name) => lookUp(filesBefore, name)?.digest !== lookUp(filesNow, name)?.digest)
    .map((name) => `file ${name}`);
  return [...valueDifferences(restBefore, restNow, ''), ...files].slice(0, most);
}

/**
 * Where two lists of chunks differ: `chunk 3, column input_values`. `numbers` are the numbers of the chunks.
 */
export function chunkDifferences(
  before: readonly Chunk[],
  now: readonly Chunk[],
  numbers: readonly number[] = before.map((_, i) => i),
): string[] {
  if (before.length !== now.length) return [`${count(now.length, 'chunk')} instead of ${before.length}`];
  return before.flatMap((chunk, i) => {
    const other = now[i]!;
    const rows = chunk.rows === other.rows ? [] : [`rows of chunk ${numbers[i]}`];
    const columns = keysOf(chunk.columns, other.columns)
      .filter((name) => lookUp(chunk.columns, name)?.digest !== lookUp(other.columns, name)?.digest)
      .map((name) => `chunk ${numbers[i]}, column ${name}`);
    return [...rows, ...columns];
  });
}

function datasetDifferences(before: DatasetArtifact, now: DatasetArtifact): string[] {
  const splits = keysOf(before.splits, now.splits)
    .filter(
      (name) =>
        canonicalJson(lookUp(before.splits, name) ?? null) !==
        canonicalJson(lookUp(now.splits, name) ?? null),
    )
    .map((name) => `split ${name}`);
  return [
    ...featureDifferences(before.features, now.features),
    ...splits,
    ...chunkDifferences(before.chunks, now.chunks),
  ];
}

/** Where the columns' types differ: `features.label.names ["a"] → ["b"]`. */
export function featureDifferences(before: Features, now: Features): string[] {
  return valueDifferences(before, now, 'features');
}

function valueDifferences(before: unknown, now: unknown, path: string): string[] {
  if (isMap(before) && isMap(now)) {
    return keysOf(before, now).flatMap((key) =>
      valueDifferences(lookUp(before, key), lookUp(now, key), path === '' ? key : `${path}.${key}`),
    );
  }
  if (canonicalJson(before ?? null) === canonicalJson(now ?? null)) return [];
  return [`${path} ${short(before)} → ${short(now)}`];
}

function keysOf(before: object, now: object): string[] {
  return [...new Set([...Object.keys(before), ...Object.keys(now)])];
}

function isMap(value: unknown): value is Record<string, unknown> {
  return value !== null && typeof value === 'object' && !Array.isArray(value);
}

function short(value: unknown): string {
  const text = value === undefined ? '(none)' : JSON.stringify(value);
  return text.length > 40 ? `${text.slice(0, 39)}…` : text;
}
