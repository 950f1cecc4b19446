import * as tf from '../core.js';
import { withGradient } from './fused-kernel.js';

/**
 * Convolution in time with three taps and stride 2, channels last, in five products for each two frames where
 * `conv1d` takes six.
 *
 * x [N, 4 R, C], taps [O, C] each; the result is [N, 2 R, O]. A clip's last frame is meaningless, because it
 * would need a frame that is not there: nothing must depend on it, so that its gradient is 0.
 *
 * With the four frames a, b, c, d of a row, the next row's first one e, and taps u, v, w, two neighbouring
 * results are u a + v b + w c and u c + v d + w e. The products of even frames are two results of a filter
 * with two taps, which Winograd's F(2, 2) computes with three products, one of them shared: with
 * m = (u + w) c, they are u (a - c) + v b + m and w (e - c) + v d + m.
 *
 * Winograd, "Arithmetic Complexity of Computations" (1980); Lavin and Gray, https://arxiv.org/abs/1509.09308
 */
export function pairedConv1d(x: tf.Tensor, taps: readonly [tf.Tensor, tf.Tensor, tf.Tensor]): tf.Tensor3D {
  const [, time, channels] = x.shape as [number, number, number];
  if (x.rank !== 3 || time % 4 !== 0 || taps.some(({ shape }) => shape[1] !== channels)) {
    throw new Error(`pairedConv1d: taps [${taps[0].shape}] do not fit input [${x.shape}]`);
  }
  return operation(x, ...taps) as tf.Tensor3D;
}

type Four = [tf.Tensor, tf.Tensor, tf.Tensor, tf.Tensor];

const operation = withGradient(([x, u, v, w], save) => {
  const [clips, time, channels] = x!.shape as [number, number, number];
  const rows = (clips * time) / 4;
  const outputs = u!.shape[0]!;
  const [a, b, c, d] = tf
    .split(tf.reshape(x!, [rows, 4, channels]), 4, 1)
    .map((frame) => tf.reshape(frame, [rows, channels])) as Four;
  const e = tf.gather(tf.reshape(x!, [4 * rows, channels]), nextRows(rows, 4));
  const first = tf.sub(a, c);
  const last = tf.sub(e, c);
  save([first, b, c, last, d, u!, v!, w!]);
  const product = (frames: tf.Tensor, tap: tf.Tensor) => tf.matMul(frames, tap, false, true);
  const shared = product(c, tf.add(u!, w!));
  const even = sum(product(first, u!), product(b, v!), shared);
  const odd = sum(product(last, w!), product(d, v!), shared);
  return {
    value: tf.reshape(tf.concat([even, odd], 1), [clips, time / 2, outputs]),
    gradient: (dy, saved) => gradients(dy, saved, [clips, time, channels]),
  };
});

function gradients(dy: tf.Tensor, saved: tf.Tensor[], shape: [number, number, number]): tf.Tensor[] {
  const [first, b, c, last, d, u, v, w] = saved as [...Four, ...Four];
  const rows = c.shape[0]!;
  const outputs = u.shape[0]!;
  const [even, odd] = tf
    .split(tf.reshape(dy, [rows, 2, outputs]), 2, 1)
    .map((frame) => tf.reshape(frame, [rows, outputs])) as [tf.Tensor, tf.Tensor];
  const both = tf.add(even, odd);

  const dFirst = tf.matMul(even, u);
  const dLast = tf.matMul(odd, w);
  const dc = tf.sub(tf.matMul(both, tf.add(u, w)), tf.add(dFirst, dLast));
  // The gradient of a clip's last odd frame is 0.
  const da = tf.add(dFirst, tf.gather(dLast, previousRows(rows)));
  const dx = tf.concat([da, tf.matMul(even, v), dc, tf.matMul(odd, v)], 1);

  const [evenT, oddT] = [tf.transpose(even), tf.transpose(odd)];
  const shared = tf.matMul(tf.add(evenT, oddT), c);
  return [
    tf.reshape(dx, shape),
    tf.add(tf.matMul(evenT, first), shared),
    tf.add(tf.matMul(evenT, b), tf.matMul(oddT, d)),
    tf.add(tf.matMul(oddT, last), shared),
  ];
}

function sum(a: tf.Tensor, b: tf.Tensor, c: tf.Tensor): tf.Tensor {
  return tf.add(tf.add(a, b), c);
}

/** The places of the first of `size` frames of each next row; the last row's is any. */
function nextRows(rows: number, size: number): tf.Tensor1D {
  return tf.tensor1d(Int32Array.from({ length: rows }, (_, row) => ((row + 1) % rows) * size));
}

/** The row before each; the first row's is the last. */
function previousRows(rows: number): tf.Tensor1D {
  return tf.tensor1d(Int32Array.from({ length: rows }, (_, row) => (row + rows - 1) % rows));
}
