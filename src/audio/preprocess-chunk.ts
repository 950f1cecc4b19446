import type { ChunkRows, ChunkTransform } from '../data/chunk-transform.js';
import type { AudioSamples } from '../data/column.js';
import { audioError } from './decode/audio-error.js';
import { type ExtractOptions, extractFeatures, type FeatureExtractorConfig } from './feature-extractor.js';

/** What shapes the features of a clip. */
export interface PreprocessParams {
  config: FeatureExtractorConfig;
  options: ExtractOptions;
  /** Clips that are padded together; not given where a clip's result does not depend on others. */
  batch_size?: number;
}

/** Turns the clips of a chunk into model inputs: `audio` to `input_values` and, where asked for, `attention_mask`. */
export const transform: ChunkTransform<PreprocessParams> = { module: import.meta.url, transform: preprocess };

async function preprocess({ params, rows, inputs, rowDone }: ChunkRows<PreprocessParams>) {
  const { column } = inputs.audio!;
  const input_values: Float32Array[] = [];
  const attention_mask: Int32Array[] = [];
  const size = params.batch_size ?? 1;
  for (let start = 0; start < rows; start += size) {
    const clips: Float32Array[] = [];
    for (let row = start; row < Math.min(start + size, rows); row++)
      clips.push(samplesOf(column.get(row), row));
    const features = extractFeatures(clips, params.config, params.options);
    input_values.push(...features.input_values);
    attention_mask.push(...(features.attention_mask ?? []));
    for (let i = 0; i < clips.length; i++) await rowDone();
  }
  return { input_values, attention_mask };
}

function samplesOf(value: unknown, row: number): Float32Array {
  const clip = value as AudioSamples | null;
  if (clip === null || clip.array.length === 0) {
    throw audioError({ name: clip?.path ?? 'audio', row }, 'there is no audio in this row');
  }
  return clip.array;
}
