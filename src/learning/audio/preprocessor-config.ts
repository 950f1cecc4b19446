import { EtudeError } from '../../util/etude-error.js';
import { parseJson } from '../../util/parse-json.js';
import { configValues, wrongValue } from './extractors/config-values.js';
import { EXTRACTORS, type FeatureExtractorConfig } from './extractors/index.js';

/** The name of a checkpoint's file that describes its feature extractor. */
export const PREPROCESSOR_CONFIG = 'preprocessor_config.json';

/** The text of a checkpoint's `preprocessor_config.json` as a configuration. */
export function parsePreprocessorConfig(text: string, file: string): FeatureExtractorConfig {
  let json: unknown;
  try {
    json = parseJson(text);
  } catch (cause) {
    throw new EtudeError('not valid JSON', {
      where: { file },
      got: cause instanceof Error ? cause.message : undefined,
      cause,
    });
  }
  return featureExtractorConfig(json, file);
}

/**
 * Checks a configuration, from a file or given inline, and fills in transformers' defaults. Keys that do not
 * affect features (`processor_class`, …) are skipped.
 *
 * @param file where it came from, for messages
 * @throws EtudeError for another kind of extractor and for values of the wrong type
 */
export function featureExtractorConfig(json: unknown, file?: string): FeatureExtractorConfig {
  if (typeof json !== 'object' || json === null || Array.isArray(json)) {
    throw wrongValue('feature extractor configuration', 'an object', json, file);
  }
  const given = json as Record<string, unknown>;
  const type = given.feature_extractor_type ?? given.image_processor_type ?? 'Wav2Vec2FeatureExtractor';
  if (typeof type !== 'string' || !Object.hasOwn(EXTRACTORS, type)) {
    const expected = `one of ${Object.keys(EXTRACTORS).join(', ')}`;
    throw wrongValue('feature extractor is not supported: feature_extractor_type', expected, type, file);
  }
  const feature_extractor_type = type as FeatureExtractorConfig['feature_extractor_type'];
  const read = EXTRACTORS[feature_extractor_type].read(configValues(given, file));
  return { feature_extractor_type, ...read } as FeatureExtractorConfig;
}
