import * as tf from '../core.js';

/** Zeros before and after a clip. */
export type Padding = readonly [before: number, after: number];

/**
 * What `groupedConv1d` computes, by way of discrete Fourier transforms: per frequency, one product of a
 * group's channels. The transforms are products, too. With long kernels it takes fewer multiplications, and
 * fewer the more of them would meet padding.
 */
export function spectralConv1d(x: tf.Tensor, w: tf.Tensor, groups: number, padding: Padding): tf.Tensor3D {
  const [clips, time, channels] = x.shape as [number, number, number];
  const [outputs, inputs, size] = w.shape as [number, number, number];
  const { frames, first, last, period } = spectralSizes(time, size, padding);
  const frequencies = (period + 1) / 2;

  const taps = tf.reshape(w, [outputs * inputs, size]);
  const kernel = tf.matMul(waves(period, size, { shift: -padding[0], first, last }), taps, false, true);
  const columns = tf.transpose(tf.reshape(x, [clips, time * channels]));
  const spectrum = tf.matMul(
    waves(period, time, { sine: -1 }),
    tf.reshape(columns, [time, channels * clips]),
  );
  // Real and imaginary parts next to each other.
  const parts = tf.concat(tf.unstack(tf.reshape(spectrum, [2, frequencies, groups, inputs, clips])), 3);
  const product = tf.matMul(
    tf.reshape(kernel, [2, frequencies, groups, outputs / groups, inputs]),
    tf.reshape(parts, [1, frequencies, groups, inputs, 2 * clips]),
  );
  const [byCosine, bySine] = tf.unstack(product) as [tf.Tensor, tf.Tensor];
  const [[a, b], [c, d]] = [byCosine, bySine].map((half) => tf.split(half, 2, 3)) as [Two, Two];
  const real = tf.reshape(tf.sub(a, d), [frequencies, outputs * clips]);
  const imaginary = tf.reshape(tf.add(b, c), [frequencies, outputs * clips]);
  const share = 2 / period;
  const back = waves(period, frames, { cosine: share, sine: -share, constant: share / 2 });
  const result = tf.matMul(back, tf.concat([real, imaginary], 0), true);
  return tf.reshape(tf.transpose(tf.reshape(result, [frames * outputs, clips])), [clips, frames, outputs]);
}

type Two = [tf.Tensor, tf.Tensor];

/**
 * The number of results, the first and the last tap that any of them needs, counted from the one that sees
 * their own place, and the period: the shortest with which no tap that sees padding would see the clip's
 * other end, made odd, so that all frequencies but 0 come in pairs.
 */
export function spectralSizes(
  time: number,
  size: number,
  [before, after]: Padding,
): { frames: number; first: number; last: number; period: number } {
  const frames = before + time + after - size + 1;
  const first = Math.max(-before, 1 - frames);
  const last = Math.min(size - 1 - before, time - 1);
  const shortest = Math.max(time - first, frames + last);
  return { frames, first, last, period: shortest + 1 - (shortest % 2) };
}

/**
 * Cosines, then sines, of 2π f (place + shift) / period by frequency f, [2 · frequencies, places]; 0 where
 * place + shift is before `first` or after `last`.
 *
 * @param options Also factors: of cosines and of sines, and of cosines at frequency 0.
 */
function waves(
  period: number,
  places: number,
  { shift = 0, first = 0, last = Number.POSITIVE_INFINITY, cosine = 1, sine = 1, constant = 1 } = {},
): tf.Tensor2D {
  const frequencies = (period + 1) / 2;
  const values = new Float32Array(2 * frequencies * places);
  for (let f = 0; f < frequencies; f++) {
    for (let i = 0; i < places; i++) {
      const place = i + shift;
      if (place < first || place > last) continue;
      const angle = ((2 * Math.PI) / period) * ((f * place) % period);
      values[f * places + i] = (f === 0 ? constant : cosine) * Math.cos(angle);
      values[(frequencies + f) * places + i] = sine * Math.sin(angle);
    }
  }
  return tf.tensor2d(values, [2 * frequencies, places]);
}
