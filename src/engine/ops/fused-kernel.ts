import * as tf from '../core.js';

/**
 * Runs a kernel that only some engines have (see `onnxruntime/kernels/fused.ts`), or returns null if the
 * active one does not.
 */
export function fusedKernel(
  name: string,
  inputs: Record<string, tf.Tensor>,
  attrs: tf.NamedAttrMap = {},
): tf.Tensor[] | null {
  if (!tf.getKernel(name, tf.getBackend())) return null;
  const result = tf.engine().runKernel(name, inputs, attrs) as tf.Tensor | tf.Tensor[];
  return Array.isArray(result) ? result : [result];
}

type Save = (tensors: tf.Tensor[]) => void;
type Gradient = (dy: tf.Tensor, saved: tf.Tensor[]) => tf.Tensor | tf.Tensor[];

/** `tf.customGrad`, typed for any number of tensors. The gradient sees only saved tensors. */
export function withGradient(
  forward: (inputs: tf.Tensor[], save: Save) => { value: tf.Tensor; gradient: Gradient },
): (...inputs: tf.Tensor[]) => tf.Tensor {
  const op = tf.customGrad((...args) => {
    const inputs = args.slice(0, -1) as tf.Tensor[];
    const { value, gradient } = forward(inputs, args.at(-1) as unknown as Save);
    return { value, gradFunc: gradient as (dy: tf.Tensor, saved: tf.Tensor[]) => tf.Tensor };
  });
  return op as (...inputs: tf.Tensor[]) => tf.Tensor;
}
