import type { LoraConfig } from './lora/lora-config.js';

/** Activations that transformers' `ACT2FN` knows and this model computes. */
export type Activation = 'gelu' | 'gelu_new' | 'relu' | 'selu' | 'silu';

/** The spectrograms that a model takes, all of one size. */
export interface Spectrogram {
  /** Rows, and numbers in each, as the feature extractor makes them. */
  shape: readonly [rows: number, columns: number];
  /** How many states the layers have of one. */
  states: number;
  /** AST's squares of it, and how far apart they begin. */
  patches?: { size: number; frequency_stride: number; time_stride: number };
}

/** What the model reads from `config.json`, in transformers' words; see `parse-config.ts`. */
export interface ModelConfig {
  model_type: string;
  hidden_size: number;
  num_hidden_layers: number;
  num_attention_heads: number;
  intermediate_size: number;
  hidden_act: Activation;
  hidden_dropout: number;
  activation_dropout: number;
  attention_dropout: number;
  feat_proj_dropout: number;
  layerdrop: number;
  initializer_range: number;
  layer_norm_eps: number;
  feat_extract_norm: 'group' | 'layer';
  feat_extract_activation: Activation;
  feat_proj_layer_norm: boolean;
  conv_dim: number[];
  conv_stride: number[];
  conv_kernel: number[];
  conv_bias: boolean;
  num_conv_pos_embeddings: number;
  num_conv_pos_embedding_groups: number;
  /** How many frames SEW's layers see as one; 1 in other families. */
  squeeze_factor: number;
  /** Width of each of Data2Vec's positional convolutions. */
  conv_pos_kernel_size: number;
  /** Buckets of distances between frames, and from where on all are in the last one; of WavLM. */
  num_buckets: number;
  max_bucket_distance: number;
  /** Of the Conformer: how its attention sees positions, and the convolution in its layers. */
  position_embeddings_type: 'relative' | 'relative_key' | 'rotary' | 'none';
  rotary_embedding_base: number;
  /** Of Wav2Vec2-BERT: from which distance on all earlier frames count as equally far, and all later ones. */
  left_max_position_embeddings: number;
  right_max_position_embeddings: number;
  conv_depthwise_kernel_size: number;
  conformer_conv_dropout: number;
  /** Where the model takes spectrograms. */
  spectrogram?: Spectrogram;
  /**
   * Where the model takes rows of so many numbers instead of samples, as many as a clip has: each is a frame.
   * The feature encoder then counts as a convolution of one row, so that the numbers of all rows after each
   * other are counted as samples are.
   */
  row_size?: number;
  do_stable_layer_norm: boolean;
  apply_spec_augment: boolean;
  mask_time_prob: number;
  mask_time_length: number;
  mask_time_min_masks: number;
  mask_feature_prob: number;
  mask_feature_length: number;
  mask_feature_min_masks: number;
  use_weighted_layer_sum: boolean;
  /**
   * Whether the last hidden state of the sum is the encoder's output; transformers 5 lets a configuration say
   * so.
   */
  tie_last_hidden_states: boolean;
  classifier_proj_size: number;
  /** How many classes there are if the file does not name them. */
  num_labels: number;
  /** Class names by id, if the file names them. */
  id2label?: string[];
  /** Of a model that is trained with LoRA: not from the file, nor saved in one. */
  lora?: LoraConfig;
  /** The file as it was read, which a saved checkpoint carries on. */
  raw: Readonly<Record<string, unknown>>;
}

/** Rows and columns of the matrix that a model takes of a clip; undefined if it takes samples. */
export function inputShape({
  spectrogram,
  row_size,
}: Pick<ModelConfig, 'spectrogram' | 'row_size'>):
  | readonly [rows: number | undefined, columns: number]
  | undefined {
  return spectrogram?.shape ?? (row_size === undefined ? undefined : [undefined, row_size]);
}

/** The shape of clips in the form that exported graphs take: of so many, with so many numbers each. */
export function shapeOfClips(
  config: Pick<ModelConfig, 'spectrogram' | 'row_size'>,
  clips: number,
  numbers: number,
): number[] {
  const [height, width] = inputShape(config) ?? [];
  return width === undefined ? [clips, numbers] : [clips, height ?? numbers / width, width];
}

/**
 * Number of classes in the configuration: from `id2label`, otherwise `num_labels`, otherwise transformers'
 * default of 2.
 */
export function numLabels(config: ModelConfig): number {
  return config.id2label?.length ?? config.num_labels;
}

/**
 * Frames (of spectrograms: states) that the feature encoder produces from `samples` samples. Below 1 if the
 * clip is too short for one frame.
 */
export function frameCount(config: ModelConfig, samples: number): number {
  if (config.spectrogram !== undefined) return config.spectrogram.states;
  return framesByLayer(config, samples).at(-1) ?? samples;
}

/**
 * Frames that each layer of the feature encoder produces: `floor((n - kernel) / stride) + 1`, as in
 * `_get_feat_extract_output_lengths`.
 */
export function framesByLayer({ conv_kernel, conv_stride }: ModelConfig, samples: number): number[] {
  let length = samples;
  return conv_kernel.map((kernel, index) => {
    length = Math.floor((length - kernel) / conv_stride[index]!) + 1;
    return length;
  });
}

/** The fewest samples that a model takes: those of one frame, or of SEW's first group of frames. */
export function shortestInput(config: ModelConfig): number {
  return fewestSamples(config, config.squeeze_factor);
}

/** The fewest samples that make one frame (400 for wav2vec2-base). */
export function receptiveField(config: ModelConfig): number {
  return fewestSamples(config, 1);
}

/** The fewest samples that make so many frames; of a spectrogram, all its numbers. */
export function fewestSamples(config: ModelConfig, frames: number): number {
  if (config.spectrogram !== undefined) return config.spectrogram.shape[0] * config.spectrogram.shape[1];
  return config.conv_kernel.reduceRight(
    (field, kernel, index) => (field - 1) * config.conv_stride[index]! + kernel,
    frames,
  );
}
