import * as tf from '../../engine/tf.js';
import type { Model, ModelWeights } from '../model/model.js';

/** The weights as tensors on the engine, to be disposed of by the caller. */
export function upload(weights: ModelWeights): Record<string, tf.Tensor> {
  return Object.fromEntries(
    Object.entries(weights).map(([name, { shape, data }]) => [name, tf.tensor(data, shape, 'float32')]),
  );
}

/** Builds tensors on the weights in place. */
export function withWeights<T>(model: Model, build: (weights: Record<string, tf.Tensor>) => T): T {
  const weights = upload(model.weights);
  try {
    return build(weights);
  } finally {
    tf.dispose(weights);
  }
}
