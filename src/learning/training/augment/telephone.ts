import { MU_LAW } from '../../audio/decode/g711.js';
import { resample } from '../../audio/resample.js';

/** Hz. */
const LINE_RATE = 8000;

/**
 * A Butterworth high-pass filter of second order at 300 Hz, for 8000 Hz, as
 * `scipy.signal.butter` designs it; written out, since `Math.tan` may differ between engines.
 */
const HIGH_PASS = { b0: 0.8464592541088375, a1: -1.6692031429311927, a2: 0.7166338735041575 } as const;

/** Added before the logarithm's segments are found, so that they begin at powers of two. */
const BIAS = 132;
const LOUDEST = 32635;

let companded: Float32Array | undefined;

/**
 * A clip at the other end of a telephone line: 8 kHz, the band from 300 Hz on, mu-law (ITU-T G.711), and back
 * at its own rate.
 *
 * @param rate Hz
 */
export function overTelephone(samples: Float32Array, rate: number): Float32Array {
  const line = highPass(resample(samples, rate, LINE_RATE));
  companded ??= Float32Array.from({ length: 0x10000 }, (_, index) => MU_LAW[encodeMuLaw(index - 0x8000)]!);
  for (let i = 0; i < line.length; i++) {
    const whole = Math.round(line[i]! * 0x8000) + 0x8000;
    line[i] = companded[Math.min(Math.max(whole, 0), 0xffff)]!;
  }
  const back = resample(line, LINE_RATE, rate);
  return back.subarray(0, samples.length);
}

/** The byte of a 16-bit sample in mu-law, as ITU-T G.711 encodes it. */
export function encodeMuLaw(sample: number): number {
  const magnitude = Math.min(Math.abs(sample), LOUDEST) + BIAS;
  const segment = 31 - Math.clz32(magnitude) - 7;
  const code = (segment << 4) | ((magnitude >> (segment + 3)) & 15);
  return (sample < 0 ? code | 0x80 : code) ^ 0xff;
}

/** A filtered copy: see `HIGH_PASS`. */
export function highPass(samples: Float32Array): Float32Array {
  const { b0, a1, a2 } = HIGH_PASS;
  const filtered = new Float32Array(samples.length);
  let [in1, in2, out1, out2] = [0, 0, 0, 0];
  for (let i = 0; i < samples.length; i++) {
    const sample = samples[i]!;
    const out = b0 * (sample - 2 * in1 + in2) - a1 * out1 - a2 * out2;
    [in2, in1, out2, out1] = [in1, sample, out1, out];
    filtered[i] = out;
  }
  return filtered;
}
