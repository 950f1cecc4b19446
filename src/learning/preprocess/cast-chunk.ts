import type { AudioFeature } from '../../stage/artifact.js';
import { EtudeError } from '../../util/errors.js';
import { containerOf } from '../audio/decode/container.js';
import { decodeAudio } from '../audio/decode/decode-audio.js';
import { checkFinite } from '../audio/finite.js';
import { resample } from '../audio/resample.js';
import type { ChunkRows, ChunkTransform } from '../data/chunk-transform.js';
import type { AudioSamples, EncodedAudio } from '../data/column.js';

/** What affects the samples of a clip. */
export interface CastParams {
  /** Hz. */
  sampling_rate: number;
}

/**
 * The seconds of audio in one frame of published Wav2Vec2 and HuBERT models. `map-preprocess` knows the
 * model's own length.
 */
const ONE_FRAME = 0.025;

/** Decodes (if the column contains files) and resamples the clips of a chunk: `audio` to `audio`. */
export const transform: ChunkTransform<CastParams> = {
  module: import.meta.url,
  transform: castAudio,
  isCheap,
};

/** Reading WAV files is: a thousand times faster than real time on one core. Other decoders are not. */
function isCheap({ inputs, rows }: Pick<ChunkRows<CastParams>, 'inputs' | 'rows'>): boolean {
  const { column } = inputs.audio!;
  for (let row = 0; row < rows; row++) {
    const { bytes } = (column.get(row) ?? {}) as Partial<EncodedAudio>;
    if (bytes && containerOf(bytes) !== 'wav') return false;
  }
  return true;
}

async function castAudio({ params, rows, inputs, unusable, doubt, rowDone }: ChunkRows<CastParams>) {
  const { column, feature } = inputs.audio!;
  const audio: (AudioSamples | null)[] = [];
  const shortest = ONE_FRAME * params.sampling_rate;
  for (let row = 0; row < rows; row++) {
    const clip = column.get(row) as EncodedAudio | AudioSamples | null;
    const path = clip?.path ?? null;
    try {
      const array = await samplesOf(clip, feature as AudioFeature, params.sampling_rate);
      audio.push({ array, path });
      if (array.length < shortest) {
        const ms = Math.round((array.length / params.sampling_rate) * 1000);
        doubt(
          row,
          `${ms} ms is too short for Wav2Vec2 and HuBERT, which need at least ${ONE_FRAME * 1000} ms`,
          path,
        );
      }
    } catch (error) {
      unusable(row, error, path);
      audio.push(null);
    }
    await rowDone();
  }
  return { audio };
}

async function samplesOf(
  clip: EncodedAudio | AudioSamples | null,
  feature: AudioFeature,
  rate: number,
): Promise<Float32Array> {
  if (clip === null) throw new EtudeError('there is no audio in this row');
  if ('array' in clip) {
    if ((clip.array as Float32Array | null) === null) throw new EtudeError('there is no audio in this row');
    checkFinite(clip.array);
    return resample(clip.array, feature.sampling_rate!, rate);
  }
  if (clip.bytes === null)
    throw new EtudeError(
      clip.path === null
        ? 'there is no audio in this row'
        : 'there are no audio bytes in this row, only a path',
    );
  const { samples, sampling_rate } = await decodeAudio(clip.bytes, { name: clip.path ?? 'audio' });
  return resample(samples, sampling_rate, rate);
}
