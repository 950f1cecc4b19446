import type * as tf from '../../../engine/tf.js';
import type { ModelConfig } from '../config.js';
import type { ConfigReader } from '../config-reader.js';
import type { Drawing } from '../drawing.js';
import type { Weights } from '../layers.js';
import type { ParameterSpec } from '../parameter-spec.js';

/** What sets a family of models apart; all else is as in Wav2Vec2. */
export interface Family {
  /** The class of transformers that reads what is saved. */
  readonly architecture: string;
  /** Reads what its configuration has beyond Wav2Vec2's, or means otherwise. */
  readonly read?: (read: ConfigReader) => Partial<ModelConfig>;
  /** Whether a new feature encoder starts like all other layers, and not as Wav2Vec2's does. */
  readonly usualInit?: boolean;
  /** Whether `masked_spec_embed` is there even where nothing is masked. */
  readonly alwaysMaskEmbedding?: boolean;
  /** The lowest layer that layerdrop may skip. */
  readonly firstDroppedLayer?: number;
  /** Whether a clip's result depends on how far it is padded, in spite of an attention mask. */
  readonly seesPadding?: boolean;
  /** Whether SpecAugment masks padding like all else, in spite of an attention mask. */
  readonly masksPadding?: boolean;
  /** Names of the feature projection's parts after the prefix; without a linear one, it only normalises. */
  readonly projection?: (config: ModelConfig) => { norm: string; linear: string | undefined };
  readonly positions: PositionEmbedding;
  /** The way back to all frames, where the positions left fewer. */
  readonly upsampling?: Upsampling;
  readonly attention?: AttentionVariant;
}

/** What the hidden states become before the first layer, so that positions count. */
export interface PositionEmbedding {
  /** Names begin after the encoder's prefix. */
  parameters(config: ModelConfig): ParameterSpec[];
  /** Kernels of its convolutions, [out, in / groups, time]: they depend on the weights alone. */
  kernels(weights: Weights, config: ModelConfig): tf.Tensor3D[];
  /**
   * @param x [clips, frames, hidden]; so is the result, or it is of fewer frames.
   * @param given Those of `kernels`, and `ForwardOptions.length`.
   */
  enter(
    x: tf.Tensor3D,
    weights: Weights,
    config: ModelConfig,
    given: { kernels: readonly tf.Tensor3D[]; samples: Float32Array | undefined },
  ): tf.Tensor3D;
}

/** What makes states of all frames again. */
export interface Upsampling {
  /** Names begin after the encoder's prefix. */
  parameters(config: ModelConfig): ParameterSpec[];
  /**
   * @param x The last layer's states, [clips, groups, hidden].
   * @param frames How many there are to be.
   * @param options Those of the forward pass.
   */
  restore(
    x: tf.Tensor3D,
    weights: Weights,
    config: ModelConfig,
    frames: number,
    options: { length?: Float32Array; drawing?: Drawing },
  ): tf.Tensor3D;
}

/** What a family's attention adds to the scores. */
export interface AttentionVariant {
  /** Parameters of the attention of a layer; names begin after its prefix. */
  parameters(config: ModelConfig, layer: number): ParameterSpec[];
  /** Computes once a forward pass what all layers share. */
  scores(weights: Weights, config: ModelConfig, frames: number): LayerScores;
}

/**
 * What a layer adds to its scores, [clips, heads, frames, frames].
 *
 * @param x What its attention sees, [clips, frames, hidden].
 * @param name Prefix of the attention's parameters, without the last dot.
 */
export type LayerScores = (x: tf.Tensor3D, name: string) => tf.Tensor4D;
