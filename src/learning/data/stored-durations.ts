import type { AudioFeature, DatasetArtifact } from '../../stage/artifact.js';
import { chunkStarts } from '../../stage/chunk-starts.js';
import { rowsOf } from '../../stage/split-rows.js';
import type { Objects } from '../../stage/stage-type.js';
import { EtudeError } from '../../util/errors.js';
import { containerOf } from '../audio/decode/container.js';
import { findWavSamples } from '../audio/decode/wav.js';
import { BYTES_PER_SAMPLE } from '../audio/decode/wav-samples.js';
import { openAudioChunk, type StoredAudio } from './audio-chunk.js';

/** Nearly all WAV files have their samples within this many bytes. */
const HEAD_BYTES = 4096;

/**
 * Durations of the clips of each split, in seconds, from what need not be decoded: samples, and the headers
 * of WAV files.
 *
 * @returns By split, those that are known.
 */
export async function storedDurations(
  dataset: DatasetArtifact,
  column: string,
  objects: Objects,
): Promise<Map<string, number[]>> {
  const feature = dataset.features[column] as AudioFeature;
  const starts = chunkStarts(dataset.chunks);
  const seconds = new Float64Array(starts.at(-1)!).fill(Number.NaN);
  const rows = new Map<string, Uint32Array>();
  for (const [name, split] of Object.entries(dataset.splits)) rows.set(name, await rowsOf(split, objects));
  const isNeeded = new Uint8Array(seconds.length);
  for (const numbers of rows.values()) for (const row of numbers) isNeeded[row] = 1;
  for (const [i, { columns }] of dataset.chunks.entries()) {
    if (!isNeeded.subarray(starts[i], starts[i + 1]).includes(1)) continue;
    const chunk = await openAudioChunk(await objects.pathOf(columns[column]!), feature);
    try {
      for (const [row, stored] of chunk.rows.entries())
        if (stored !== null) seconds[starts[i]! + row] = await secondsOf(stored, feature);
    } finally {
      await chunk.close();
    }
  }
  return new Map(
    [...rows].map(([name, numbers]) => [
      name,
      Array.from(numbers, (row) => seconds[row]!).filter((each) => !Number.isNaN(each)),
    ]),
  );
}

async function secondsOf(
  { path, length, read }: StoredAudio,
  { storage, sampling_rate }: AudioFeature,
): Promise<number> {
  if (storage === 'samples') return length / 4 / sampling_rate!;
  const head = await read(0, Math.min(length, HEAD_BYTES));
  if (containerOf(head) !== 'wav') return Number.NaN;
  try {
    const found = findWavSamples(head, length, { name: path ?? 'clip' });
    if (found === undefined) return Number.NaN;
    return found.length / (found.channels * BYTES_PER_SAMPLE[found.encoding]) / found.sampling_rate;
  } catch (error) {
    if (error instanceof EtudeError) return Number.NaN;
    throw error;
  }
}
