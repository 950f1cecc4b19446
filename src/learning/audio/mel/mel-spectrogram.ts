import type { MelFilter } from './filters.js';
import { fourier } from './fourier.js';

/** Parameters of `spectrogram` of transformers, with `power=2.0` and `center=False`. */
export interface SpectrogramOptions {
  window: Float64Array;
  /** Samples from one frame to the next. */
  hop_length: number;
  /** Numbers that are transformed: the window's samples, then zeros. */
  fft_length: number;
  filters: readonly MelFilter[];
  /** The least that a filter gives. */
  mel_floor: number;
  /** Subtract a frame's mean. */
  remove_dc_offset?: boolean;
  /** Subtract so much of the sample before each. */
  preemphasis?: number;
}

/** How many whole frames there are in so many samples. */
export function framesIn(samples: number, { window, hop_length }: SpectrogramOptions): number {
  return Math.max(0, Math.floor((samples - window.length) / hop_length) + 1);
}

/**
 * Makes spectrograms in float64: of each frame, what each filter lets through of its power.
 *
 * @returns A function that takes the samples, and calls back with each filter's numbers of a frame, at least
 * `mel_floor`; that memory is reused.
 */
export function melSpectrogram(options: SpectrogramOptions) {
  const { window, hop_length, fft_length, filters, mel_floor } = options;
  const transform = fourier(fft_length);
  const bins = Math.floor(fft_length / 2) + 1;
  const power = new Float64Array(bins);
  const mels = new Float64Array(filters.length);
  const [re, im] = [new Float64Array(fft_length), new Float64Array(fft_length)];

  const pass = () => {
    for (let index = 0; index < filters.length; index++) {
      const { first, weights } = filters[index]!;
      let sum = 0;
      for (let at = 0; at < weights.length; at++) sum += weights[at]! * power[first + at]!;
      mels[index] = Math.max(mel_floor, sum);
    }
    return mels;
  };

  return (samples: Float32Array, frames: number, each: (mels: Float64Array, frame: number) => void) => {
    // Two frames at a time: of a transform of real numbers, half is the mirror image of the other half.
    for (let frame = 0; frame < frames; frame += 2) {
      const start = frame * hop_length;
      const isPair = frame + 1 < frames;
      const sound = fill(re, samples, start, options);
      const alsoSound = isPair && fill(im, samples, start + hop_length, options);
      if (!isPair) im.fill(0);
      if (!sound && !alsoSound) {
        mels.fill(mel_floor);
        each(mels, frame);
        if (isPair) each(mels, frame + 1);
        continue;
      }
      const both = transform(re, im);
      for (const second of isPair ? [false, true] : [false]) {
        for (let bin = 0; bin < bins; bin++) {
          const mirrored = bin === 0 ? 0 : fft_length - bin;
          const a = both.re[bin]!;
          const b = both.im[bin]!;
          const c = both.re[mirrored]!;
          const d = both.im[mirrored]!;
          const x = second ? b + d : a + c;
          const y = second ? a - c : b - d;
          power[bin] = (x * x + y * y) / 4;
        }
        each(pass(), frame + Number(second));
      }
      // The transform may have left something behind the window.
      re.fill(0, window.length);
      im.fill(0, window.length);
    }
  };
}

/** A frame as it is transformed. @returns Whether it is anything but 0. */
function fill(
  buffer: Float64Array,
  samples: Float32Array,
  start: number,
  { window, remove_dc_offset, preemphasis = 0 }: SpectrogramOptions,
): boolean {
  const { length } = window;
  let [sum, sound] = [0, false];
  for (let index = 0; index < length; index++) {
    const sample = samples[start + index]!;
    buffer[index] = sample;
    sum += sample;
    sound ||= sample !== 0;
  }
  if (!sound) return false;
  const mean = remove_dc_offset ? sum / length : 0;
  // What comes before the first sample counts as equal to it.
  let before = buffer[0]! - mean;
  for (let index = 0; index < length; index++) {
    const value = buffer[index]! - mean;
    buffer[index] = (value - preemphasis * before) * window[index]!;
    before = value;
  }
  return true;
}
