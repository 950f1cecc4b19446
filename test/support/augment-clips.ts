import { encodeColumn } from '../../src/learning/data/column.js';
import type { DatasetArtifact, Features } from '../../src/stage/artifact.js';
import type { Objects } from '../../src/stage/stage-type.js';
import mapPreprocess from '../../stages/map-preprocess.js';
import { names, withDefaults } from './labelled-clips.js';
import { MemoryChunkResults } from './memory-objects.js';
import { contextOf, makeDataset } from './stage.js';

/** Whole numbers over 2¹⁶, from −0.5 to 0.5: the same in every language. */
export function fractions(length: number, factor: number): Float32Array {
  return Float32Array.from(
    { length },
    (_, index) => (((index * index * factor + 7 * index) % 65536) - 32768) / 65536,
  );
}

const RATE = 8000;
const features: Features = {
  audio: { _type: 'Audio', storage: 'samples', sampling_rate: RATE },
  label: { _type: 'ClassLabel', names },
};

/** A feature extractor for `heardClips`. */
export const extractor = { feature_extractor_type: 'Wav2Vec2FeatureExtractor', sampling_rate: RATE };

/**
 * Clips of 300 to 417 samples in the splits `train` (10) and `test` (4), and what an extractor makes of them.
 */
export async function heardClips(
  objects: Objects,
  options: Record<string, unknown> = {},
): Promise<DatasetArtifact> {
  const label = Array.from({ length: 14 }, (_, row) => row % names.length);
  const audio = label.map((_, row) => ({
    array: fractions(300 + 9 * row, 3 + 2 * row),
    path: `${row}.wav`,
  }));
  const dataset = await makeDataset(features, { audio, label }, objects, 4);
  const split = (start: number, end: number) => ({
    num_rows: end - start,
    ranges: [[start, end]] as [number, number][],
  });
  const params = await withDefaults<Parameters<typeof mapPreprocess.run>[0]['params']>('map-preprocess', {
    feature_extractor: extractor,
    ...options,
  });
  const inputs = { dataset: { ...dataset, splits: { train: split(0, 10), test: split(10, 14) } } };
  const context = contextOf(params, { inputs, objects, chunks: new MemoryChunkResults() });
  return (await mapPreprocess.run(context)).artifact as DatasetArtifact;
}

/** A dataset whose column of audio is another one. */
export async function withAudio(
  dataset: DatasetArtifact,
  audioOf: (row: number) => Float32Array,
  objects: Objects,
): Promise<DatasetArtifact> {
  let first = 0;
  const chunks = [];
  for (const { rows, columns } of dataset.chunks) {
    const start = first;
    const audio = Array.from({ length: rows }, (_, row) => ({ array: audioOf(start + row), path: null }));
    first += rows;
    chunks.push({
      rows,
      columns: { ...columns, audio: await objects.put(encodeColumn(features.audio!, audio)) },
    });
  }
  return { ...dataset, chunks };
}
