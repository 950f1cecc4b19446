import { EtudeError } from '../../util/etude-error.js';
import type { ExtractedFeatures, ExtractOptions } from './extractors/extractor.js';
import { extractorOf, type FeatureExtractorConfig } from './extractors/index.js';

export type { ExtractedFeatures, ExtractOptions } from './extractors/extractor.js';
export type { FeatureExtractorConfig } from './extractors/index.js';

/**
 * Turns a batch of clips into model inputs, as the feature extractor of transformers does.
 *
 * @param clips mono samples at `config.sampling_rate`
 * @throws EtudeError for options that do not fit each other or the extractor; the message names the one to
 * fix
 */
export function extractFeatures(
  clips: readonly Float32Array[],
  config: FeatureExtractorConfig,
  options: ExtractOptions = {},
): ExtractedFeatures {
  const extractor = extractorOf(config);
  const [problem] = extractor.problems(options, config);
  if (problem !== undefined) throw new EtudeError(problem.message, { expected: problem.expected });
  return extractor.extract(clips, config, options);
}
