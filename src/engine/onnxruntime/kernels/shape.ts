import type { DataType } from '../../core.js';
import { backend_util, slice_util, util } from '../../core.js';
import type { Graph } from '../graph.js';
import { aliasKernel, kernel } from '../kernel-registry.js';
import { type ElementType, sameShape, sizeOf, type Value } from '../value.js';

aliasKernel('Identity', (backend, { x }) => backend.alias(x!, x!.shape));
aliasKernel('Reshape', (backend, { x }, { shape }) => {
  const inferred = util.inferFromImplicitShape(shape, sizeOf(x!.shape)) as number[];
  util.assert(sizeOf(inferred) === sizeOf(x!.shape), () => `cannot reshape [${x!.shape}] to [${shape}]`);
  return backend.alias(x!, inferred);
});
aliasKernel('ExpandDims', (backend, { input }, { dim }) => {
  const shape = input!.shape.slice();
  if (Math.abs(dim) > shape.length + 1) return null;
  shape.splice(dim < 0 ? dim + shape.length + 1 : dim, 0, 1);
  return backend.alias(input!, shape);
});
aliasKernel(
  'Cast',
  (backend, { x }, { dtype }) => {
    if (x!.dtype === dtype) return backend.alias(x!, x!.shape);
    if (x!.dtype === 'string' || dtype === 'string') return null;
    const g = backend.graph;
    // The real parts of complex numbers.
    if (x!.dtype === 'complex64') return backend.toTensor(g.cast(backend.toValue(x!), dtype));
    if (dtype !== 'complex64') return null;
    const real = g.cast(backend.toValue(x!), 'float32');
    return backend.toTensor(real, g.expand(g.float(0), real.shape));
  },
  (g, { x }, { dtype }) => (isElementType(dtype) ? g.cast(x!, dtype) : null),
);

function isElementType(dtype: DataType): dtype is Extract<DataType, ElementType> {
  return dtype === 'float32' || dtype === 'int32' || dtype === 'bool';
}

kernel('Transpose', (g, { x }, { perm }) => g.transpose(x!, perm));
kernel('Slice', (g, { x }, { begin, size }) => {
  const [starts, sizes] = slice_util.parseSliceParams(asTensor(x!), begin, size) as [number[], number[]];
  slice_util.assertParamsValid(asTensor(x!), starts, sizes);
  return g.slice(x!, starts, sizes);
});
kernel('StridedSlice', (g, { x }, { begin, end, strides, ...masks }) => {
  const info = slice_util.sliceInfo(
    x!.shape as number[],
    begin,
    end,
    strides,
    masks.beginMask,
    masks.endMask,
    masks.ellipsisMask,
    masks.newAxisMask,
    masks.shrinkAxisMask,
  );
  const sizes = slice_util.computeOutShape(info.begin, info.end, info.strides).map((n) => Math.max(n, 0));
  return g.reshape(stridedSlice(g, x!, info.begin, info.strides, sizes), info.finalShape);
});
kernel('Reverse', (g, { x }, { dims }) => {
  const axes = util.parseAxisParam(dims, x!.shape as number[]);
  const strides = x!.shape.map((_, axis) => (axes.includes(axis) ? -1 : 1));
  const begin = x!.shape.map((dimension, axis) => (axes.includes(axis) ? dimension - 1 : 0));
  return stridedSlice(g, x!, begin, strides, x!.shape);
});

/** `size[i]` elements along each axis, from `begin[i]` in steps of `strides[i]`, which may be negative. */
function stridedSlice(
  g: Graph,
  x: Value,
  begin: readonly number[],
  strides: readonly number[],
  size: readonly number[],
): Value {
  if (strides.every((stride) => stride === 1)) return g.slice(x, begin, size);
  const ends = begin.map((start, axis) => {
    const last = start + (size[axis]! - 1) * strides[axis]!;
    const end = last + Math.sign(strides[axis]!);
    // -1 would count from the end; ONNX takes a number below all indices as "before the first".
    return end < 0 ? -1e9 : end;
  });
  const axes = begin.map((_, axis) => axis);
  return g.node('Slice', [x, g.int64(begin), g.int64(ends), g.int64(axes), g.int64(strides)], size, x.dtype);
}

function asTensor(x: Value): { shape: number[]; rank: number } & never {
  return { shape: x.shape, rank: x.shape.length } as never;
}

kernel('Concat', (g, inputs, { axis }) => concat(g, Object.values(inputs), axis));
kernel('Pack', (g, inputs, { axis }) => {
  const values = Object.values(inputs);
  if (values.some((part) => !sameShape(part.shape, values[0]!.shape))) return null;
  const parts = values.map((part) => {
    const shape = part.shape.slice();
    shape.splice(axis < 0 ? axis + shape.length + 1 : axis, 0, 1);
    return g.reshape(part, shape);
  });
  return concat(g, parts, axis < 0 ? axis + parts[0]!.shape.length : axis);
});

function concat(g: Graph, parts: readonly Value[], axisOrNegative: number): Value | null {
  const first = parts[0]!;
  const axis = util.parseAxisParam(axisOrNegative, first.shape as number[])[0]!;
  backend_util.assertParamsConsistent(
    parts.map((part) => part.shape as number[]),
    axis,
  );
  if (parts.length === 1) return first;
  if (parts.some((part) => part.dtype !== first.dtype)) return null;
  const shape = first.shape.slice();
  shape[axis] = parts.reduce((sum, part) => sum + part.shape[axis]!, 0);
  return g.node('Concat', parts, shape, first.dtype, { axis });
}

kernel('SplitV', (g, { x }, { numOrSizeSplits, axis }) => {
  const along = util.parseAxisParam(axis, x!.shape as number[])[0]!;
  const sizes = backend_util.prepareSplitSize(asTensor(x!), numOrSizeSplits, along);
  let start = 0;
  return sizes.map((size) => {
    const part = sliceAxis(g, x!, along, start, size);
    start += size;
    return part;
  });
});
kernel('Unpack', (g, { value }, { axis }) => {
  const along = axis < 0 ? axis + value!.shape.length : axis;
  const shape = value!.shape.filter((_, i) => i !== along);
  return Array.from({ length: value!.shape[along]! }, (_, i) =>
    g.reshape(sliceAxis(g, value!, along, i, 1), shape),
  );
});

function sliceAxis(g: Graph, x: Value, axis: number, start: number, length: number): Value {
  const begin = x.shape.map((_, i) => (i === axis ? start : 0));
  const size = x.shape.map((dimension, i) => (i === axis ? length : dimension));
  return g.slice(x, begin, size);
}

kernel('PadV2', (g, { x }, { paddings, constantValue }) => {
  const value = g.scalar(Number(constantValue ?? 0), x!.dtype);
  return pad(g, x!, paddings, 'constant', value);
});
kernel('MirrorPad', (g, { x }, { paddings, mode }) =>
  mode === 'reflect' ? pad(g, x!, paddings, 'reflect') : null,
);

function pad(g: Graph, x: Value, paddings: [number, number][], mode: string, value?: Value): Value {
  const shape = x.shape.map((dimension, i) => dimension + paddings[i]![0] + paddings[i]![1]);
  const pads = g.int64([...paddings.map(([before]) => before), ...paddings.map(([, after]) => after)]);
  return g.node('Pad', value ? [x, pads, value] : [x, pads], shape, x.dtype, { mode });
}

kernel('Tile', (g, { x }, { reps }) => {
  const shape = x!.shape.map((dimension, i) => dimension * reps[i]);
  if (shape.includes(0)) return null;
  if (reps.every((n: number) => n === 1)) return x!;
  const broadcasts = x!.shape.every((dimension, i) => dimension === 1 || reps[i] === 1);
  return broadcasts ? g.expand(x!, shape) : g.node('Tile', [x!, g.int64(reps)], shape, x!.dtype);
});
kernel('Fill', (g, _, { shape, value, dtype }) => {
  const type = dtype ?? 'float32';
  if (!isElementType(type)) return null;
  // An input, not a constant: a number that changes from run to run must not recompile the graph.
  const scalar =
    type === 'float32'
      ? Float32Array.of(value)
      : type === 'int32'
        ? Int32Array.of(value)
        : Uint8Array.of(value);
  return g.expand(g.input(scalar, [], type), shape);
});
kernel('ZerosLike', (g, { x }) => g.expand(g.scalar(0, x!.dtype), x!.shape));
kernel('OnesLike', (g, { x }) => g.expand(g.scalar(1, x!.dtype), x!.shape));
