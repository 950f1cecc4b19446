import type { Activation } from '../../model/config.js';
import type { GraphBuilder } from '../graph-builder.js';
import type { Value } from '../onnx-graph.js';
import { binary } from '../operations.js';

/**
 * `nn.Linear` over the last axis.
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
    const product = weighted(g, x, `${name}.weight`, { isLayer: !isExact });
    return g.has(`${name}.bias`) ? binary(g, 'Add', product, g.weight(`${name}.bias`)) : product;
  });
}

/**
 * The product with a weight [out, in], or [out, in, 1]. MatMul takes it transposed, [in, out], as a file has
 * it; a session packs it anew in any case, and takes it as the checkpoint has it.
 */
export function weighted(g: GraphBuilder, x: Value, name: string, { isLayer }: { isLayer: boolean }): Value {
  if (g.target === 'file') return g.node('MatMul', [x, transposed(g, name)], { isLayer });
  const [rows, columns] = g.read(name).shape as [number, number];
  const attributes = { transB: 1 };
  const options = { attributes, isLayer, domain: 'com.microsoft' } as const;
  return g.node('FusedMatMul', [x, g.weight(name, [rows, columns])], options);
}

function transposed(g: GraphBuilder, name: string): Value {
  const { shape, data } = g.read(name);
  const [rows, columns] = shape as [number, number];
  const turned = new Float32Array(rows * columns);
  for (let row = 0; row < rows; row += 1)
    for (let column = 0; column < columns; column += 1)
      turned[column * rows + row] = data[row * columns + column]!;
  return g.stored(name, [columns, rows], turned);
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
