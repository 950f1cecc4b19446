import type { Random } from '../../../random/random.js';

/** What noise sounds like. */
export type NoiseColor = 'white' | 'pink';

/** The mean of the sum of four bytes. */
const MEAN = 2 * 0xff;

/**
 * One-pole filters whose sum falls by 3 dB per octave, to within 0.5 dB from a thousandth of the sampling
 * rate up: Paul Kellet's economical pink filter. [pole, weight]
 */
const PINK = [
  [0.99765, 0.099046],
  [0.963, 0.2965164],
  [0.57, 1.0526913],
] as const;

/** The part of white noise that is passed unfiltered. */
const DIRECT = 0.1848;

/**
 * Noise of some level, by sums and products alone, so that it is the same everywhere: each sample of white
 * noise is the sum of four bytes, which is close to a normal one.
 */
export function makeNoise(length: number, color: NoiseColor, random: Random): Float32Array {
  const noise = new Float32Array(length);
  for (let i = 0; i < length; i++) {
    const word = random.next();
    noise[i] = (word >>> 24) + ((word >>> 16) & 255) + ((word >>> 8) & 255) + (word & 255) - MEAN;
  }
  if (color === 'pink') turnPink(noise);
  return noise;
}

function turnPink(noise: Float32Array): void {
  const [[pole0, weight0], [pole1, weight1], [pole2, weight2]] = PINK;
  let [state0, state1, state2] = [0, 0, 0];
  for (let i = 0; i < noise.length; i++) {
    const white = noise[i]!;
    state0 = pole0 * state0 + weight0 * white;
    state1 = pole1 * state1 + weight1 * white;
    state2 = pole2 * state2 + weight2 * white;
    noise[i] = state0 + state1 + state2 + DIRECT * white;
  }
}
