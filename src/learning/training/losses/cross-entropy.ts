import * as tf from '../../../engine/tf.js';
import { classificationMetrics, crossEntropy, predictions } from '../metrics.js';
import { type NamedMetrics, namedMetrics } from '../named-metrics.js';
import type { Objective } from './objective.js';
import { targetsOf } from './targets.js';

/** Added to 1 − p, which rounding may make 0, before its logarithm is taken. */
const TINY = 1e-12;

export interface CrossEntropyOptions {
  /** Share of the target that is spread over all classes. */
  smoothing?: number;
  /** Weight of each class. */
  weights?: readonly number[];
  /** Exponent of the focal loss; 0 is cross-entropy. */
  gamma?: number;
  /** Further metrics that track a training. */
  measured?: NamedMetrics;
}

/**
 * Cross-entropy of one class a clip: that of transformers, smoothed as its `LabelSmoother` does; with weights
 * that of `torch.nn.CrossEntropyLoss(weight, label_smoothing)`, whose mean is weighted by the clips' classes;
 * with gamma the focal loss, −Σ target (1 − p)^gamma log p (Lin et al., 2017).
 */
export class CrossEntropy implements Objective {
  readonly #names: readonly string[];
  readonly #options: CrossEntropyOptions;

  /** @param names Class names by number. */
  constructor(names: readonly string[], options: CrossEntropyOptions = {}) {
    this.#names = names;
    this.#options = options;
  }

  weightOf(labels: readonly number[]): number {
    const { weights } = this.#options;
    if (weights === undefined) return labels.length;
    return labels.reduce((sum, label) => sum + weights[label]!, 0);
  }

  targetsOf(labels: readonly number[], over: number): Float32Array {
    const { smoothing = 0, weights } = this.#options;
    return targetsOf(labels, this.#names.length, smoothing, over, weights);
  }

  lossOf(logits: tf.Tensor2D, targets: tf.Tensor2D): tf.Scalar {
    const { gamma = 0 } = this.#options;
    const logs = tf.logSoftmax(logits);
    if (gamma === 0) return tf.neg(tf.sum(tf.mul(logs, targets)));
    const rest = tf.add(tf.relu(tf.sub(1, tf.softmax(logits))), TINY);
    const focus = tf.exp(tf.mul(tf.log(rest), gamma));
    return tf.neg(tf.sum(tf.mul(tf.mul(focus, logs), targets)));
  }

  measure(logits: Float32Array, labels: readonly number[]): Record<string, number> {
    const names = this.#names;
    const { predicted } = predictions(logits, names.length);
    const { accuracy, f1_macro, f1_weighted } = classificationMetrics(labels, predicted, names);
    const named = namedMetrics(this.#options.measured ?? {}, { labels, predicted, logits, names });
    return { loss: this.#mean(logits, labels), accuracy, f1_macro, f1_weighted, ...named };
  }

  /** The loss in float64. */
  #mean(logits: Float32Array, labels: readonly number[]): number {
    const { smoothing = 0, weights, gamma = 0 } = this.#options;
    if (weights === undefined && gamma === 0) return crossEntropy(logits, labels, smoothing);
    const classes = this.#names.length;
    let total = 0;
    labels.forEach((label, row) => {
      const values = logits.subarray(row * classes, (row + 1) * classes);
      const most = values.reduce((one, other) => Math.max(one, other), Number.NEGATIVE_INFINITY);
      const log = most + Math.log(values.reduce((sum, value) => sum + Math.exp(value - most), 0));
      values.forEach((value, id) => {
        const target = (id === label ? 1 - smoothing : 0) + smoothing / classes;
        const focus = (1 - Math.exp(value - log)) ** gamma;
        total += target * (weights?.[id] ?? 1) * focus * (log - value);
      });
    });
    return total / this.weightOf(labels);
  }
}
