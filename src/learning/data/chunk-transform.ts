import type { Feature } from '../../stage/artifact.js';
import type { Derivation } from '../../stage/derivation.js';
import { type Column, decodeColumn, encodeColumn } from './column.js';
import { PROBLEM, RowProblems } from './unusable/problems-of-rows.js';

/**
 * Work on the rows of one chunk that knows nothing of other chunks. It has its own module, which exports it
 * as `transform`, so that a worker thread can load it.
 */
export interface ChunkTransform<P> {
  /** `import.meta.url` of its module. */
  readonly module: string;
  /**
   * The output columns' values, by role, `rows` of each in the conventions of `encodeColumn`.
   */
  transform(chunk: ChunkRows<P>): Promise<Record<string, readonly unknown[]>>;
  /** Whether the outputs are made as fast as they are read: a built-in stage then does not store them. */
  isCheap?(chunk: Pick<ChunkRows<P>, 'params' | 'inputs' | 'rows'>): boolean;
}

/** What a transform gets to work on. Columns are named by role (`audio`), whatever the dataset calls them. */
export interface ChunkRows<P> {
  params: P;
  rows: number;
  inputs: Record<string, { feature: Feature; column: Column }>;
  /**
   * Notes why a row cannot be used; its output values must be null. `file` is the clip's name, where it has
   * one. Anything other than an EtudeError is not about the row, and is rethrown.
   */
  unusable(row: number, error: unknown, file?: string | null): void;
  /**
   * Notes that a row is usable, but hardly by later stages: it is reported only if other rows are unusable.
   */
  doubt(row: number, message: string, file?: string | null): void;
  /** Must be awaited after each row: reports progress and lets an abort through. */
  rowDone(): Promise<void>;
}

/** One chunk's work as it travels to a worker thread: plain data. */
export interface ChunkTask<P = unknown> {
  params: P;
  rows: number;
  inputs: Record<string, { feature: Feature; bytes: Uint8Array } | { feature: Feature; path: string }>;
  outputs: Record<string, Feature>;
}

/** Column chunks by role, as Arrow IPC files; if rows are unusable, also one with the reasons. */
export type ChunkOutput = Record<string, Uint8Array>;

/** The result of a task. */
export interface ChunkResult {
  columns: ChunkOutput;
  /** See `ChunkTransform.isCheap`. */
  cheap: boolean;
}

/** Makes the columns of a chunk again. */
export async function deriveChunk<P>(
  transform: ChunkTransform<P>,
  { rows, params, inputs, outputs }: Derivation,
  bytes: Record<string, Uint8Array>,
): Promise<ChunkOutput> {
  const given = Object.entries(inputs).map(([role, { feature }]) => [role, { feature, bytes: bytes[role]! }]);
  const task: ChunkTask<P> = { params: params as P, rows, inputs: Object.fromEntries(given), outputs };
  const { columns } = await runChunkTask(transform, task, async () => {});
  return Object.fromEntries(Object.keys(outputs).map((role) => [role, columns[role]!]));
}

/** Reads the task's columns, transforms them, encodes the result. */
export async function runChunkTask<P>(
  transform: ChunkTransform<P>,
  task: ChunkTask<P>,
  rowDone: () => Promise<void>,
): Promise<ChunkResult> {
  const inputs: ChunkRows<P>['inputs'] = {};
  for (const [role, input] of Object.entries(task.inputs)) {
    const bytes = 'bytes' in input ? input.bytes : await readFileBytes(input.path);
    inputs[role] = { feature: input.feature, column: decodeColumn(input.feature, bytes) };
  }
  const { params, rows } = task;
  const problems = new RowProblems(rows);
  const [unusable, doubt] = [problems.note.bind(problems), problems.doubt.bind(problems)];
  const values = await transform.transform({ params, rows, inputs, unusable, doubt, rowDone });
  const output = Object.fromEntries(
    Object.entries(task.outputs).map(([role, feature]) => [role, encodeColumn(feature, values[role] ?? [])]),
  );
  const columns = problems.none ? output : { ...output, [PROBLEM]: problems.encode() };
  return { columns, cheap: transform.isCheap?.({ params, inputs, rows }) ?? false };
}

async function readFileBytes(path: string): Promise<Uint8Array> {
  const { readFile } = await import('node:fs/promises');
  return readFile(path);
}
