import {
  type ExtractOptions,
  type FeatureExtractorConfig,
  padsToLongest,
} from '../audio/feature-extractor.js';
import type { PreprocessParams } from './preprocess-chunk.js';

/**
 * A stage's parameters in a canonical form, so that equivalent parameters find the same chunks: what has no
 * effect is left out (`max_length` without truncation or padding to it, `batch_size` unless clips are padded
 * to the longest of a batch), and the mask is made explicit.
 */
export function extractOptionsOf(
  params: ExtractOptions & { batch_size: number },
  config: FeatureExtractorConfig,
): PreprocessParams {
  const longest = padsToLongest(params);
  const padding = longest ? 'longest' : params.padding === 'max_length' ? 'max_length' : false;
  const truncation = params.truncation ?? false;
  return {
    config: {
      ...config,
      return_attention_mask: params.return_attention_mask ?? config.return_attention_mask,
    },
    options: {
      padding,
      truncation,
      ...(truncation || padding === 'max_length' ? { max_length: params.max_length } : {}),
      ...(truncation || padding !== false ? { pad_to_multiple_of: params.pad_to_multiple_of } : {}),
    },
    ...(longest ? { batch_size: params.batch_size } : {}),
  };
}
