import { randomInt } from 'node:crypto';
import type { Artifact, Chunk, DatasetArtifact } from '../artifact.js';
import { selectChunks } from '../data/selected-chunks.js';
import type { PipelineStage } from '../recipe/pipeline.js';
import type { Objects } from '../stage-type.js';

/** A few chunks of a stage's input, and what the stage made of them. */
export interface Sample {
  /** Name of the input that was sampled, and the part of it. */
  input: string;
  dataset: DatasetArtifact;
  /** What the cache has for each chunk of `dataset`. */
  expected: Chunk[];
  /** The chunks' numbers in the result, from 0, and how many there are. */
  numbers: number[];
  of: number;
}

/**
 * Draws `count` chunks by lot, for a stage whose result is made chunk by chunk; `undefined` for any other stage, and where that would be all
 * of them.
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
  const { chunks } = await selectChunks(dataset, objects);
  if (chunks.length <= count || chunks.length !== result.chunks.length) return undefined;
  const numbers = draw(chunks.length, count);
  const drawn = numbers.map((number) => chunks[number]!.chunk);
  const rows = drawn.reduce((sum, chunk) => sum + chunk.rows, 0);
  const splits = Object.fromEntries(
    Object.keys(dataset.splits).map((name): [string, DatasetArtifact['splits'][string]] => [
      name,
      { num_rows: rows, ranges: [[0, rows]] },
    ]),
  );
  return {
    input,
    dataset: { ...dataset, chunks: drawn, splits },
    expected: numbers.map((number) => result.chunks[number]!),
    numbers,
    of: chunks.length,
  };
}

/** So many different numbers below `below`, in order. */
function draw(below: number, count: number): number[] {
  const drawn = new Set<number>();
  while (drawn.size < count) drawn.add(randomInt(below));
  return [...drawn].sort((a, b) => a - b);
}
