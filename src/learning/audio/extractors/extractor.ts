import type { ConfigValues } from './config-values.js';

/** How the clips of a batch are made equally long, according to the feature extractor. */
export interface Padding {
  padding_value: number;
  padding_side: 'left' | 'right';
}

/** What every feature extractor's configuration has. */
export interface ExtractorConfig {
  /** The class in transformers. */
  feature_extractor_type: string;
  /** Sampling rate in Hz that the model was trained at. */
  sampling_rate: number;
  /** Whether it makes masks by default. */
  return_attention_mask: boolean;
}

/** How clips are truncated and padded; names of `__call__`. */
export interface ExtractOptions {
  /**
   * `true` and `'longest'`: to the longest clip of the batch; `'max_length'`: to `max_length`. Default
   * `false`.
   */
  padding?: boolean | 'longest' | 'max_length' | 'do_not_pad';
  /** Samples; frames where the extractor counts these. */
  max_length?: number;
  /** Truncate clips to `max_length`. Default `false`. */
  truncation?: boolean;
  /** Lengths after padding (and the length that truncation keeps) are rounded up to a multiple of this. */
  pad_to_multiple_of?: number;
  /** Overrides the configuration's value. */
  return_attention_mask?: boolean;
}

/**
 * Per clip, what the model takes: its samples, or the rows of a matrix after each other; and a mask with 1
 * for what counts, 0 for padding: of the samples, or of the rows.
 */
export interface ExtractedFeatures {
  input_values: Float32Array[];
  attention_mask?: Int32Array[];
}

/** What is wrong with an option. */
export interface OptionProblem {
  option: keyof ExtractOptions;
  message: string;
  expected: string;
}

/** A feature extractor of transformers. */
export interface Extractor<C extends ExtractorConfig = ExtractorConfig> {
  /** The name that transformers gives its result, which is the column's. */
  readonly column: 'input_values' | 'input_features';
  /** @throws EtudeError for a value of the wrong type, and for one that is not supported. */
  read(values: ConfigValues): Omit<C, 'feature_extractor_type'>;
  /** What is wrong with options for it; the others may only be given to `extract` if there is nothing. */
  problems(options: ExtractOptions, config: C): OptionProblem[];
  /**
   * Configuration and options in a form that is equal where the results are: what has no effect is left out.
   */
  settle(config: C, options: ExtractOptions): { config: C; options: ExtractOptions };
  /**
   * Where it makes a matrix of a clip: its rows, undefined where the clip's length decides, and numbers in
   * each.
   */
  shape?(config: C, options: ExtractOptions): readonly [rows: number | undefined, columns: number];
  /** The fewest samples that it makes something of. */
  readonly shortest: number;
  /** @param clips mono samples at `config.sampling_rate`, which are not written to */
  extract(clips: readonly Float32Array[], config: C, options: ExtractOptions): ExtractedFeatures;
}
