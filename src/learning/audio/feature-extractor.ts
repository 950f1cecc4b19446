import { EtudeError } from '../../util/errors.js';
import { normalise } from './normalise.js';

/** The part of `preprocessor_config.json` that affects features, named as in transformers. */
export interface FeatureExtractorConfig {
  feature_extractor_type: 'Wav2Vec2FeatureExtractor';
  /** Sampling rate in Hz that the model was trained at. */
  sampling_rate: number;
  /** Zero mean and unit variance per clip. */
  do_normalize: boolean;
  return_attention_mask: boolean;
  padding_value: number;
  padding_side: 'right' | 'left';
}

/** How clips are truncated and padded; names and defaults of `Wav2Vec2FeatureExtractor.__call__`. */
export interface ExtractOptions {
  /**
   * `true` and `'longest'`: to the longest clip of the batch; `'max_length'`: to `max_length`. Default
   * `false`.
   */
  padding?: boolean | 'longest' | 'max_length' | 'do_not_pad';
  /** Samples. */
  max_length?: number;
  /** Truncate clips to `max_length`. Default `false`. */
  truncation?: boolean;
  /** Lengths after padding (and the length that truncation keeps) are rounded up to a multiple of this. */
  pad_to_multiple_of?: number;
  /** Overrides the configuration's value. */
  return_attention_mask?: boolean;
}

/** Per clip, an array of its samples, and one with 1 for a sample, 0 for padding. */
export interface ExtractedFeatures {
  input_values: Float32Array[];
  attention_mask?: Int32Array[];
}

/**
 * Turns a batch of clips into model inputs, as `Wav2Vec2FeatureExtractor` does: truncate, pad, normalise ((x
 * − mean) / √(variance + 1e-7), population variance). The statistics exclude the padding only if clips are
 * padded and a mask is returned; with padding but no mask they include it.
 *
 * As in transformers, with `padding_side: left` the statistics of a masked clip are those of its first
 * samples, as many as the mask has ones, padding included.
 *
 * @param clips mono samples at `config.sampling_rate`
 */
export function extractFeatures(
  clips: readonly Float32Array[],
  config: FeatureExtractorConfig,
  options: ExtractOptions = {},
): ExtractedFeatures {
  checkExtractOptions(options);
  const kept = options.truncation ? roundUp(options.max_length!, options.pad_to_multiple_of) : Infinity;
  const truncated = clips.map((clip) => (clip.length > kept ? clip.subarray(0, kept) : clip));
  const length = paddedLength(truncated, options);
  const masked = options.return_attention_mask ?? config.return_attention_mask;

  const input_values = truncated.map((clip) => pad(clip, length, config));
  const lengths = truncated.map((clip) => clip.length);
  if (config.do_normalize) {
    input_values.forEach((values, i) => {
      normalise(values, masked && length !== undefined ? lengths[i]! : values.length, config.padding_value);
    });
  }
  if (!masked) return { input_values };
  const attention_mask = input_values.map((values, i) => {
    const mask = new Int32Array(values.length);
    const start = config.padding_side === 'left' ? values.length - lengths[i]! : 0;
    return mask.fill(1, start, start + lengths[i]!);
  });
  return { input_values, attention_mask };
}

/** Throws if two options do not fit each other; the message names the parameter to fix. */
function checkExtractOptions(options: ExtractOptions): void {
  if (options.max_length !== undefined) return;
  if (options.truncation)
    throw new EtudeError('truncation needs max_length', { expected: 'max_length, in samples' });
  if (options.padding === 'max_length') {
    throw new EtudeError("padding 'max_length' needs max_length", { expected: 'max_length, in samples' });
  }
}

/** True if the result of a clip depends on the other clips of its batch. */
export function padsToLongest(options: ExtractOptions): boolean {
  return options.padding === true || options.padding === 'longest';
}

/** The length that shorter clips are padded to; `undefined` without padding. */
function paddedLength(clips: readonly Float32Array[], options: ExtractOptions): number | undefined {
  if (padsToLongest(options)) {
    const longest = clips.reduce((most, clip) => Math.max(most, clip.length), 0);
    return roundUp(longest, options.pad_to_multiple_of);
  }
  return options.padding === 'max_length'
    ? roundUp(options.max_length!, options.pad_to_multiple_of)
    : undefined;
}

function roundUp(length: number, multiple: number | undefined): number {
  return multiple === undefined ? length : Math.ceil(length / multiple) * multiple;
}

/** A copy, padded to `length` if it is shorter. */
function pad(clip: Float32Array, length: number | undefined, config: FeatureExtractorConfig): Float32Array {
  const values = new Float32Array(Math.max(clip.length, length ?? 0));
  if (config.padding_value !== 0) values.fill(config.padding_value);
  values.set(clip, config.padding_side === 'left' ? values.length - clip.length : 0);
  return values;
}
