import type { ExtractOptions } from '../audio/extractors/extractor.js';
import { extractorOf, type FeatureExtractorConfig } from '../audio/extractors/index.js';
import { padsToLongest } from '../audio/extractors/padded-lengths.js';
import type { PreprocessParams } from './preprocess-chunk.js';

/**
 * A stage's parameters in a canonical form, so that equivalent parameters find the same chunks: what has no
 * effect is left out (`batch_size` unless clips are padded to the longest of a batch), and the mask is made
 * explicit.
 */
export function extractOptionsOf(
  params: ExtractOptions & { batch_size: number },
  config: FeatureExtractorConfig,
): PreprocessParams {
  const settled = extractorOf(config).settle(config, params);
  return { ...settled, ...(padsToLongest(settled.options) ? { batch_size: params.batch_size } : {}) };
}
