import { EtudeError } from '../../util/errors.js';
import { count } from '../../util/words.js';
import type { ExtractOptions } from '../audio/extractors/extractor.js';
import { extractorOf } from '../audio/extractors/index.js';
import { extractFeatures, type FeatureExtractorConfig } from '../audio/feature-extractor.js';
import { allFinite } from '../audio/finite.js';
import type { ChunkRows, ChunkTransform } from '../data/chunk-transform.js';
import type { AudioSamples } from '../data/column.js';
import { toRows } from '../data/matrix.js';

/** What affects the features of a clip. */
export interface PreprocessParams {
  config: FeatureExtractorConfig;
  options: ExtractOptions;
  /** Clips that are padded together; absent if a clip's result does not depend on others. */
  batch_size?: number;
  /** Samples that the model needs for one frame, if known. */
  shortest?: number;
}

/**
 * Turns the clips of a chunk into model inputs: `audio` to `input_values` and, if requested,
 * `attention_mask`.
 */
export const transform: ChunkTransform<PreprocessParams> = {
  module: import.meta.url,
  transform: preprocess,
  // Normalising samples is; spectrograms are not.
  isCheap: ({ params }) => extractorOf(params.config).shape === undefined,
};

async function preprocess({ params, rows, inputs, unusable, rowDone }: ChunkRows<PreprocessParams>) {
  const { column } = inputs.audio!;
  const extractor = extractorOf(params.config);
  const { shortest } = extractor;
  const [, columns] = extractor.shape?.(params.config, params.options) ?? [];
  const input_values = new Array<Float32Array | Float32Array[] | null>(rows).fill(null);
  const attention_mask = new Array<Int32Array | null>(rows).fill(null);
  const size = params.batch_size ?? 1;
  for (let start = 0; start < rows; start += size) {
    const batch: { row: number; clip: AudioSamples }[] = [];
    for (let row = start; row < Math.min(start + size, rows); row++) {
      const clip = column.get(row) as AudioSamples | null;
      const length = clip?.array?.length ?? 0;
      if (clip !== null && length >= shortest) batch.push({ row, clip });
      else unusable(row, length === 0 ? noAudio() : tooShort(length, shortest, params), clip?.path);
    }
    const clips = batch.map(({ clip }) => clip.array);
    const features = extractFeatures(clips, params.config, params.options);
    for (const [i, { row, clip }] of batch.entries()) {
      const values = features.input_values[i]!;
      const mask = features.attention_mask?.[i];
      try {
        checkUsable(values, mask, params);
        input_values[row] = columns === undefined ? values : toRows(values, columns);
        attention_mask[row] = mask ?? null;
      } catch (error) {
        unusable(row, error, clip.path);
      }
    }
    for (let row = start; row < Math.min(start + size, rows); row++) await rowDone();
  }
  return { input_values, attention_mask };
}

/** What training and evaluation would refuse is found here, where the clip's name is known. */
function checkUsable(values: Float32Array, mask: Int32Array | undefined, params: PreprocessParams): void {
  const { shortest } = params;
  if (!allFinite(values)) throw new EtudeError('the samples are too large to normalise');
  if (shortest === undefined) return;
  let length = mask === undefined ? values.length : 0;
  for (let i = 0; i < (mask?.length ?? 0); i++) length += mask![i]!;
  if (length >= shortest) return;
  throw tooShort(length, shortest, params);
}

function noAudio(): EtudeError {
  return new EtudeError('there is no audio in this row');
}

function tooShort(length: number, shortest: number, { config }: PreprocessParams): EtudeError {
  return new EtudeError('the clip is too short for the model', {
    expected: `at least ${count(shortest, 'sample')} at ${config.sampling_rate} Hz`,
    got: `${length}`,
  });
}
