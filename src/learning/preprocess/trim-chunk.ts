import type { AudioFeature } from '../../stage/artifact.js';
import { EtudeError } from '../../util/errors.js';
import { type TrimOptions, trimmedRange } from '../audio/trim.js';
import type { ChunkRows, ChunkTransform } from '../data/chunk-transform.js';
import type { AudioSamples } from '../data/column.js';

/** What affects where a clip is trimmed. */
export interface TrimParams extends TrimOptions {
  /** Seconds of silence to keep on either side. */
  pad_s: number;
  silent_clips: 'error' | 'keep';
}

/** `audio` to `audio` without silence at its ends, and `removed`: how many samples were removed. */
export const transform: ChunkTransform<TrimParams> = { module: import.meta.url, transform: trimAudio };

async function trimAudio({ params, rows, inputs, unusable, rowDone }: ChunkRows<TrimParams>) {
  const { column, feature } = inputs.audio!;
  const pad = Math.round(params.pad_s * (feature as AudioFeature).sampling_rate!);
  const audio: (AudioSamples | null)[] = [];
  const removed: number[] = [];
  for (let row = 0; row < rows; row++) {
    const clip = column.get(row) as AudioSamples | null;
    try {
      const array = trimmed(clip, pad, params);
      audio.push({ array, path: clip!.path });
      removed.push(clip!.array.length - array.length);
    } catch (error) {
      unusable(row, error, clip?.path);
      audio.push(null);
      removed.push(0);
    }
    await rowDone();
  }
  return { audio, removed };
}

function trimmed(clip: AudioSamples | null, pad: number, params: TrimParams): Float32Array {
  const samples = clip?.array as Float32Array | null | undefined;
  if (!samples?.length) throw new EtudeError('there is no audio in this row');
  const range = trimmedRange(samples, params);
  if (range !== undefined) return samples.subarray(Math.max(0, range[0] - pad), range[1] + pad);
  if (params.silent_clips === 'keep') return samples;
  throw new EtudeError('the clip is silent from start to end', {
    hint: 'silent_clips: keep leaves silent clips as they are.',
  });
}
