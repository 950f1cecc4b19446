import { KALDI_FRAME, KALDI_HOP, type KaldiFilterBanks, kaldiFilterBanks } from '../mel/kaldi.js';
import { povey } from '../mel/windows.js';
import { pairwiseSum } from '../pairwise-sum.js';
import type { Extractor, ExtractorConfig, Padding } from './extractor.js';
import { MOST_NUMBERS } from './fixed-matrix.js';
import { lengthProblems, padsToLongest, roundUp } from './padded-lengths.js';

/** Of `preprocessor_config.json`, what affects features. */
export interface SeamlessConfig extends ExtractorConfig, Padding {
  feature_extractor_type: 'SeamlessM4TFeatureExtractor';
  num_mel_bins: number;
  /** Frames of 10 ms in a row of features. */
  stride: number;
}

const MOST_BINS = 1024;

/** What lengths are rounded up to a multiple of, if nothing is given. */
const MULTIPLE = 2;

/** Kaldi's samples are 16-bit integers. */
const FULL_SCALE = 2 ** 15;

let known: { bins: number; banks: KaldiFilterBanks } | undefined;

/**
 * `SeamlessM4TFeatureExtractor`: log-mel filter banks as Kaldi's, each bin with zero mean and unit variance
 * (with n − 1) over the clip; then truncated, padded, and `stride` frames put in a row, [rows, stride ·
 * num_mel_bins]. A row counts if its second frame is the clip's. Without padding, a clip is padded by itself:
 * its last row may be half a clip's, and is masked.
 */
export const seamless: Extractor<SeamlessConfig> = {
  column: 'input_features',
  // Of one frame, there is no variance.
  shortest: KALDI_FRAME + KALDI_HOP,

  read(values) {
    return {
      // The frames of 400 samples are 25 ms only at this rate.
      sampling_rate: values.one('sampling_rate', [16000], '16000 Hz'),
      return_attention_mask: values.boolean('return_attention_mask', true),
      padding_value: values.number('padding_value', 0),
      padding_side: values.one('padding_side', ['right', 'left'], "'right' or 'left'"),
      num_mel_bins: values.count('num_mel_bins', 80, MOST_BINS),
      // transformers looks for masks at the second frame of a row.
      stride: values.one('stride', [2, 3, 4], '2, 3 or 4'),
    };
  },

  problems(options, { num_mel_bins }) {
    const most = Math.floor(MOST_NUMBERS / num_mel_bins);
    return lengthProblems(options, `max_length, in frames of 10 ms, at most ${most}`, most);
  },

  settle(config, options) {
    const { padding, truncation = false, max_length, pad_to_multiple_of = MULTIPLE } = options;
    const kind = padsToLongest(options) ? 'longest' : padding === 'max_length' ? 'max_length' : false;
    return {
      config: {
        ...config,
        return_attention_mask: options.return_attention_mask ?? config.return_attention_mask,
      },
      options: {
        padding: kind,
        truncation,
        pad_to_multiple_of,
        ...(truncation || kind === 'max_length' ? { max_length } : {}),
      },
    };
  },

  shape: ({ num_mel_bins, stride }) => [undefined, num_mel_bins * stride],

  extract(clips, config, options) {
    const { num_mel_bins: bins, sampling_rate, stride } = config;
    const { padding, truncation, max_length = 0, pad_to_multiple_of: multiple = MULTIPLE } = options;
    if (known?.bins !== bins)
      known = { bins, banks: kaldiFilterBanks(bins, sampling_rate, povey(KALDI_FRAME)) };
    const { banks } = known;
    const kept = truncation ? roundUp(max_length, multiple) : Number.POSITIVE_INFINITY;
    const features = clips.map((clip) => {
      const scaled = clip.map((sample) => sample * FULL_SCALE);
      const values = banks.compute(scaled, banks.frames(clip.length));
      normaliseBins(values, bins);
      return values.subarray(0, Math.min(kept * bins, values.length));
    });
    const longest = features.reduce((most, { length }) => Math.max(most, length / bins), 0);
    const least = padsToLongest(options) ? longest : padding === 'max_length' ? max_length : 0;

    const input_values: Float32Array[] = [];
    const attention_mask: Int32Array[] = [];
    for (const values of features) {
      const frames = values.length / bins;
      const padded = Math.max(frames, roundUp(Math.max(least, least > 0 ? 0 : frames), multiple));
      const before = config.padding_side === 'left' ? padded - frames : 0;
      const whole = new Float32Array(padded * bins).fill(config.padding_value);
      whole.set(values, before * bins);
      const rows = Math.floor(padded / stride);
      input_values.push(whole.subarray(0, rows * stride * bins));
      const isClip = (frame: number) => frame >= before && frame < before + frames;
      attention_mask.push(Int32Array.from({ length: rows }, (_, row) => Number(isClip(row * stride + 1))));
    }
    const masked = options.return_attention_mask ?? config.return_attention_mask;
    return masked ? { input_values, attention_mask } : { input_values };
  },
};

/** (x − mean) / √(variance + 1e-7) of each bin, over the frames, in 32 bits as there. */
function normaliseBins(values: Float32Array, bins: number): void {
  const { fround } = Math;
  const frames = values.length / bins;
  const column = new Float32Array(frames);
  for (let bin = 0; bin < bins; bin++) {
    for (let frame = 0; frame < frames; frame++) column[frame] = values[frame * bins + bin]!;
    const mean = fround(pairwiseSum(column) / frames);
    const centred = column.map((value) => value - mean);
    const variance = fround(pairwiseSum(centred.map((value) => value * value)) / (frames - 1));
    const deviation = fround(Math.sqrt(fround(variance + fround(1e-7))));
    for (let frame = 0; frame < frames; frame++) values[frame * bins + bin] = centred[frame]! / deviation;
  }
}
