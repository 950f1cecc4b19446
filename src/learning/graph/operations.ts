import type { GraphBuilder } from './graph-builder.js';
import type { Value } from './onnx-graph.js';

/** Size of an axis, as a list of one integer. */
export function sizeOf(g: GraphBuilder, x: Value, axis: number): Value {
  return g.node('Shape', [x], { type: 'int64', attributes: { start: axis, end: axis + 1 } });
}

/** The integers below a number, from 0, given as a list of one integer. */
export function rangeTo(g: GraphBuilder, end: Value): Value {
  return g.node('Range', [g.integer(0), g.node('Squeeze', [end]), g.integer(1)]);
}

/** Another shape of the same size: 0 for an axis that stays, -1 for one that follows from the others. */
export function reshape(g: GraphBuilder, x: Value, shape: readonly number[] | Value): Value {
  return g.node('Reshape', [x, 'name' in shape ? shape : g.integers(shape)]);
}

/** The axes in another order. */
export function transpose(g: GraphBuilder, x: Value, perm: readonly number[]): Value {
  return g.node('Transpose', [x], { attributes: { perm } });
}

/** New axes of size 1. */
export function unsqueeze(g: GraphBuilder, x: Value, axes: readonly number[]): Value {
  return g.node('Unsqueeze', [x, g.integers(axes)]);
}

/** What lies on an axis between two places; ends are numbers, or lists of one integer. */
export function slice(
  g: GraphBuilder,
  x: Value,
  axis: number,
  [start, end]: readonly [start: number | Value, end: number | Value],
): Value {
  const list = (place: number | Value) => (typeof place === 'number' ? g.integers([place]) : place);
  return g.node('Slice', [x, list(start), list(end), g.integers([axis])]);
}

/** Values one after the other on an axis. */
export function concat(g: GraphBuilder, values: readonly Value[], axis: number): Value {
  return g.node('Concat', values, { attributes: { axis } });
}

/** Two values added, subtracted, … element by element. */
export function binary(g: GraphBuilder, op: 'Add' | 'Sub' | 'Mul' | 'Div', a: Value, b: Value): Value {
  return g.node(op, [a, b]);
}

/** The product with a constant. */
export function scaled(g: GraphBuilder, x: Value, factor: number): Value {
  return binary(g, 'Mul', x, g.number(factor));
}

/** Two values of an axis, cut in the middle. */
export function halves(g: GraphBuilder, x: Value, axis: number): [Value, Value] {
  return g.nodes('Split', [x], 2, { attributes: { axis, num_outputs: 2 } }) as [Value, Value];
}

/** As floats. */
export function toFloat(g: GraphBuilder, x: Value): Value {
  return g.node('Cast', [x], { type: 'float32', attributes: { to: 1 } });
}

/** How a convolution goes over its axes; pads are all those before, then all those after. */
export interface Steps {
  strides?: readonly number[];
  pads?: readonly number[];
  group?: number;
}

/** A convolution, channels first; the weight and bias are parameters of the module. */
export function convolution(
  g: GraphBuilder,
  [x, kernel, bias]: readonly [x: Value, kernel: Value, bias?: Value],
  attributes: Steps,
): Value {
  const inputs = bias === undefined ? [x, kernel] : [x, kernel, bias];
  return g.node('Conv', inputs, { attributes: { ...attributes } });
}

/**
 * A convolution in time, of [clips, channels, frames]. In a session it goes over images of height 1, for
 * which ONNX Runtime has faster kernels.
 */
export function convolutionInTime(
  g: GraphBuilder,
  [x, kernel, bias]: readonly [x: Value, kernel: Value, bias?: Value],
  { strides: [stride = 1] = [], pads: [before, after] = [0, 0], group }: Steps,
): Value {
  const steps = { strides: [stride], pads: [before!, after!], ...(group && { group }) };
  if (g.target === 'file') return convolution(g, [x, kernel, bias], steps);
  const image = g.node('Unsqueeze', [x, g.integers([2])]);
  const strides = [1, stride];
  const pads = [0, before!, 0, after!];
  const flat = convolution(g, [image, g.asImage(kernel), bias], { ...steps, strides, pads });
  return g.node('Squeeze', [flat, g.integers([2])]);
}
