import type { Initializer, OnnxGraph, OnnxNode, Value } from '../../graph/onnx-graph.js';
import { type LayerProduct, type Replacement, replaceLayers } from './replace-layers.js';

/**
 * The graph with layers of 8 bits (dynamic quantisation): weights per output symmetrically, what they are
 * multiplied with per tensor as it comes. Convolutions stay as they are.
 */
export function toInt8(graph: OnnxGraph): OnnxGraph {
  const quantised = new Map<string, [values: Value, scale: Value, zero: Value]>();
  return replaceLayers(graph, ({ node, x, weight }) => {
    const nodes: OnnxNode[] = [];
    let input = quantised.get(x.name);
    if (input === undefined) {
      const named = (part: string, type: Value['type']): Value => ({ name: `${x.name}_${part}`, type });
      input = [named('quantized', 'uint8'), named('scale', 'float32'), named('zero_point', 'uint8')];
      quantised.set(x.name, input);
      const name = `${node.name}/DynamicQuantizeLinear`;
      nodes.push({ name, op: 'DynamicQuantizeLinear', inputs: [x], outputs: input, attributes: {} });
    }
    const product = productOf({ node, x, weight }, input);
    return { ...product, nodes: [...nodes, ...product.nodes] };
  });
}

function productOf({ node, weight }: LayerProduct, [values, scale, zero]: readonly Value[]): Replacement {
  const [ints, scales, zeros] = quantise(weight);
  const step = (op: string, inputs: Value[], type: Value['type'], attributes = {}): OnnxNode => {
    const name = `${node.name}/${op}`;
    return { name, op, inputs, outputs: [{ name: `${name}_output_0`, type }], attributes };
  };
  const product = step('MatMulInteger', [values!, ints, zero!, zeros], 'int32');
  const cast = step('Cast', [product.outputs[0]!], 'float32', { to: 1 });
  const both = step('Mul', [scale!, scales], 'float32');
  const result: OnnxNode = {
    name: node.name,
    op: 'Mul',
    inputs: [cast.outputs[0]!, both.outputs[0]!],
    outputs: node.outputs,
    attributes: {},
  };
  return { nodes: [product, cast, both, result], initializers: [ints, scales, zeros] };
}

/** A weight [in, out] as integers, with a scale for each output. */
function quantise({
  name,
  shape,
  data,
}: Initializer): [ints: Initializer, scales: Initializer, zeros: Initializer] {
  const [rows, columns] = shape as [number, number];
  const values = data as Float32Array;
  const scales = new Float32Array(columns);
  for (let index = 0; index < values.length; index += 1) {
    const size = Math.abs(values[index]!);
    if (size > scales[index % columns]!) scales[index % columns] = size;
  }
  for (let column = 0; column < columns; column += 1) scales[column] = (scales[column]! || 1) / 127;
  const ints = new Int8Array(rows * columns);
  for (let index = 0; index < values.length; index += 1)
    ints[index] = Math.round(values[index]! / scales[index % columns]!);
  return [
    { name: `${name}_quantized`, type: 'int8', shape, data: ints },
    { name: `${name}_scale`, type: 'float32', shape: [columns], data: scales },
    { name: `${name}_zero_point`, type: 'int8', shape: [columns], data: new Int8Array(columns) },
  ];
}
