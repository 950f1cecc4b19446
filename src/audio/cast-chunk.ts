import type { AudioFeature } from '../artifact.js';
import type { ChunkRows, ChunkTransform } from '../data/chunk-transform.js';
import type { AudioSamples, EncodedAudio } from '../data/column.js';
import { audioError } from './decode/audio-error.js';
import { decodeAudio } from './decode/decode-audio.js';
import { resample } from './resample.js';

/** What shapes the samples of a clip. */
export interface CastParams {
  /** Hz. */
  sampling_rate: number;
}

/** Decodes (where the column holds files) and resamples the clips of a chunk: `audio` to `audio`. */
export const transform: ChunkTransform<CastParams> = { module: import.meta.url, transform: castAudio };

async function castAudio({ params, rows, inputs, rowDone }: ChunkRows<CastParams>) {
  const { column, feature } = inputs.audio!;
  const audio: AudioSamples[] = [];
  for (let row = 0; row < rows; row++) {
    audio.push(await castClip(column.get(row), feature as AudioFeature, params.sampling_rate, row));
    await rowDone();
  }
  return { audio };
}

async function castClip(
  value: unknown,
  feature: AudioFeature,
  rate: number,
  row: number,
): Promise<AudioSamples> {
  const clip = value as EncodedAudio | AudioSamples | null;
  const name = { name: clip?.path ?? 'audio', row };
  if (clip === null || clip === undefined) throw audioError(name, 'there is no audio in this row');
  if ('array' in clip) return { array: resample(clip.array, feature.sampling_rate!, rate), path: clip.path };
  if (clip.bytes === null) throw audioError(name, 'there are no audio bytes in this row');
  const { samples, sampling_rate } = await decodeAudio(clip.bytes, name);
  return { array: resample(samples, sampling_rate, rate), path: clip.path };
}
