import { util } from '../../core.js';
import { kernel } from '../kernel-registry.js';
import { sizeOf } from '../value.js';
import { matMul } from './matmul.js';

kernel('GatherV2', (g, { x, indices }, { axis, batchDims }) => {
  if (batchDims || indices!.dtype !== 'int32') return null;
  const along = util.parseAxisParam(axis, x!.shape as number[])[0]!;
  // Indices that are already known are checked, so that the mistake shows where it was made.
  const count = x!.shape[along]!;
  if (indices!.data?.some((index) => index < 0 || index >= count)) return null;
  const shape = [...x!.shape.slice(0, along), ...indices!.shape, ...x!.shape.slice(along + 1)];
  return g.node('Gather', [x!, indices!], shape, x!.dtype, { axis: along });
});

kernel('GatherNd', (g, { params, indices }) => {
  const depth = indices!.shape.at(-1);
  if (depth === undefined || depth === 0 || depth > params!.shape.length) return null;
  const shape = [...indices!.shape.slice(0, -1), ...params!.shape.slice(depth)];
  return g.node('GatherND', [params!, g.cast(indices!, 'int64')], shape, params!.dtype);
});

kernel('OneHot', (g, { indices }, { depth, onValue, offValue, dtype }) => {
  const type = dtype ?? 'float32';
  if (type !== 'float32' && type !== 'int32') return null;
  const classes = g.int32(Array.from({ length: depth }, (_, i) => i));
  const column = g.reshape(g.cast(indices!, 'int32'), [...indices!.shape, 1]);
  const hit = g.binary('Equal', column, classes, 'bool');
  return g.node('Where', [hit, g.scalar(onValue, type), g.scalar(offValue, type)], hit.shape, type);
});

/**
 * Up to this many comparisons, a segment sum is a product with a one-hot matrix, which GEMM computes in no
 * time.
 */
const ONE_HOT_LIMIT = 1 << 22;

kernel('UnsortedSegmentSum', (g, { x, segmentIds }, { numSegments }) => {
  const length = segmentIds!.shape[0]!;
  if (segmentIds!.shape.length !== 1 || x!.dtype !== 'float32') return null;
  const rest = x!.shape.slice(1);
  const shape = [numSegments, ...rest];
  const rows = g.reshape(x!, [length, sizeOf(rest)]);
  if (numSegments * length <= ONE_HOT_LIMIT) {
    const segments = g.int32(
      Array.from({ length: numSegments }, (_, i) => i),
      [numSegments, 1],
    );
    const member = g.binary('Equal', segments, g.reshape(segmentIds!, [1, length]), 'bool');
    return g.reshape(matMul(g, g.cast(member, 'float32'), rows)!, shape);
  }
  const places = g.node(
    'Expand',
    [g.reshape(segmentIds!, [length, 1]), g.int64(rows.shape)],
    rows.shape,
    'int32',
  );
  const zeros = g.expand(g.float(0), [numSegments, sizeOf(rest)]);
  const sums = g.node('ScatterElements', [zeros, places, rows], zeros.shape, 'float32', {
    axis: 0,
    reduction: 'add',
  });
  return g.reshape(sums, shape);
});
