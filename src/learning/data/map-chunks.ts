import { createHash } from 'node:crypto';
import type { Chunk, DatasetArtifact, Feature, Features } from '../../stage/artifact.js';
import { selectChunks } from '../../stage/selected-chunks.js';
import { isOwn } from '../../stage/shard.js';
import type { StageContext } from '../../stage/stage-type.js';
import { type ChunkWorker, inlineWorker, threadWorker } from './chunk-pool.js';
import type { ChunkTask, ChunkTransform } from './chunk-transform.js';
import { leaveOut } from './unusable/leave-out.js';
import { decodeProblems, PROBLEM, type RowProblem } from './unusable/problems-of-rows.js';
import type { OnError } from './unusable/report-unusable.js';

/** Bump when the way chunk results are stored changes. */
const KEY_VERSION = 2;

/** Shortest time between two reports of progress. */
const PROGRESS_MS = 50;

/** A dataset to transform chunk by chunk. Roles are the transform's names for columns. */
export interface MapChunksRequest<P> {
  context: Pick<
    StageContext,
    'objects' | 'chunks' | 'code' | 'cores' | 'shard' | 'signal' | 'progress' | 'log'
  >;
  dataset: DatasetArtifact;
  transform: ChunkTransform<P>;
  /** JSON; everything that affects a chunk's result besides its columns and the code, and nothing else. */
  params: P;
  /** Role to the dataset's column. */
  inputs: Record<string, string>;
  /** Role to the new column and its type. */
  outputs: Record<string, { column: string; feature: Feature }>;
  /** The result's columns in order: kept ones and those of `outputs`. */
  features: Features;
  /** Plural noun for progress: `clips`. */
  unit: string;
  /** What to do with unusable rows. Default: an error that names them all. */
  on_error?: OnError;
}

/** The transformed dataset, and how many of its rows were computed this time. */
export interface MapChunksResult {
  artifact: DatasetArtifact;
  rowsComputed: number;
}

/**
 * Transforms some columns of a dataset on all cores, chunk by chunk; other columns are passed on unchanged,
 * and chunks of which no split has a row are left out.
 *
 * A chunk's result is stored under a digest of its input columns, the parameters and the stage's code as soon
 * as it is done, so that it is not recomputed after a failure, an abort, or a change of other chunks or of
 * the splits; the reasons why rows are unusable are part of it.
 *
 * A shard computes its own chunks, which may have unusable rows, and returns a dataset without rows.
 *
 * @param uses the built-in stage type whose `derive` can make its chunks again: cheap ones are then not
 * stored
 * @throws EtudeError that names the rows that cannot be used, once all chunks are done (see `leaveOut`). Any
 * other error starts no further chunks; those in progress are finished first.
 */
export async function mapChunks<P>(request: MapChunksRequest<P>, uses?: string): Promise<MapChunksResult> {
  const { context, dataset, unit } = request;
  const selected = await selectChunks(dataset, context.objects);
  const { splits } = selected;
  const own = new Set(dataset.chunks.filter((_, i) => isOwn(context.shard, i)));
  const chunks = selected.chunks.filter((chunk) => own.has(chunk));
  const total = chunks.reduce((sum, { rows }) => sum + rows, 0);
  const results: (Chunk | undefined)[] = [];
  const pending: PendingChunk[] = [];
  let done = 0;
  for (const [index, chunk] of chunks.entries()) {
    context.signal.throwIfAborted();
    const key = chunkKey(request, chunk);
    results[index] = await context.chunks.get(key);
    if (results[index] === undefined) pending.push({ index, key, chunk });
    else done += chunk.rows;
  }
  let reportedAt = performance.now();
  context.progress({ done, total, unit });
  await computeAll({ ...request, uses }, pending, {
    onRow: () => {
      done++;
      if (done < total && performance.now() - reportedAt < PROGRESS_MS) return;
      reportedAt = performance.now();
      context.progress({ done, total, unit });
    },
    onChunk: (index, result) => {
      results[index] = result;
    },
  });
  const rowsComputed = pending.reduce((sum, { chunk }) => sum + chunk.rows, 0);
  if (context.shard !== undefined)
    return {
      artifact: { kind: 'dataset', features: request.features, chunks: [], splits: {} },
      rowsComputed,
    };
  const mapped = chunks.map((chunk, i) => merge(chunk, results[i]!, request));
  const problems = await problemsOf(results as Chunk[], context.objects);
  const whole: DatasetArtifact = { kind: 'dataset', features: request.features, chunks: mapped, splits };
  return {
    artifact: await leaveOut(whole, problems, {
      on_error: request.on_error ?? 'fail',
      unit: unit.replace(/s$/, ''),
      context,
    }),
    rowsComputed,
  };
}

interface PendingChunk {
  index: number;
  key: string;
  chunk: Chunk;
}

type Work<P> = MapChunksRequest<P> & { uses?: string };

interface Listeners {
  onRow(): void;
  onChunk(index: number, result: Chunk): void;
}

async function computeAll<P>(
  request: Work<P>,
  pending: readonly PendingChunk[],
  listeners: Listeners,
): Promise<void> {
  const { signal, cores } = request.context;
  const count = Math.min(Math.max(1, Math.floor(cores)), pending.length);
  const make = count > 1 ? threadWorker<P> : inlineWorker<P>;
  const workers = Array.from({ length: count }, () => make(request.transform, signal));
  const queue = [...pending];
  const failures: unknown[] = [];
  const work = async (worker: ChunkWorker) => {
    while (failures.length === 0) {
      const next = queue.shift();
      if (next === undefined) return;
      try {
        signal.throwIfAborted();
        listeners.onChunk(next.index, await computeOne(request, next, worker, listeners.onRow));
      } catch (error) {
        failures.push(error);
      }
    }
  };
  try {
    await Promise.all(workers.map(work));
  } finally {
    await Promise.all(workers.map((worker) => worker.close()));
  }
  signal.throwIfAborted();
  if (failures.length > 0) throw failures[0];
}

async function computeOne<P>(
  { context, dataset, inputs, outputs, params, uses }: Work<P>,
  { key, chunk }: PendingChunk,
  worker: ChunkWorker,
  onRow: () => void,
): Promise<Chunk> {
  const task: ChunkTask<P> = { params, rows: chunk.rows, inputs: {}, outputs: {} };
  for (const [role, column] of Object.entries(inputs)) {
    const ref = chunk.columns[column]!;
    const feature = dataset.features[column]!;
    // A thread reads the file itself, which saves a copy of the bytes.
    task.inputs[role] = worker.isThread
      ? { feature, path: await context.objects.pathOf(ref) }
      : { feature, bytes: await context.objects.read(ref) };
  }
  for (const [role, { feature }] of Object.entries(outputs)) task.outputs[role] = feature;
  const { columns, cheap } = await worker.run(task, onRow);
  const made = Object.entries(inputs).map(([role, column]) => [
    role,
    { feature: dataset.features[column]!, ref: chunk.columns[column]! },
  ]);
  const derivation =
    cheap && uses !== undefined
      ? { uses, rows: chunk.rows, params, inputs: Object.fromEntries(made), outputs: task.outputs }
      : undefined;
  const result: Chunk = { rows: chunk.rows, columns: {} };
  for (const [output, bytes] of Object.entries(columns)) {
    const from = derivation && output !== PROBLEM ? { derivation, output } : undefined;
    result.columns[output] = await context.objects.put(bytes, from);
  }
  await context.chunks.set(key, result);
  return result;
}

/** It names columns by role, so that renaming one recomputes nothing. */
function chunkKey<P>(
  { context, dataset, inputs, outputs, params }: MapChunksRequest<P>,
  chunk: Chunk,
): string {
  const parts = {
    version: KEY_VERSION,
    code: context.code,
    params,
    rows: chunk.rows,
    inputs: Object.entries(inputs).map(([role, column]) => [
      role,
      dataset.features[column],
      chunk.columns[column]?.digest,
    ]),
    outputs: Object.entries(outputs).map(([role, { feature }]) => [role, feature]),
  };
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex');
}

/** Why rows are unusable, by row number across all chunks. */
async function problemsOf(
  results: readonly Chunk[],
  objects: StageContext['objects'],
): Promise<Map<number, RowProblem>> {
  const problems = new Map<number, RowProblem>();
  let first = 0;
  for (const { rows, columns } of results) {
    const ref = columns[PROBLEM];
    if (ref !== undefined)
      for (const [row, problem] of decodeProblems(await objects.read(ref)))
        problems.set(first + row, problem);
    first += rows;
  }
  return problems;
}

function merge<P>(chunk: Chunk, result: Chunk, { features, outputs }: MapChunksRequest<P>): Chunk {
  const roles = new Map(Object.entries(outputs).map(([role, { column }]) => [column, role]));
  const columns: Chunk['columns'] = {};
  for (const name of Object.keys(features)) {
    const role = roles.get(name);
    columns[name] = role === undefined ? chunk.columns[name]! : result.columns[role]!;
  }
  return { rows: chunk.rows, columns };
}
