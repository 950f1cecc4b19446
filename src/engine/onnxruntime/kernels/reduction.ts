import { util } from '../../core.js';
import type { Graph } from '../graph.js';
import { type Attributes, kernel } from '../kernel-registry.js';
import type { ElementType, Value } from '../value.js';

const floats: ElementType[] = ['float32'];
const numbers: ElementType[] = ['float32', 'int32'];

/** Records a reduction of `x` over `attrs.axis`, which the kernel Max calls `reductionIndices`. */
function reduce(g: Graph, op: string, x: Value, { axis, reductionIndices, keepDims }: Attributes): Value {
  const axes = util.parseAxisParam(axis ?? reductionIndices, x.shape as number[]).sort((a, b) => a - b);
  if (axes.length === 0) return x;
  const shape: number[] = [];
  x.shape.forEach((dimension, i) => {
    if (!axes.includes(i)) shape.push(dimension);
    else if (keepDims) shape.push(1);
  });
  return g.node(op, [x, g.int64(axes)], shape, x.dtype, { keepdims: keepDims ? 1 : 0 });
}

for (const [name, op] of Object.entries({ Sum: 'ReduceSum', Prod: 'ReduceProd' })) {
  kernel(name, (g, { x }, attrs) => reduce(g, op, x!, attrs), numbers);
}
for (const [name, op] of Object.entries({ Max: 'ReduceMax', Min: 'ReduceMin' })) {
  kernel(
    name,
    (g, { x }, attrs) => {
      const result = reduce(g, op, x!, attrs);
      if (x!.dtype !== 'float32') return result;
      // ONNX Runtime drops NaNs; TensorFlow.js propagates them.
      const isNan = g.cast(g.unary('IsNaN', x!, 'bool'), 'int32');
      const hasNan = g.cast(reduce(g, 'ReduceMax', isNan, attrs), 'bool');
      return g.node('Where', [hasNan, g.float(Number.NaN), result], result.shape, 'float32');
    },
    numbers,
  );
}
kernel('Mean', (g, { x }, attrs) => reduce(g, 'ReduceMean', g.cast(x!, 'float32'), attrs));
kernel('All', (g, { x }, attrs) => g.cast(reduce(g, 'ReduceMin', g.cast(x!, 'int32'), attrs), 'bool'), [
  'bool',
]);
kernel('Any', (g, { x }, attrs) => g.cast(reduce(g, 'ReduceMax', g.cast(x!, 'int32'), attrs), 'bool'), [
  'bool',
]);

for (const [name, never] of Object.entries({ ArgMax: -Infinity, ArgMin: Infinity })) {
  kernel(
    name,
    (g, { x }, { axis }) => {
      const reduced = util.parseAxisParam(axis, x!.shape as number[])[0]!;
      const shape = x!.shape.filter((_, i) => i !== reduced);
      // TensorFlow.js skips NaNs.
      const values =
        x!.dtype === 'float32'
          ? g.node('Where', [g.unary('IsNaN', x!, 'bool'), g.float(never), x!], x!.shape, 'float32')
          : x!;
      return g.cast(g.node(name, [values], shape, 'int64', { axis: reduced, keepdims: 0 }), 'int32');
    },
    numbers,
  );
}

kernel(
  'TopK',
  (g, { x }, { k }) => {
    const shape = [...x!.shape.slice(0, -1), k];
    const values = g.node('TopK', [x!, g.int64([k])], shape, x!.dtype, { axis: -1 });
    return [values, g.cast(g.output(values, 1, shape, 'int64'), 'int32')];
  },
  numbers,
);

kernel(
  'Cumsum',
  (g, { x }, { axis, exclusive, reverse }) =>
    g.node('CumSum', [x!, g.scalar(axis, 'int64')], x!.shape, x!.dtype, {
      exclusive: exclusive ? 1 : 0,
      reverse: reverse ? 1 : 0,
    }),
  numbers,
);

kernel(
  'FusedBatchNorm',
  (g, { x, scale, offset, mean, variance }, { varianceEpsilon }) => {
    const deviation = g.unary('Sqrt', g.binary('Add', variance!, g.float(varianceEpsilon ?? 0.001)));
    const normal = g.binary('Div', g.binary('Sub', x!, mean!), deviation);
    const scaled = scale ? g.binary('Mul', normal, scale) : normal;
    return offset ? g.binary('Add', scaled, offset) : scaled;
  },
  floats,
);
