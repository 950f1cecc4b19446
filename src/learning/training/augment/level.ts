/** Root mean square of samples. */
export function rootMeanSquare(samples: Float32Array): number {
  let sum = 0;
  for (let i = 0; i < samples.length; i++) sum += samples[i]! * samples[i]!;
  return Math.sqrt(sum / samples.length);
}

/** Samples times a factor. */
export function scaled(samples: Float32Array, factor: number): Float32Array {
  const louder = new Float32Array(samples.length);
  for (let i = 0; i < samples.length; i++) louder[i] = samples[i]! * factor;
  return louder;
}

/**
 * Adds noise at a signal-to-noise ratio, as `torchaudio.functional.add_noise`: the ratio of the root mean
 * squares, both over the whole clip. Where one of them is silent, the clip stays as it is.
 *
 * @param noise as long as `samples`, at any level
 * @param ratio of the amplitudes of clip and noise, not in dB
 */
export function addNoise(samples: Float32Array, noise: Float32Array, ratio: number): Float32Array {
  const factor = rootMeanSquare(samples) / (rootMeanSquare(noise) * ratio);
  if (!Number.isFinite(factor) || factor === 0) return samples;
  const noisy = new Float32Array(samples.length);
  for (let i = 0; i < samples.length; i++) noisy[i] = samples[i]! + noise[i]! * factor;
  return noisy;
}
