import { normalise } from '../normalise.js';
import type { ExtractOptions, Extractor, ExtractorConfig, Padding } from './extractor.js';
import { lengthProblems, padsToLongest, roundUp } from './padded-lengths.js';

/** The part of `preprocessor_config.json` that affects features, named as in transformers. */
export interface Wav2Vec2Config extends ExtractorConfig, Padding {
  feature_extractor_type: 'Wav2Vec2FeatureExtractor';
  /** Zero mean and unit variance per clip. */
  do_normalize: boolean;
}

/**
 * `Wav2Vec2FeatureExtractor`: truncate, pad, normalise ((x − mean) / √(variance + 1e-7), population
 * variance). The statistics exclude the padding only if clips are padded and a mask is returned; with padding
 * but no mask they include it.
 *
 * As in transformers, with `padding_side: left` the statistics of a masked clip are those of its first
 * samples, as many as the mask has ones, padding included.
 */
export const wav2vec2: Extractor<Wav2Vec2Config> = {
  column: 'input_values',
  shortest: 1,

  read(values) {
    values.one('feature_size', [1], '1 (mono samples)');
    return {
      padding_side: values.one('padding_side', ['right', 'left'], "'right' or 'left'"),
      do_normalize: values.boolean('do_normalize', true),
      return_attention_mask: values.boolean('return_attention_mask', false),
      sampling_rate: values.count('sampling_rate', 16000, Infinity, 'a positive whole number of Hz'),
      padding_value: values.number('padding_value', 0),
    };
  },

  problems: (options) => lengthProblems(options, 'max_length, in samples'),

  settle(config, options) {
    const padding = padsToLongest(options)
      ? 'longest'
      : options.padding === 'max_length'
        ? 'max_length'
        : false;
    const truncation = options.truncation ?? false;
    return {
      config: {
        ...config,
        return_attention_mask: options.return_attention_mask ?? config.return_attention_mask,
      },
      options: {
        padding,
        truncation,
        ...(truncation || padding === 'max_length' ? { max_length: options.max_length } : {}),
        ...(truncation || padding !== false ? { pad_to_multiple_of: options.pad_to_multiple_of } : {}),
      },
    };
  },

  extract(clips, config, options) {
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
  },
};

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

/** A copy, padded to `length` if it is shorter. */
function pad(clip: Float32Array, length: number | undefined, config: Padding): Float32Array {
  const values = new Float32Array(Math.max(clip.length, length ?? 0));
  if (config.padding_value !== 0) values.fill(config.padding_value);
  values.set(clip, config.padding_side === 'left' ? values.length - clip.length : 0);
  return values;
}
