import { melFilters } from './filters.js';
import { framesIn, melSpectrogram, type SpectrogramOptions } from './mel-spectrogram.js';

/** Samples of a frame, and from one to the next: 25 and 10 ms at 16 kHz. */
export const KALDI_FRAME = 400;
export const KALDI_HOP = 160;

/** The least float32 above 1 is this much above it. */
const FLOOR = 1.192092955078125e-7;

/**
 * Logarithms of Kaldi's filter banks, as they are computed with NumPy in feature extractors of transformers.
 */
export interface KaldiFilterBanks {
  /** Frames that so many samples give. */
  frames(samples: number): number;
  /** The first frames of a clip, [frames, mel_bins], after each other. */
  compute(samples: Float32Array, frames: number): Float32Array;
}

/** @param window Over a frame's 400 samples. */
export function kaldiFilterBanks(
  mel_bins: number,
  sampling_rate: number,
  window: Float64Array,
): KaldiFilterBanks {
  const fft_length = 512;
  const options: SpectrogramOptions = {
    window,
    hop_length: KALDI_HOP,
    fft_length,
    filters: melFilters({
      scale: 'kaldi',
      filters: mel_bins,
      bins: fft_length / 2 + 1,
      sampling_rate,
      from: 20,
      to: Math.floor(sampling_rate / 2),
    }),
    mel_floor: FLOOR,
    remove_dc_offset: true,
    preemphasis: 0.97,
  };
  const spectrogram = melSpectrogram(options);
  return {
    frames: (samples) => framesIn(samples, options),
    compute(samples, frames) {
      const result = new Float32Array(frames * mel_bins);
      spectrogram(samples, frames, (mels, frame) => {
        for (let bin = 0; bin < mel_bins; bin++) result[frame * mel_bins + bin] = Math.log(mels[bin]!);
      });
      return result;
    },
  };
}
