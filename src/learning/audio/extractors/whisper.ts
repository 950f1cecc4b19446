import { melFilters } from '../mel/filters.js';
import { melSpectrogram } from '../mel/mel-spectrogram.js';
import { periodicHann } from '../mel/windows.js';
import type { Extractor, ExtractorConfig } from './extractor.js';
import { fixedShapeProblems, MOST_NUMBERS } from './fixed-matrix.js';

/** Of `preprocessor_config.json`, what affects features. */
export interface WhisperConfig extends ExtractorConfig {
  feature_extractor_type: 'WhisperFeatureExtractor';
  /** Mel bins. */
  feature_size: number;
  /** Samples from one frame to the next. */
  hop_length: number;
  /** Seconds: shorter clips are padded, longer ones cut. */
  chunk_length: number;
  /** Samples of a frame. */
  n_fft: number;
  padding_value: number;
}

const MOST_BINS = 1024;
const MOST_SAMPLES = 2 ** 16;

/** The least that a filter gives. */
const FLOOR = 1e-10;

let known: { key: string; spectrogram: ReturnType<typeof melSpectrogram> } | undefined;

/**
 * `WhisperFeatureExtractor` as it computes with NumPy: log10 of mel bins, [feature_size, frames], at most 8
 * below the largest of the clip, (x + 4) / 4.
 */
export const whisper: Extractor<WhisperConfig> = {
  column: 'input_features',
  shortest: 1,

  read(values) {
    values.one('dither', [0], '0 (no noise)');
    // Filters end at 8000 Hz, and a chunk has more samples than a frame.
    const sampling_rate = values.count('sampling_rate', 16000, MOST_SAMPLES);
    const feature_size = values.count('feature_size', 80, MOST_BINS);
    const hop_length = values.count('hop_length', 160, sampling_rate);
    const most = Math.floor(
      (MOST_NUMBERS / Math.max(feature_size, hop_length)) * (hop_length / sampling_rate),
    );
    return {
      sampling_rate,
      return_attention_mask: false,
      feature_size,
      hop_length,
      chunk_length: values.count('chunk_length', 30, Math.max(1, most)),
      n_fft: values.count('n_fft', 400, sampling_rate),
      padding_value: values.number('padding_value', 0),
    };
  },

  problems(options, { chunk_length }) {
    const length = `pads and cuts every clip to ${chunk_length} s`;
    return fixedShapeProblems(options, 'WhisperFeatureExtractor', length, [
      'max_length',
      'pad_to_multiple_of',
    ]);
  },

  settle: (config) => ({ config, options: {} }),

  shape: (config) => [config.feature_size, framesOf(config)],

  extract(clips, config) {
    const { feature_size: bins } = config;
    const samples = samplesOf(config);
    const frames = framesOf(config);
    const spectrogram = spectrogramOf(config);
    const edge = Math.floor(config.n_fft / 2);
    const input_values = clips.map((clip) => {
      const padded = new Float32Array(samples + 2 * edge).fill(config.padding_value);
      padded.set(clip.subarray(0, samples), edge);
      // Frames are centred: before the first sample and after the last is their mirror image.
      for (let index = 1; index <= edge; index++) {
        padded[edge - index] = padded[edge + index]!;
        padded[edge + samples - 1 + index] = padded[edge + samples - 1 - index]!;
      }
      const values = new Float32Array(bins * frames);
      let most = Number.NEGATIVE_INFINITY;
      // The last frame, which only half the samples of are the clip's, is left out.
      spectrogram(padded, frames, (mels, frame) => {
        for (let bin = 0; bin < bins; bin++) {
          // Most of a short clip is silence.
          const value = mels[bin] === FLOOR ? -10 : Math.log10(mels[bin]!);
          if (value > most) most = value;
          values[bin * frames + frame] = value;
        }
      });
      const least = Math.fround(most) - 8;
      for (let index = 0; index < values.length; index++)
        values[index] = (Math.max(values[index]!, least) + 4) / 4;
      return values;
    });
    return { input_values };
  },
};

function samplesOf({ chunk_length, sampling_rate }: WhisperConfig): number {
  return chunk_length * sampling_rate;
}

function framesOf(config: WhisperConfig): number {
  const padded = samplesOf(config) + 2 * Math.floor(config.n_fft / 2);
  return Math.floor((padded - config.n_fft) / config.hop_length);
}

function spectrogramOf({ feature_size, n_fft, hop_length, sampling_rate }: WhisperConfig) {
  const key = [feature_size, n_fft, hop_length, sampling_rate].join();
  if (known?.key !== key) {
    const filters = melFilters({
      scale: 'slaney',
      filters: feature_size,
      bins: Math.floor(n_fft / 2) + 1,
      sampling_rate,
      from: 0,
      to: 8000,
    });
    const window = periodicHann(n_fft);
    const options = { window, hop_length, fft_length: n_fft, filters, mel_floor: FLOOR };
    known = { key, spectrogram: melSpectrogram(options) };
  }
  return known.spectrogram;
}
