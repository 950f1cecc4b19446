/**
 * What a module with a stage type needs: `import { defineStage } from 'etude-audio/stage'`. Importing it
 * loads nothing else; what the functions need is loaded on the first call.
 */
import type { DatasetReader } from './learning/data/dataset.js';
import type { MapChunksRequest, MapChunksResult } from './learning/data/map-chunks.js';
import type { DatasetRows } from './learning/data/write-dataset.js';
import type { DatasetArtifact } from './stage/artifact.js';
import type { Objects } from './stage/stage-type.js';

export type { ChunkRows, ChunkTransform } from './learning/data/chunk-transform.js';
export type { AudioSamples, Column, EncodedAudio } from './learning/data/column.js';
export type { DatasetReader, ReadOptions, Row } from './learning/data/dataset.js';
export type { MapChunksRequest, MapChunksResult } from './learning/data/map-chunks.js';
export {
  columnProblem,
  errorOf,
  type Report,
  splitProblem,
  throwProblem,
} from './learning/data/name-problems.js';
export type { DatasetRows } from './learning/data/write-dataset.js';
export type * from './stage/artifact.js';
export { defineStage, type InputsOf, type OutlinesOf, type StageDefinition } from './stage/define-stage.js';
export { defineMetric, type Metric, type MetricRequest } from './stage/metric.js';
export type * from './stage/stage-type.js';
export { EtudeError, type EtudeErrorOptions, type Where } from './util/errors.js';

/**
 * Opens a dataset to be read by rows and columns. Chunks are read when one of their values is first
 * requested; at most `cacheBytes` of them stay in memory.
 *
 * @param objects `context.objects`
 * @throws EtudeError for unknown splits and columns, and rows out of range, when they are read.
 */
export async function openDataset(
  artifact: DatasetArtifact,
  objects: Objects,
  options?: { cacheBytes?: number },
): Promise<DatasetReader> {
  const data = await import('./learning/data/dataset.js');
  return data.openDataset(artifact, objects, options);
}

/**
 * Writes rows as a dataset, chunk by chunk: memory use is bounded however many there are. Classes may be
 * given by name.
 *
 * @param objects `context.objects`
 * @throws EtudeError that names the split and the row of a value that does not fit its column.
 */
export async function writeDataset(objects: Objects, rows: DatasetRows): Promise<DatasetArtifact> {
  const data = await import('./learning/data/write-dataset.js');
  return data.writeDataset(objects, rows);
}

/**
 * Transforms some columns of a dataset on all cores, chunk by chunk, and passes the others on unchanged. A
 * chunk's result is stored under its input columns, the parameters and the stage's code: only new rows are
 * computed, even after a failure.
 *
 * The transform is exported as `transform` by the module that its `module` names, because worker threads load
 * it from there.
 *
 * @throws EtudeError that names all unusable rows; any other error ends the work at once.
 */
export async function mapChunks<P>(request: MapChunksRequest<P>): Promise<MapChunksResult> {
  const data = await import('./learning/data/map-chunks.js');
  return data.mapChunks(request);
}
