import * as tf from '../core.js';
import { gradient } from './define.js';

gradient('Reshape', { inputs: ['x'], gradient: (dy, [x]) => ({ x: () => tf.reshape(dy, x!.shape) }) });
gradient('ExpandDims', {
  inputs: ['input'],
  gradient: (dy, [input]) => ({ input: () => tf.reshape(dy, input!.shape) }),
});
gradient('Transpose', {
  gradient: (dy, _, { perm }) => ({
    x: () => tf.transpose(dy, tf.backend_util.getUndoAxesPermutation(perm)),
  }),
});
gradient('Reverse', { gradient: (dy, _, { dims }) => ({ x: () => tf.reverse(dy, dims) }) });
gradient('Slice', {
  inputs: ['x'],
  gradient: (dy, [x], { begin, size }) => ({
    x: () => {
      const [starts, sizes] = tf.slice_util.parseSliceParams(x!, begin, size) as [number[], number[]];
      return tf.pad(
        dy,
        starts.map((start, axis) => [start, x!.shape[axis]! - start - sizes[axis]!] as [number, number]),
      );
    },
  }),
});
gradient('PadV2', {
  inputs: ['x'],
  gradient: (dy, [x], { paddings }) => ({
    x: () =>
      tf.slice(
        dy,
        paddings.map(([before]: [number, number]) => before),
        x!.shape,
      ),
  }),
});
gradient('Concat', {
  allInputs: true,
  gradient: (dy, parts, { axis }) => {
    const along = tf.util.parseAxisParam(axis, dy.shape)[0]!;
    let start = 0;
    return Object.fromEntries(
      parts.map((part, i) => {
        const begin = part.shape.map((_, j) => (j === along ? start : 0));
        start += part.shape[along]!;
        return [i, () => tf.slice(dy, begin, part.shape)];
      }),
    );
  },
});
gradient('Pack', {
  allInputs: true,
  gradient: (dy, parts, { axis }) =>
    Object.fromEntries(parts.map((_, i) => [i, () => tf.unstack(dy, axis)[i]!])),
});
gradient('Unpack', {
  gradient: (dy, _, { axis }) => ({ value: () => tf.stack(dy as unknown as tf.Tensor[], axis) }),
});
gradient('SplitV', {
  gradient: (dy, _, { axis }) => ({ x: () => tf.concat(dy as unknown as tf.Tensor[], axis) }),
});
gradient('Tile', {
  inputs: ['x'],
  gradient: (dy, [x], { reps }) => ({
    x: () => {
      // [a, b] repeated [m, n] times is [m, a, n, b] in memory: sum over m and n.
      const split = x!.shape.flatMap((dimension, axis) => [reps[axis] as number, dimension]);
      const repeats = x!.shape.map((_, axis) => 2 * axis);
      return tf.reshape(tf.sum(tf.reshape(dy, split), repeats), x!.shape);
    },
  }),
});
gradient('GatherV2', {
  inputs: ['x', 'indices'],
  gradient: (dy, [x, indices], { axis, batchDims }) => ({
    x: () => {
      tf.util.assert(!batchDims, () => `gather has no gradient for batchDims ${batchDims}, only for 0`);
      const along = tf.util.parseAxisParam(axis, x!.shape)[0]!;
      const places = tf.reshape(indices!, [-1]);
      const flat = tf.reshape(dy, [...x!.shape.slice(0, along), places.size, ...x!.shape.slice(along + 1)]);
      const perm = [along, ...x!.shape.map((_, i) => i).filter((i) => i !== along)];
      const sums = tf.unsortedSegmentSum(tf.transpose(flat, perm), places as tf.Tensor1D, x!.shape[along]!);
      return tf.transpose(sums, tf.backend_util.getUndoAxesPermutation(perm));
    },
    indices: () => tf.zerosLike(tf.cast(indices!, 'float32')),
  }),
});
gradient('UnsortedSegmentSum', {
  inputs: ['segmentIds'],
  gradient: (dy, [segmentIds]) => ({
    x: () => tf.gather(dy, segmentIds as tf.Tensor1D),
    segmentIds: () => tf.zerosLike(tf.cast(segmentIds!, 'float32')),
  }),
});
