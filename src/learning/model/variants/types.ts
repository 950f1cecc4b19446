import type * as tf from '../../../engine/tf.js';
import type { ModelConfig } from '../config.js';
import type { Weights } from '../layers.js';
import type { RandomDraws } from '../random-draws.js';

/** Adds positions to the hidden states before the first layer. */
export interface PositionEmbedding {
  /** Kernels of its convolutions, [out, in / groups, time], which depend on the weights alone. */
  kernels(weights: Weights, config: ModelConfig): tf.Tensor3D[];
  /**
   * @param x [clips, frames, hidden]; the result has the same shape, or fewer frames.
   * @param given The result of `kernels`, and `ForwardOptions.length`.
   */
  enter(
    x: tf.Tensor3D,
    weights: Weights,
    config: ModelConfig,
    given: { kernels: readonly tf.Tensor3D[]; samples: Float32Array | undefined },
  ): tf.Tensor3D;
}

/** Restores the states of all frames. */
export interface Upsampling {
  /**
   * @param x The last layer's states, [clips, groups, hidden].
   * @param frames The number of frames to restore.
   * @param options Those of the forward pass.
   */
  restore(
    x: tf.Tensor3D,
    weights: Weights,
    config: ModelConfig,
    frames: number,
    options: { length?: Float32Array; draws?: RandomDraws },
  ): tf.Tensor3D;
}

/** A feature encoder that is not Wav2Vec2's. */
export interface FeatureEncoder {
  /**
   * @param inputs What the feature extractor makes of a clip, all numbers of it in a row, [clips, numbers].
   * @returns [clips, frames, hidden].
   */
  encode(inputs: tf.Tensor2D, weights: Weights, config: ModelConfig): tf.Tensor3D;
}

/** A head that is not Wav2Vec2's. */
export interface Head {
  /** What of a clip's states is classified, [clips, hidden]. */
  pool(states: tf.Tensor3D): tf.Tensor2D;
  /** Logits of it, [clips, labels]. */
  classify(
    pooled: tf.Tensor2D,
    weights: Weights,
    config: ModelConfig,
    draws: RandomDraws | undefined,
  ): tf.Tensor2D;
}

/** Layers of another kind than Wav2Vec2's. */
export interface LayerVariant {
  /**
   * Computes, once per forward pass, what all layers share.
   *
   * @param frames The number of frames of the states.
   * @param samples `ForwardOptions.length`.
   */
  layers(weights: Weights, config: ModelConfig, frames: number, samples: Float32Array | undefined): Layer;
}

/**
 * A layer, from [clips, frames, hidden] to the same.
 *
 * @param name Prefix of its parameters, without the last dot.
 */
export type Layer = (
  x: tf.Tensor3D,
  name: string,
  added: AddedScores,
  draws: RandomDraws | undefined,
) => tf.Tensor3D;

/** What is added to the scores of all layers, and what each makes for itself. */
export interface AddedScores {
  /** [clips, 1, 1, frames]: 0, or hugely negative for padded frames. */
  mask?: tf.Tensor4D;
  /** Of a family whose attention sees positions. */
  positions?: LayerScores;
}

/** What a family's attention adds to its scores. */
export interface AttentionVariant {
  /** Computes, once per forward pass, what all layers share. */
  scores(weights: Weights, config: ModelConfig, frames: number): LayerScores;
}

/**
 * What a layer adds to its scores, [clips, heads, frames, frames].
 *
 * @param x What its attention sees, [clips, frames, hidden].
 * @param name Prefix of the attention's parameters, without the last dot.
 */
export type LayerScores = (x: tf.Tensor3D, name: string) => tf.Tensor4D;
