import { encodeColumn } from '../../src/learning/data/column.js';
import { makeSplit } from '../../src/learning/data/dataset.js';
import type { AudioFeature, Chunk, DatasetArtifact, Features } from '../../src/stage/artifact.js';
import type { Objects } from '../../src/stage/stage-type.js';
import { pcm16 } from './wav-file.js';

const encoded: AudioFeature = { _type: 'Audio', storage: 'encoded' };
export const clipFeatures: Features = {
  audio: encoded,
  label: { _type: 'ClassLabel', names: ['low', 'high'] },
};

/** A different WAV file for every `number`: a tone, 8 kHz, a few hundred samples. */
export function clipBytes(number: number): Uint8Array {
  const length = 200 + (number % 7) * 20;
  return pcm16(
    Float32Array.from({ length }, (_, i) => 0.5 * Math.sin(i * (0.1 + number * 0.001))),
    8000,
  );
}

/**
 * A dataset of clips in chunks of these numbers, as `load` makes it; one split with all rows unless others
 * are given.
 */
export async function clipDataset(
  objects: Objects,
  chunks: readonly (readonly number[])[],
  splits?: Record<string, number[]>,
  bytesOf: (number: number) => Uint8Array | null = clipBytes,
): Promise<DatasetArtifact> {
  const stored: Chunk[] = [];
  for (const numbers of chunks) {
    const audio = numbers.map((number) => ({ bytes: bytesOf(number), path: `clips/${number}.wav` }));
    stored.push({
      rows: numbers.length,
      columns: {
        audio: await objects.put(encodeColumn(encoded, audio)),
        label: await objects.put(
          encodeColumn(
            clipFeatures.label!,
            numbers.map((number) => number % 2),
          ),
        ),
      },
    });
  }
  const rows = splits ?? { train: Array.from({ length: chunks.flat().length }, (_, i) => i) };
  const made = await Promise.all(
    Object.entries(rows).map(async ([name, list]) => [name, await makeSplit(list, objects)] as const),
  );
  return { kind: 'dataset', features: clipFeatures, chunks: stored, splits: Object.fromEntries(made) };
}

/** Numbers from `start` up to `end`, in lists of `size`. */
export function numbered(start: number, end: number, size: number): number[][] {
  const lists: number[][] = [];
  for (let at = start; at < end; at += size) {
    lists.push(Array.from({ length: Math.min(size, end - at) }, (_, i) => at + i));
  }
  return lists;
}
