import * as tf from '../../../engine/tf.js';
import { regressionMetrics } from '../regression-metrics.js';
import type { Objective } from './objective.js';

/** The mean squared error of numbers, `torch.nn.MSELoss`: labels are the values, [clips, outputs]. */
export class SquaredError implements Objective {
  readonly #outputs: number;

  constructor(outputs: number) {
    this.#outputs = outputs;
  }

  weightOf(labels: readonly number[]): number {
    return labels.length / this.#outputs;
  }

  /** Of each clip, its values, and then what each counts for. */
  targetsOf(labels: readonly number[], over: number): Float32Array {
    const outputs = this.#outputs;
    const targets = new Float32Array(2 * labels.length).fill(1 / (over * outputs));
    labels.forEach((value, index) => {
      targets[2 * index - (index % outputs)] = value;
    });
    return targets;
  }

  lossOf(logits: tf.Tensor2D, targets: tf.Tensor2D): tf.Scalar {
    const [values, weights] = tf.split(targets, 2, 1) as [tf.Tensor2D, tf.Tensor2D];
    return tf.sum(tf.mul(weights, tf.square(tf.sub(logits, values))));
  }

  measure(logits: Float32Array, labels: readonly number[]): Record<string, number> {
    const metrics = regressionMetrics(logits, labels, this.#outputs);
    return { loss: metrics.mse!, ...metrics };
  }
}
