import { randomInt } from 'node:crypto';
import type { Artifact, Chunk, DatasetArtifact, Split } from '../../stage/artifact.js';
import { chunkStarts } from '../../stage/chunk-starts.js';
import { selectChunks } from '../../stage/selected-chunks.js';
import { makeSplit, rowsOf } from '../../stage/split-rows.js';
import type { Objects } from '../../stage/stage-type.js';
import { canonicalJson } from '../../util/canonical-json.js';
import type { PipelineStage } from '../recipe/pipeline.js';

/** A few chunks of a stage's input, and the stage's results for them. */
export interface Sample {
  /** Name of the input that was sampled, and the part of it. */
  input: string;
  dataset: DatasetArtifact;
  /** The cached result for each chunk of `dataset`. */
  expected: Chunk[];
  /** The chunks' numbers in the result, from 0, and their total. */
  numbers: number[];
  of: number;
  /** Every chunk of the input, with the result's chunk. */
  pairs: [given: Chunk, result: Chunk][];
}

/**
 * Draws `count` random chunks, for a stage whose result is made chunk by chunk; `undefined` for any other
 * stage, if that would be all of them, and if the result is not divided like its input: then a sample would
 * say nothing about the rest.
 */
export async function drawSample(
  stage: PipelineStage,
  inputs: Readonly<Record<string, Artifact>>,
  result: Artifact,
  count: number,
  objects: Objects,
): Promise<Sample | undefined> {
  const [input = ''] = Object.keys(stage.type.inputs);
  const dataset = inputs[input];
  if (!stage.type.chunkwise || dataset?.kind !== 'dataset' || result.kind !== 'dataset') return undefined;
  const { chunks, splits } = await selectChunks(dataset, objects);
  if (chunks.length <= count || chunks.length !== result.chunks.length) return undefined;
  if (chunks.some((chunk, i) => chunk.rows !== result.chunks[i]!.rows)) return undefined;
  if (canonicalJson(splits) !== canonicalJson(result.splits)) return undefined;
  const numbers = draw(chunks.length, count);
  const drawn = numbers.map((number) => chunks[number]!);
  const rows = await usedRows(chunks, numbers, Object.values(splits), objects);
  const [name = ''] = Object.keys(splits);
  return {
    input,
    dataset: { ...dataset, chunks: drawn, splits: { [name]: await makeSplit(rows, objects) } },
    expected: numbers.map((number) => result.chunks[number]!),
    numbers,
    of: chunks.length,
    pairs: chunks.map((chunk, i) => [chunk, result.chunks[i]!]),
  };
}

/**
 * Whether columns that the stage passed on in every drawn chunk are passed on in all others, too: that can be
 * compared without computing anything. If not, a sample is not enough.
 */
export function passesOn({ dataset, pairs }: Sample, made: Artifact): boolean {
  const now = made.kind === 'dataset' ? made.chunks : [];
  const drawn = dataset.chunks;
  return Object.keys(now[0]?.columns ?? {}).every((column) => {
    const from = Object.keys(drawn[0]?.columns ?? {}).find((name) =>
      now.every((chunk, i) => chunk.columns[column]?.digest === drawn[i]?.columns[name]?.digest),
    );
    return (
      from === undefined ||
      pairs.every(([given, result]) => given.columns[from]?.digest === result.columns[column]?.digest)
    );
  });
}

/** The rows of a split in the drawn chunks, numbered across these chunks: the others may be unusable. */
async function usedRows(
  chunks: readonly Chunk[],
  numbers: readonly number[],
  splits: readonly Split[],
  objects: Objects,
): Promise<number[]> {
  const used = new Set<number>();
  for (const split of splits) for (const row of await rowsOf(split, objects)) used.add(row);
  const starts = chunkStarts(chunks);
  let first = 0;
  return numbers.flatMap((number) => {
    const { rows } = chunks[number]!;
    const [start, shift] = [starts[number]!, first - starts[number]!];
    first += rows;
    return Array.from({ length: rows }, (_, i) => start + i).flatMap((row) =>
      used.has(row) ? [row + shift] : [],
    );
  });
}

/** This many different numbers below `below`, in order. */
function draw(below: number, count: number): number[] {
  const drawn = new Set<number>();
  while (drawn.size < count) drawn.add(randomInt(below));
  return [...drawn].sort((a, b) => a - b);
}
