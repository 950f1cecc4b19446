import { KALDI_FRAME, type KaldiFilterBanks, kaldiFilterBanks } from '../mel/kaldi.js';
import { hann } from '../mel/windows.js';
import type { Extractor, ExtractorConfig } from './extractor.js';
import { fixedShapeProblems, MOST_NUMBERS } from './fixed-matrix.js';

/** Of `preprocessor_config.json`, what affects features. */
export interface AstConfig extends ExtractorConfig {
  feature_extractor_type: 'ASTFeatureExtractor';
  num_mel_bins: number;
  /** Frames of 10 ms: shorter clips are padded with zeros, longer ones cut. */
  max_length: number;
  do_normalize: boolean;
  mean: number;
  std: number;
}

const MOST_BINS = 1024;

let known: { bins: number; banks: KaldiFilterBanks } | undefined;

/**
 * `ASTFeatureExtractor` as it computes without torchaudio: log-mel filter banks as Kaldi's, [max_length,
 * num_mel_bins], (x − mean) / (2 · std).
 */
export const ast: Extractor<AstConfig> = {
  column: 'input_values',
  shortest: KALDI_FRAME,

  read(values) {
    const num_mel_bins = values.count('num_mel_bins', 128, MOST_BINS);
    return {
      // The frames of 400 samples are 25 ms only at this rate.
      sampling_rate: values.one('sampling_rate', [16000], '16000 Hz'),
      return_attention_mask: false,
      num_mel_bins,
      max_length: values.count('max_length', 1024, Math.floor(MOST_NUMBERS / num_mel_bins)),
      do_normalize: values.boolean('do_normalize', true),
      mean: values.number('mean', -4.2677393),
      std: values.number('std', 4.5689974),
    };
  },

  problems: (options, { num_mel_bins }) => {
    const most = Math.floor(MOST_NUMBERS / num_mel_bins);
    return [
      ...fixedShapeProblems(options, 'ASTFeatureExtractor', 'pads and cuts every clip to max_length frames', [
        'pad_to_multiple_of',
      ]),
      ...((options.max_length ?? 1) > most
        ? [
            {
              option: 'max_length' as const,
              message: 'max_length is the number of frames of 10 ms for ASTFeatureExtractor',
              expected: `at most ${most}`,
            },
          ]
        : []),
    ];
  },

  settle: (config, { max_length = config.max_length }) => ({
    config: { ...config, max_length },
    options: {},
  }),

  shape: ({ num_mel_bins, max_length }, options) => [options.max_length ?? max_length, num_mel_bins],

  extract(clips, config, options) {
    const { num_mel_bins: bins, sampling_rate, do_normalize, mean, std } = config;
    const { max_length = config.max_length } = options;
    if (known?.bins !== bins)
      known = { bins, banks: kaldiFilterBanks(bins, sampling_rate, hann(KALDI_FRAME)) };
    const { banks } = known;
    const input_values = clips.map((clip) => {
      const values = new Float32Array(max_length * bins);
      values.set(banks.compute(clip, Math.min(max_length, banks.frames(clip.length))));
      if (do_normalize)
        for (let index = 0; index < values.length; index++)
          values[index] = (values[index]! - mean) / (2 * std);
      return values;
    });
    return { input_values };
  },
};
