import type { Activation } from '../../model/config.js';
import type { GraphBuilder } from '../graph/graph-builder.js';
import type { Value } from '../graph/onnx-graph.js';
import { binary } from '../graph/operations.js';

/**
 * `nn.Linear` over the last axis. The weight is stored transposed, [in, out], as MatMul takes it.
 *
 * @param options `isExact`: it is never quantised.
 */
export function linear(
  g: GraphBuilder,
  x: Value,
  name: string,
  { isExact = false }: { isExact?: boolean } = {},
): Value {
  return g.within(name, () => {
    const product = g.node('MatMul', [x, transposedWeight(g, `${name}.weight`)], { isLayer: !isExact });
    return g.has(`${name}.bias`) ? binary(g, 'Add', product, g.weight(`${name}.bias`)) : product;
  });
}

/** A weight [out, in], or [out, in, 1], as [in, out]. */
export function transposedWeight(g: GraphBuilder, name: string): Value {
  const { shape, data } = g.read(name);
  const [rows, columns] = shape as [number, number];
  const transposed = new Float32Array(rows * columns);
  for (let row = 0; row < rows; row += 1)
    for (let column = 0; column < columns; column += 1)
      transposed[column * rows + row] = data[row * columns + column]!;
  return g.stored(name, [columns, rows], transposed);
}

/** `nn.LayerNorm` over the last axis. */
export function layerNorm(g: GraphBuilder, x: Value, name: string, epsilon: number): Value {
  return g.within(name, () =>
    g.node('LayerNormalization', [x, g.weight(`${name}.weight`), g.weight(`${name}.bias`)], {
      attributes: { axis: -1, epsilon: { float: epsilon } },
    }),
  );
}

/** The activation functions of transformers by name. */
export function activate(g: GraphBuilder, x: Value, activation: Activation): Value {
  switch (activation) {
    case 'gelu':
      return g.node('Gelu', [x]);
    case 'gelu_new':
      return g.node('Gelu', [x], { attributes: { approximate: 'tanh' } });
    case 'relu':
      return g.node('Relu', [x]);
    case 'selu':
      return g.node('Selu', [x]);
    case 'silu':
      return binary(g, 'Mul', x, g.node('Sigmoid', [x]));
  }
}
