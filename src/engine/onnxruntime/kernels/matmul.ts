import { backend_util } from '../../core.js';
import { broadcast, type Graph } from '../graph.js';
import { kernel } from '../kernel-registry.js';
import type { Value } from '../value.js';
import { activation } from './activation.js';

/**
 * The product of the last two axes of `a` and `b`, each transposed first if requested. Returns null if they
 * do not match, so that the fallback throws TensorFlow.js's own error.
 */
export function matMul(g: Graph, a: Value, b: Value, transposeA = false, transposeB = false): Value | null {
  if (a.shape.at(transposeA ? -2 : -1) !== b.shape.at(transposeB ? -1 : -2)) return null;
  const rows = a.shape.at(transposeA ? -1 : -2)!;
  const columns = b.shape.at(transposeB ? -2 : -1)!;
  const batch = broadcast(a.shape.slice(0, -2), b.shape.slice(0, -2));
  const shape = [...batch, rows, columns];
  // ONNX Runtime's product of a transposed matrix is a quarter slower than transposing a big one first.
  if (transposeA && a.shape.length === 2 && a.size >= BIG) return matMul(g, swap(g, a), b, false, transposeB);
  if (!g.fusesTransposes) {
    return g.node('MatMul', [transposeA ? swap(g, a) : a, transposeB ? swap(g, b) : b], shape, a.dtype);
  }
  return transposeA || transposeB
    ? g.node('ms.FusedMatMul', [a, b], shape, a.dtype, {
        transA: transposeA ? 1 : 0,
        transB: transposeB ? 1 : 0,
      })
    : g.node('MatMul', [a, b], shape, a.dtype);
}

/** The number of elements from which a matrix is big. */
const BIG = 2 ** 16;

/** Swaps the last two axes. */
function swap(g: Graph, x: Value): Value {
  const rank = x.shape.length;
  return g.transpose(x, [...Array(rank - 2).keys(), rank - 1, rank - 2]);
}

kernel(
  'BatchMatMul',
  (g, { a, b }, { transposeA, transposeB }) => matMul(g, a!, b!, transposeA, transposeB),
  ['float32'],
);

kernel(
  '_FusedMatMul',
  (g, { a, b, bias, preluActivationWeights }, { transposeA, transposeB, activation: name }) => {
    if (preluActivationWeights) return null;
    const product = matMul(g, a!, b!, transposeA, transposeB);
    return product && activation(g, name, bias ? g.binary('Add', product, bias) : product);
  },
  ['float32'],
);

kernel(
  'Einsum',
  (g, inputs, { equation }) => {
    const operands = Object.values(inputs);
    const { allDims, summedDims, idDims } = backend_util.decodeEinsumEquation(equation, operands.length);
    backend_util.checkEinsumDimSizes(allDims.length, idDims, operands as never);
    const sizes: number[] = [];
    idDims.forEach((dims, i) => {
      dims.forEach((dim, axis) => {
        sizes[dim] = operands[i]!.shape[axis]!;
      });
    });
    // The result's dimensions come first.
    const shape = sizes.slice(0, allDims.length - summedDims.length);
    return g.node('Einsum', operands, shape, 'float32', { equation: equation.replaceAll(/\s/g, '') });
  },
  ['float32'],
);
