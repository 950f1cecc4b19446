import * as ops from '../../engine/ops.js';
import * as tf from '../../engine/tf.js';
import { EtudeError } from '../../util/errors.js';
import type { Activation, ModelConfig } from './config.js';
import { LORA_A, LORA_B } from './lora/lora-config.js';
import { dropout, type RandomDraws } from './random-draws.js';

/** A model's parameters as tensors, by their names in transformers' state dict, shaped as in PyTorch. */
export type Weights = Readonly<Record<string, tf.Tensor>>;

/** The parameter of that name. */
export function weight<T extends tf.Tensor = tf.Tensor>(weights: Weights, name: string): T {
  const tensor = weights[name];
  if (tensor === undefined) throw new EtudeError(`the model has no parameter '${name}'`);
  return tensor as T;
}

/**
 * `nn.Linear`: `x` [..., in] times the weight [out, in] transposed, plus the bias if there is one; and, where
 * the layer has an adapter, what PEFT's `lora.Linear` adds.
 */
export function linear<T extends tf.Tensor>(
  x: T,
  weights: Weights,
  name: string,
  { lora }: Pick<ModelConfig, 'lora'>,
  draws: RandomDraws | undefined,
): T {
  const matrix = weight<tf.Tensor2D>(weights, `${name}.weight`);
  const [output, input] = matrix.shape;
  const flat = tf.reshape(x, [-1, input]) as tf.Tensor2D;
  const bias = weights[`${name}.bias`];
  let rows = bias === undefined ? tf.matMul(flat, matrix, false, true) : ops.linear(flat, matrix, bias);
  const down = weights[name + LORA_A];
  if (lora !== undefined && down !== undefined) {
    const narrow = tf.matMul(dropout(flat, lora.dropout, draws), down as tf.Tensor2D, false, true);
    const up = weight<tf.Tensor2D>(weights, name + LORA_B);
    rows = tf.add(rows, tf.matMul(tf.mul(narrow, lora.scaling), up, false, true));
  }
  return tf.reshape(rows, [...x.shape.slice(0, -1), output]) as tf.Tensor as T;
}

/** `nn.LayerNorm` over the last axis. */
export function layerNorm<T extends tf.Tensor>(x: T, weights: Weights, name: string, epsilon: number): T {
  return ops.layerNorm(x, weight(weights, `${name}.weight`), weight(weights, `${name}.bias`), epsilon) as T;
}

/** The activation functions of transformers' `ACT2FN` by name. */
export function activate<T extends tf.Tensor>(x: T, activation: Activation): T {
  switch (activation) {
    case 'gelu':
      return ops.gelu(x) as T;
    case 'gelu_new': {
      // 0.5 x (1 + tanh(sqrt(2/pi) (x + 0.044715 x³)))
      const cubic = tf.add(x, tf.mul(tf.mul(tf.square(x), x), 0.044715));
      const inner = tf.tanh(tf.mul(cubic, Math.sqrt(2 / Math.PI)));
      return tf.mul(tf.mul(x, 0.5), tf.add(inner, 1)) as T;
    }
    case 'relu':
      return tf.relu(x);
    case 'selu':
      return tf.selu(x);
    case 'silu':
      return tf.mul(x, tf.sigmoid(x)) as T;
  }
}
