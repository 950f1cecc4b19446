import type { DatasetArtifact } from '../../../stage/artifact.js';
import type { Objects } from '../../../stage/stores.js';
import { EtudeError } from '../../../util/errors.js';
import type { AudioSamples } from '../../data/column.js';
import { openDataset } from '../../data/dataset.js';
import type { NoiseSource } from './augment-clip.js';

/** Recordings are read in random order. */
const CACHE_BYTES = 2 ** 29;

/**
 * Draws recordings of noise, each equally likely: of one that is longer than needed some part, of a shorter
 * one its repetitions.
 *
 * @param dataset Its column `audio` has decoded samples.
 */
export function openNoises(dataset: DatasetArtifact, objects: Objects): NoiseSource {
  const reader = openDataset(dataset, objects, { cacheBytes: CACHE_BYTES });
  const rows = reader.splits.flatMap((split) =>
    Array.from({ length: reader.num_rows(split) }, (_, row) => ({ split, row })),
  );
  return async (random, length) => {
    const { split, row } = rows[random.integer(rows.length)]!;
    const recording = ((await reader.value(split, 'audio', row)) as AudioSamples | null)?.array;
    if (!recording?.length) throw new EtudeError(`there is no audio in row ${row} of the noises`);
    const start = random.integer(Math.max(1, recording.length - length + 1));
    return Float32Array.from({ length }, (_, i) => recording[(start + i) % recording.length]!);
  };
}
