import { halvesOf } from '../../../util/half-precision.js';
import type { Initializer, OnnxGraph, OnnxNode, Value } from '../../graph/onnx-graph.js';

/** What is computed with 16 bits wherever it occurs: products, with the weights of the layers. */
const PRODUCTS: ReadonlySet<string> = new Set(['MatMul', 'Conv']);

/** What is computed with 16 bits if something that it takes has 16 bits. */
const FOLLOWING: ReadonlySet<string> = new Set([
  ...['Add', 'Sub', 'Mul', 'Neg', 'Gelu', 'Relu', 'Sigmoid', 'AveragePool'],
  ...['Concat', 'Expand', 'Pad', 'Reshape', 'Slice', 'Split', 'Squeeze', 'Transpose', 'Unsqueeze'],
]);

/** `TensorProto.DataType`. */
const NUMBER = { float32: 1, float16: 10 } as const;

/**
 * The graph with numbers of 16 bits, weights included. Everything else (normalisations, softmax, means,
 * angles of positions) has 32 bits, which 16 are too few for; so have inputs and outputs.
 */
export function toHalf(graph: OnnxGraph): OnnxGraph {
  const nodes: OnnxNode[] = [];
  const initializers = new Map<string, Initializer>();
  /** Values that have 16 bits now, and casts that there are, by name. */
  const halves = new Set<string>();
  const casts = new Map<string, Value>();

  const cast = (value: Value, type: 'float32' | 'float16'): Value => {
    const name = `${value.name}_${type}`;
    const made = casts.get(name) ?? { name, type };
    if (!casts.has(name))
      nodes.push({
        name: `/Cast/${name}`,
        op: 'Cast',
        inputs: [value],
        outputs: [made],
        attributes: { to: NUMBER[type] },
      });
    casts.set(name, made);
    return made;
  };

  /** A stored tensor; one that is needed with both numbers of bits is stored twice. */
  const stored = (initializer: Initializer, type: 'float32' | 'float16'): Value => {
    const { name } = initializer;
    const other = initializers.get(name);
    const own = other === undefined || other.type === type ? name : `${name}_${type}`;
    const made =
      initializers.get(own) ??
      (type === 'float32'
        ? { ...initializer, name: own }
        : { ...initializer, name: own, type, data: halvesOf(initializer.data as Float32Array) });
    initializers.set(own, made);
    return made;
  };

  for (const node of graph.nodes) {
    const isHalf =
      PRODUCTS.has(node.op) || (FOLLOWING.has(node.op) && node.inputs.some(({ name }) => halves.has(name)));
    const type = isHalf ? 'float16' : 'float32';
    const inputs = node.inputs.map((input) => {
      const initializer = graph.initializers.get(input.name);
      if (input.type !== 'float32') {
        if (initializer !== undefined) initializers.set(input.name, initializer);
        return input;
      }
      if (initializer !== undefined) return stored(initializer, type);
      const now: Value = halves.has(input.name) ? { ...input, type: 'float16' } : input;
      return now.type === type ? now : cast(now, type);
    });
    const outputs = node.outputs.map((output): Value => {
      if (!isHalf || output.type !== 'float32') return output;
      halves.add(output.name);
      return { ...output, type };
    });
    nodes.push({ ...node, inputs, outputs });
  }
  return { ...graph, nodes, initializers };
}
