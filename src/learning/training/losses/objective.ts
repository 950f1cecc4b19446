import type * as tf from '../../../engine/tf.js';

/** What a training minimises, and what its evaluations measure. `labels` are those of `Examples`, flat. */
export interface Objective {
  /** What clips with these labels count for in the mean over an update. */
  weightOf(labels: readonly number[]): number;
  /**
   * The targets of a batch, so many numbers a clip, flat.
   *
   * @param over What the loss is divided by: the batches of an update then add up to their mean.
   */
  targetsOf(labels: readonly number[], over: number): Float32Array;
  /** The loss of logits [clips, classes], given targets [clips, numbers a clip]. */
  lossOf(logits: tf.Tensor2D, targets: tf.Tensor2D): tf.Scalar;
  /** The metrics that track a training, of logits [rows, classes]; `loss` is the mean that it minimises. */
  measure(logits: Float32Array, labels: readonly number[]): Record<string, number>;
}
