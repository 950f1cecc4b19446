import * as tf from '../core.js';

/**
 * Sums a gradient over the axes along which an operand of shape `shape` was broadcast. Always a tensor of its
 * own: TensorFlow.js disposes of an operand's gradient once it has added another one to it.
 */
export function unbroadcast(dy: tf.Tensor, shape: number[]): tf.Tensor {
  if (tf.util.arraysEqual(dy.shape, shape)) return tf.clone(dy);
  const axes = tf.broadcast_util.getReductionAxes(shape, dy.shape);
  const sum = axes.length > 0 ? tf.sum(dy, axes) : dy;
  return tf.reshape(sum, shape);
}

/** The shape of a reduction's result with the reduced axes kept as 1. */
export function keptShape(shape: number[], axis: number | number[]): number[] {
  const axes = tf.util.parseAxisParam(axis, shape);
  return shape.map((dimension, i) => (axes.includes(i) ? 1 : dimension));
}

type Saved = tf.Tensor[];
// biome-ignore lint/suspicious/noExplicitAny: TensorFlow.js types a kernel's attributes no further.
export type Attributes = Record<string, any>;
type Gradients = Record<string | number, () => tf.Tensor>;

/** What the gradient of a kernel needs, and its function from `dy` to the inputs' gradients. */
export interface Gradient {
  inputs?: string[];
  /** All inputs of a kernel that takes a list. */
  allInputs?: boolean;
  outputs?: boolean[];
  gradient(dy: tf.Tensor, saved: Saved, attrs: Attributes): Gradients;
}

const defined: tf.GradConfig[] = [];

/** Registers the gradient of a kernel unless it has one. */
export function gradient(kernelName: string, { inputs, allInputs, outputs, gradient }: Gradient): void {
  if (tf.getGradient(kernelName)) return;
  defined.push({
    kernelName,
    inputsToSave: inputs,
    saveAllInputs: allInputs,
    outputsToSave: outputs,
    gradFunc: (dy, saved, attrs) => gradient(dy as tf.Tensor, saved, attrs as Attributes),
  });
  tf.registerGradient(defined.at(-1)!);
}

/**
 * Registers the gradients defined here again, in place of those that a package loaded later has registered.
 */
export function registerGradients(): void {
  for (const config of defined) tf.registerGradient(config);
}

/** The gradient of an elementwise kernel of `x`, from `x`. */
export function fromInput(
  kernelName: string,
  dx: (dy: tf.Tensor, x: tf.Tensor, attrs: Attributes) => tf.Tensor,
): void {
  gradient(kernelName, { inputs: ['x'], gradient: (dy, [x], attrs) => ({ x: () => dx(dy, x!, attrs) }) });
}

/** The gradient of an elementwise kernel of `x`, from its result. */
export function fromOutput(kernelName: string, dx: (dy: tf.Tensor, y: tf.Tensor) => tf.Tensor): void {
  gradient(kernelName, { outputs: [true], gradient: (dy, [y]) => ({ x: () => dx(dy, y!) }) });
}

/** Registers the gradient of kernels of `x` that are constant almost everywhere. */
export function zero(...kernelNames: string[]): void {
  for (const name of kernelNames) gradient(name, { gradient: (dy) => ({ x: () => tf.zerosLike(dy) }) });
}
