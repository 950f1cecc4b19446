import * as tf from '../../../engine/tf.js';
import { multiLabelMetrics } from '../multi-label-metrics.js';
import type { Objective } from './objective.js';

export interface BinaryCrossEntropyOptions {
  /** What the clips that have a label count for, by label: `pos_weight` in PyTorch. */
  weights?: readonly number[];
  /** Exponent of the focal loss; 0 is cross-entropy. */
  gamma?: number;
}

/**
 * Cross-entropy of each label by itself, where a clip may have several or none: labels are 0 or 1, [clips,
 * classes]. That of `torch.nn.BCEWithLogitsLoss(pos_weight)`, the mean over clips and labels; with gamma the
 * focal loss (Lin et al., 2017).
 */
export class BinaryCrossEntropy implements Objective {
  readonly #classes: number;
  readonly #options: BinaryCrossEntropyOptions;

  constructor(classes: number, options: BinaryCrossEntropyOptions = {}) {
    this.#classes = classes;
    this.#options = options;
  }

  weightOf(labels: readonly number[]): number {
    return labels.length / this.#classes;
  }

  /** Of each clip, what having each label counts for, and then what not having it does. */
  targetsOf(labels: readonly number[], over: number): Float32Array {
    const { weights } = this.#options;
    const classes = this.#classes;
    const targets = new Float32Array(2 * labels.length);
    labels.forEach((label, index) => {
      const id = index % classes;
      const at = 2 * (index - id) + id;
      targets[at] = (label * (weights?.[id] ?? 1)) / (over * classes);
      targets[at + classes] = (1 - label) / (over * classes);
    });
    return targets;
  }

  lossOf(logits: tf.Tensor2D, targets: tf.Tensor2D): tf.Scalar {
    const { gamma = 0 } = this.#options;
    const [having, lacking] = tf.split(targets, 2, 1) as [tf.Tensor2D, tf.Tensor2D];
    // −log p and −log(1 − p); (1 − p)^gamma is exp(gamma log(1 − p)).
    const present = tf.softplus(tf.neg(logits));
    const absent = tf.softplus(logits);
    const focused = (loss: tf.Tensor, other: tf.Tensor) =>
      gamma === 0 ? loss : tf.mul(loss, tf.exp(tf.mul(other, -gamma)));
    const sum = (weight: tf.Tensor, loss: tf.Tensor) => tf.sum(tf.mul(weight, loss));
    return tf.add(sum(having, focused(present, absent)), sum(lacking, focused(absent, present)));
  }

  measure(logits: Float32Array, labels: readonly number[]): Record<string, number> {
    const { metrics } = multiLabelMetrics(logits, labels, new Array(this.#classes).fill(0.5));
    return { loss: this.#mean(logits, labels), ...metrics };
  }

  /** The loss in float64. */
  #mean(logits: Float32Array, labels: readonly number[]): number {
    const { weights, gamma = 0 } = this.#options;
    const total = labels.reduce((sum, label, index) => {
      const [present, absent] = [softplus(-logits[index]!), softplus(logits[index]!)];
      const weight = weights?.[index % this.#classes] ?? 1;
      const having = label * weight * Math.exp(-gamma * absent) * present;
      return sum + having + (1 - label) * Math.exp(-gamma * present) * absent;
    }, 0);
    return total / labels.length;
  }
}

function softplus(value: number): number {
  return Math.max(value, 0) + Math.log1p(Math.exp(-Math.abs(value)));
}
